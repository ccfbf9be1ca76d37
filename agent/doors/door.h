/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets of the system at which a program gets names looked up without a packet of its own: whose
 * question it was cannot be seen any more, so they are closed for children, who then ask by
 * packets.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtDoor:
 * @program: whose it is
 * @folder, @name: where the socket is
 * @is_born_closed: new sockets in @folder are closed from their first moment, by the folder's
 * default list; only where the program gives each file its permissions itself, because the folder's
 * list replaces the umask
 */
typedef struct {
  const char *program;
  const char *folder;
  const char *name;
  gboolean is_born_closed;
} LtDoor;

#define LT_N_DOORS 2
/* systemd-resolved, as nss-resolve asks it, and nscd, which the C library asks before all else.
 * The first is also on the system bus: lt_bus_rules_text(). */
extern const LtDoor lt_doors[LT_N_DOORS];

/**
 * LtDoorState:
 * @LT_DOOR_ABSENT: no such program runs here
 * @LT_DOOR_AS_WISHED: closed for those asked about and for nobody else
 * @LT_DOOR_OTHERWISE: not so, or it cannot be found out
 */
typedef enum {
  LT_DOOR_ABSENT,
  LT_DOOR_AS_WISHED,
  LT_DOOR_OTHERWISE,
} LtDoorState;

/* @uids: (element-type guint32). Needs no rights. */
LtDoorState lt_door_examine(const LtDoor *door, const GArray *uids);

/**
 * lt_door_close:
 * @uids: (element-type guint32): for whom it is to be closed; all others are let in
 *
 * Needs CAP_FOWNER. A door that is not there is no error. Errors are of %G_FILE_ERROR; then a part
 * may have been done.
 */
gboolean lt_door_close(const LtDoor *door, const GArray *uids, GError **error);

G_END_DECLS
