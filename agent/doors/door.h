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
 * @folder, @name: where the socket is; @name is NULL where that asks the local network only, and
 * then @folder just tells that the program runs
 * @bus_name: (nullable): where the same can be had on the system bus
 * @config, @group, @key: (nullable): a file that says whether names are asked of servers at all:
 * not where it says "no"; NULL: always
 * @is_born_closed: new sockets in @folder are closed from their first moment, by the folder's
 * default list; only where the program gives each file its permissions itself, because the folder's
 * list replaces the umask
 */
typedef struct {
  const char *program;
  const char *folder;
  const char *name;
  const char *bus_name;
  const char *config;
  const char *group;
  const char *key;
  gboolean is_born_closed;
} LtDoor;

#define LT_N_DOORS 3
/* systemd-resolved, as nss-resolve asks it; nscd, which the C library asks before all else; and
 * avahi-daemon, which on the bus asks servers for what is not local. */
extern const LtDoor lt_doors[LT_N_DOORS];

/* TRUE: names are asked of servers there, as far as its configuration says. */
gboolean lt_door_leads_out(const LtDoor *door);

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

/* @uids: (element-type guint32): for whom it should be closed if it leads out. Needs no rights. */
LtDoorState lt_door_examine(const LtDoor *door, const GArray *uids);

/**
 * lt_door_close:
 * @uids: (element-type guint32): for whom it is to be closed; all others are let in, and everybody
 * where it does not lead out
 *
 * Needs CAP_FOWNER. A door that is not there is no error. Errors are of %G_FILE_ERROR; then a part
 * may have been done.
 */
gboolean lt_door_close(const LtDoor *door, const GArray *uids, GError **error);

/* (transfer full) (nullable): lt_bus_rules_text() of the doors that lead out. */
char *lt_doors_bus_rules(const GArray *uids);

G_END_DECLS
