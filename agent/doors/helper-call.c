/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call of the helper that closes doors: uids there, a line back. */
#include "agent/doors/helper-call.h"

#include "agent/doors/uid-list.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

#define TIMEOUT_S 5
#define MAX_ANSWER_BYTES 512
#define DONE "done\n"

static GSocket *
connect_to(const char *path, GError **error)
{
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
  g_autoptr(GSocket) socket =
      g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return NULL;
  g_socket_set_timeout(socket, TIMEOUT_S);
  return g_socket_connect(socket, address, NULL, error) ? g_steal_pointer(&socket) : NULL;
}

static gboolean
send_all(GSocket *socket, const char *text, GError **error)
{
  gsize left = strlen(text);
  while (left > 0) {
    gssize n_sent = g_socket_send(socket, text, left, NULL, error);
    if (n_sent < 0)
      return FALSE;
    text += n_sent;
    left -= (gsize) n_sent;
  }
  return g_socket_shutdown(socket, FALSE, TRUE, error);
}

/* (transfer full) (nullable): until the helper closes. */
static char *
receive_all(GSocket *socket, GError **error)
{
  char bytes[MAX_ANSWER_BYTES];
  gsize len = 0;
  gssize n_more = 0;
  while (len < sizeof bytes &&
         (n_more = g_socket_receive(socket, bytes + len, sizeof bytes - len, NULL, error)) > 0)
    len += (gsize) n_more;
  return n_more < 0 ? NULL : g_utf8_make_valid(bytes, (gssize) len);
}

static gboolean
call(const char *path, const GArray *uids, GError **error)
{
  g_autoptr(GSocket) socket = connect_to(path, error);
  g_autofree char *text = lt_uid_list_write(uids);
  if (socket == NULL || !send_all(socket, text, error))
    return FALSE;
  g_autofree char *answer = receive_all(socket, error);
  if (answer == NULL)
    return FALSE;
  if (g_str_equal(answer, DONE))
    return TRUE;
  g_set_error(error,
              G_IO_ERROR,
              G_IO_ERROR_FAILED,
              "%s",
              answer[0] != '\0' ? g_strchomp(answer) : "the helper ended without an answer");
  return FALSE;
}

gboolean
lt_helper_call(const char *path, const GArray *uids, GCancellable *cancellable, GError **error)
{
  static GMutex turn;
  g_mutex_lock(&turn);
  gboolean is_done =
      !g_cancellable_set_error_if_cancelled(cancellable, error) && call(path, uids, error);
  g_mutex_unlock(&turn);
  return is_done;
}
