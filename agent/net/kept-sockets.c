/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in the descriptor store, both ways. */

#include "agent/net/kept-sockets.h"

#include "agent/net/high-fd.h"
#include "agent/net/sd-notify.h"

#include <sys/stat.h>
#include <unistd.h>

struct _LtKeptSockets {
  GHashTable *left;   /* name -> descriptor, that nobody took yet */
  GHashTable *stored; /* name -> number of the socket that is in the store, theirs or ours */
};

static const char *const dns_kinds[LT_DNS_N_PORTS] = {
    [LT_DNS_PORT_UDP4] = "udp4",
    [LT_DNS_PORT_UDP6] = "udp6",
    [LT_DNS_PORT_TCP4] = "tcp4",
    [LT_DNS_PORT_TCP6] = "tcp6",
};

/* Sockets are known by the number of their inode: one that was closed has left its descriptor to
 * another. */
static gpointer
number_of(int fd)
{
  struct stat about;
  return fstat(fd, &about) == 0 ? GSIZE_TO_POINTER(about.st_ino) : NULL;
}

LtKeptSockets *
lt_kept_sockets_new(void)
{
  LtKeptSockets *kept = g_new0(LtKeptSockets, 1);
  kept->left = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  kept->stored = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_auto(GStrv) names = lt_sd_notify_listen_names();
  for (gsize i = 0; names[i] != NULL; i++) {
    int fd = lt_high_fd(LT_SD_NOTIFY_FIRST_FD + (int) i);
    if (g_hash_table_contains(kept->left, names[i])) {
      close(fd);
      continue;
    }
    g_hash_table_insert(kept->left, g_strdup(names[i]), GINT_TO_POINTER(fd));
    g_hash_table_insert(kept->stored, g_strdup(names[i]), number_of(fd));
  }
  return kept;
}

static void
close_left(LtKeptSockets *kept)
{
  gpointer fd = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, kept->left);
  while (g_hash_table_iter_next(&iter, NULL, &fd))
    close(GPOINTER_TO_INT(fd));
  g_hash_table_remove_all(kept->left);
}

void
lt_kept_sockets_free(LtKeptSockets *kept)
{
  if (kept == NULL)
    return;
  close_left(kept);
  g_hash_table_unref(kept->left);
  g_hash_table_unref(kept->stored);
  g_free(kept);
}

int
lt_kept_sockets_take(LtKeptSockets *kept, const char *name)
{
  gpointer key = NULL, fd = NULL;
  if (!g_hash_table_steal_extended(kept->left, name, &key, &fd))
    return -1;
  g_free(key);
  return GPOINTER_TO_INT(fd);
}

static void
tell(const char *what, const char *name, int fd)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *message = g_strdup_printf("%s=1\nFDNAME=%s", what, name);
  if (!lt_sd_notify(message, fd, &error))
    g_warning("What waits for the agent is not kept over a crash: %s", error->message);
}

void
lt_kept_sockets_keep(LtKeptSockets *kept, const char *name, int fd)
{
  gpointer number = number_of(fd), former = NULL;
  if (g_hash_table_lookup_extended(kept->stored, name, NULL, &former)) {
    if (former == number)
      return; /* it never left the store */
    tell("FDSTOREREMOVE", name, -1);
  }
  g_hash_table_insert(kept->stored, g_strdup(name), number);
  tell("FDSTORE", name, fd);
}

static char *
dns_name(guint32 uid, LtDnsPortKind kind)
{
  return g_strdup_printf("dns-%u-%s", uid, dns_kinds[kind]);
}

gboolean
lt_kept_sockets_take_dns(LtKeptSockets *kept, guint32 uid, LtDnsPorts *out)
{
  int fds[LT_DNS_N_PORTS];
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++) {
    g_autofree char *name = dns_name(uid, kind);
    fds[kind] = lt_kept_sockets_take(kept, name);
  }
  return lt_dns_ports_adopt(fds, out);
}

void
lt_kept_sockets_keep_dns(LtKeptSockets *kept, guint32 uid, const LtDnsPorts *ports)
{
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++) {
    g_autofree char *name = dns_name(uid, kind);
    if (ports->fds[kind] >= 0)
      lt_kept_sockets_keep(kept, name, ports->fds[kind]);
  }
}

void
lt_kept_sockets_drop_rest(LtKeptSockets *kept)
{
  gpointer name = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, kept->left);
  while (g_hash_table_iter_next(&iter, &name, NULL)) {
    tell("FDSTOREREMOVE", name, -1);
    g_hash_table_remove(kept->stored, name);
  }
  close_left(kept);
}
