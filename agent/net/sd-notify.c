/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One datagram a message; names and numbers in the environment. */

#include "agent/net/sd-notify.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that systemd has none for. */
#define NO_NAME "unknown"

/* FALSE: no socket that we know how to reach. */
static gboolean
read_address(const char *path, struct sockaddr_un *out, socklen_t *out_len)
{
  gsize len = strlen(path);
  if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof out->sun_path) {
    errno = EAFNOSUPPORT;
    return FALSE;
  }
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  memcpy(out->sun_path, path, len);
  if (path[0] == '@')
    out->sun_path[0] = '\0'; /* unix(7): an abstract name */
  *out_len = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len);
  return TRUE;
}

static gboolean
send_message(int to, const struct sockaddr_un *address, socklen_t len, const char *text, int fd)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control = {.bytes = {0}};
  struct iovec bytes = {(void *) text, strlen(text)};
  struct msghdr message = {
      .msg_name = (void *) address, .msg_namelen = len, .msg_iov = &bytes, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  while (sendmsg(to, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR)
      return FALSE;
  return TRUE;
}

gboolean
lt_sd_notify(const char *message, int fd, GError **error)
{
  struct sockaddr_un address;
  socklen_t len = 0;
  const char *path = g_getenv("NOTIFY_SOCKET");
  if (path == NULL)
    return TRUE;
  int to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean is_sent =
      to >= 0 && read_address(path, &address, &len) && send_message(to, &address, len, message, fd);
  int saved = errno;
  if (to >= 0)
    close(to);
  if (!is_sent)
    g_set_error(
        error, G_IO_ERROR, g_io_error_from_errno(saved), "telling systemd: %s", g_strerror(saved));
  return is_sent;
}

/* A number that is for this process, by @pid_name. 0: there is none. */
static guint64
read_own_number(const char *name, const char *pid_name)
{
  guint64 number = 0, pid = 0;
  const char *text = g_getenv(name);
  const char *pid_text = g_getenv(pid_name);
  if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &number, NULL))
    return 0;
  if (pid_text != NULL && (!g_ascii_string_to_unsigned(pid_text, 10, 1, G_MAXINT32, &pid, NULL) ||
                           pid != (guint64) getpid()))
    return 0;
  return number;
}

guint64
lt_sd_notify_watchdog_us(void)
{
  return read_own_number("WATCHDOG_USEC", "WATCHDOG_PID");
}

char **
lt_sd_notify_listen_names(void)
{
  guint64 n = g_getenv("LISTEN_PID") != NULL ? read_own_number("LISTEN_FDS", "LISTEN_PID") : 0;
  const char *text = g_getenv("LISTEN_FDNAMES");
  g_auto(GStrv) names = g_strsplit(text != NULL ? text : "", ":", -1);
  guint n_names = g_strv_length(names);
  GPtrArray *found = g_ptr_array_new();
  for (guint i = 0; i < n; i++) {
    int fd = LT_SD_NOTIFY_FIRST_FD + (int) i;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
      break;
    g_ptr_array_add(found, g_strdup(i < n_names ? names[i] : NO_NAME));
  }
  g_unsetenv("LISTEN_PID");
  g_unsetenv("LISTEN_FDS");
  g_unsetenv("LISTEN_FDNAMES");
  g_ptr_array_add(found, NULL);
  return (char **) g_ptr_array_free(found, FALSE);
}
