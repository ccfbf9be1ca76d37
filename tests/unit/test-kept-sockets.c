/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said to the descriptor store, and what is taken from it. */

#include "agent/net/kept-sockets.h"
#include "agent/net/sd-notify.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path;
  int fd;
} Manager;

static void
set_up(Manager *manager, gconstpointer data)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  manager->folder = g_dir_make_tmp("lt-notify-XXXXXX", NULL);
  manager->path = g_build_filename(manager->folder, "notify", NULL);
  g_strlcpy(address.sun_path, manager->path, sizeof address.sun_path);
  manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint(bind(manager->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_setenv("NOTIFY_SOCKET", manager->path, TRUE);
}

static void
tear_down(Manager *manager, gconstpointer data)
{
  g_unsetenv("NOTIFY_SOCKET");
  close(manager->fd);
  g_unlink(manager->path);
  g_rmdir(manager->folder);
  g_free(manager->path);
  g_free(manager->folder);
}

/* The next message, and whether a descriptor came with it. */
static void
assert_said(const Manager *manager, const char *expected, gboolean has_fd)
{
  char text[256] = "";
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec bytes = {text, sizeof text - 1};
  struct msghdr message = {.msg_iov = &bytes,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  ssize_t n = recvmsg(manager->fd, &message, MSG_CMSG_CLOEXEC);
  g_assert_cmpint(n, >=, 0);
  g_assert_cmpstr(text, ==, expected);
  const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  g_assert_cmpint(header != NULL, ==, has_fd);
  if (header != NULL) {
    int fd = -1;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    g_assert_cmpint(close(fd), ==, 0);
  }
}

static void
assert_silent(const Manager *manager)
{
  char byte;
  g_assert_cmpint(recv(manager->fd, &byte, 1, 0), ==, -1);
}

static void
test_notify(Manager *manager, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_assert_true(lt_sd_notify("READY=1", -1, &error));
  assert_said(manager, "READY=1", FALSE);
  g_assert_true(lt_sd_notify("FDSTORE=1", manager->fd, &error));
  assert_said(manager, "FDSTORE=1", TRUE);

  g_setenv("NOTIFY_SOCKET", "/nowhere/at/all", TRUE);
  g_assert_false(lt_sd_notify("READY=1", -1, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error(&error);
  g_setenv("NOTIFY_SOCKET", "vsock:2:1234", TRUE);
  g_assert_false(lt_sd_notify("READY=1", -1, &error));
  g_clear_error(&error);
  g_unsetenv("NOTIFY_SOCKET");
  g_assert_true(lt_sd_notify("READY=1", -1, &error));
  g_assert_no_error(error);
}

static void
test_watchdog(void)
{
  const struct {
    const char *usec, *pid;
    guint64 expected;
  } rows[] = {
      {NULL, NULL, 0},
      {"20000000", NULL, 20000000},
      {"20000000", "1", 0},
      {"0", NULL, 0},
      {"20s", NULL, 0},
      {"-1", NULL, 0},
      {"5", "self", 5},
      {"5", "self2", 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *self = g_strdup_printf("%d", getpid());
    const char *pid = g_strcmp0(rows[i].pid, "self") == 0 ? self : rows[i].pid;
    g_unsetenv("WATCHDOG_USEC");
    g_unsetenv("WATCHDOG_PID");
    if (rows[i].usec != NULL)
      g_setenv("WATCHDOG_USEC", rows[i].usec, TRUE);
    if (pid != NULL)
      g_setenv("WATCHDOG_PID", pid, TRUE);
    g_assert_cmpuint(lt_sd_notify_watchdog_us(), ==, rows[i].expected);
  }
}

/* As systemd would start us with these sockets. */
static void
hand_over(const int *fds, guint n, const char *names)
{
  g_autofree char *pid = g_strdup_printf("%d", getpid());
  g_autofree char *count = g_strdup_printf("%u", n);
  for (guint i = 0; i < n; i++) {
    int wanted = LT_SD_NOTIFY_FIRST_FD + (int) i;
    g_assert_cmpint(dup2(fds[i], wanted), ==, wanted);
  }
  g_setenv("LISTEN_PID", pid, TRUE);
  g_setenv("LISTEN_FDS", count, TRUE);
  g_setenv("LISTEN_FDNAMES", names, TRUE);
}

/* In a process of its own, whose descriptors from 3 on are nobody else's. */
static void
in_subprocess(const char *path)
{
  g_test_trap_subprocess(path, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed();
}

static int
far_away(int fd)
{
  int far = fcntl(fd, F_DUPFD_CLOEXEC, 100);
  g_assert_cmpint(far, >=, 100);
  close(fd);
  return far;
}

static void
test_queues(Manager *manager, gconstpointer data)
{
  if (!g_test_subprocess()) {
    in_subprocess("/kept-sockets/queues");
    return;
  }
  manager->fd = far_away(manager->fd);
  const int given[] = {far_away(socket(AF_INET, SOCK_DGRAM, 0)),
                       far_away(socket(AF_INET, SOCK_DGRAM, 0)),
                       far_away(socket(AF_INET, SOCK_DGRAM, 0))};
  hand_over(given, 3, "queue-tcp:other:queue-udp");
  g_autoptr(LtKeptSockets) kept = lt_kept_sockets_new();
  g_assert_null(g_getenv("LISTEN_FDS"));
  int tcp = lt_kept_sockets_take(kept, "queue-tcp");
  g_assert_cmpint(tcp, >=, LT_SD_NOTIFY_FIRST_FD);
  g_assert_cmpint(fcntl(tcp, F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint(lt_kept_sockets_take(kept, "queue-tcp"), ==, -1);
  g_assert_cmpint(lt_kept_sockets_take(kept, "unheard-of"), ==, -1);

  /* Taken over: it is in the store and stays there. */
  lt_kept_sockets_keep(kept, "queue-tcp", tcp);
  assert_silent(manager);
  /* Of no use: another takes its place. */
  int udp = lt_kept_sockets_take(kept, "queue-udp");
  close(udp);
  int fresh = socket(AF_INET, SOCK_DGRAM, 0);
  g_assert_cmpint(dup2(fresh, udp), ==, udp);
  lt_kept_sockets_keep(kept, "queue-udp", udp);
  assert_said(manager, "FDSTOREREMOVE=1\nFDNAME=queue-udp", FALSE);
  assert_said(manager, "FDSTORE=1\nFDNAME=queue-udp", TRUE);
  lt_kept_sockets_drop_rest(kept);
  assert_said(manager, "FDSTOREREMOVE=1\nFDNAME=other", FALSE);
  assert_silent(manager);
  g_assert_cmpint(fcntl(LT_SD_NOTIFY_FIRST_FD + 1, F_GETFD), ==, -1);
}

static void
test_dns(Manager *manager, gconstpointer data)
{
  static const char names[] = "dns-7-udp4:dns-7-udp6:dns-7-tcp4:dns-7-tcp6";
  if (!g_test_subprocess()) {
    in_subprocess("/kept-sockets/dns");
    return;
  }
  manager->fd = far_away(manager->fd);
  LtDnsPorts ports, others, taken;
  g_assert_true(lt_dns_ports_open(0, &ports, NULL));
  g_assert_true(lt_dns_ports_open(0, &others, NULL));
  for (guint i = 0; i < LT_DNS_N_PORTS; i++) {
    ports.fds[i] = far_away(ports.fds[i]);
    others.fds[i] = far_away(others.fds[i]);
  }
  hand_over(ports.fds, LT_DNS_N_PORTS, names);
  LtKeptSockets *kept = lt_kept_sockets_new();
  g_assert_false(lt_kept_sockets_take_dns(kept, 8, &taken));
  g_assert_true(lt_kept_sockets_take_dns(kept, 7, &taken));
  g_assert_cmpuint(taken.port, ==, ports.port);
  lt_kept_sockets_keep_dns(kept, 7, &taken);
  assert_silent(manager);
  lt_dns_ports_close(&taken);
  lt_kept_sockets_free(kept);

  /* Sockets of two ports, or of another kind, are of no use. */
  const int mixed[] = {ports.fds[0], ports.fds[1], others.fds[2], ports.fds[3]};
  const int swapped[] = {ports.fds[2], ports.fds[1], ports.fds[0], ports.fds[3]};
  const int *const bad[] = {mixed, swapped};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    hand_over(bad[i], LT_DNS_N_PORTS, names);
    kept = lt_kept_sockets_new();
    g_assert_false(lt_kept_sockets_take_dns(kept, 7, &taken));
    g_assert_cmpint(fcntl(LT_SD_NOTIFY_FIRST_FD, F_GETFD), ==, -1);
    lt_kept_sockets_free(kept);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/kept-sockets/notify", Manager, NULL, set_up, test_notify, tear_down);
  g_test_add_func("/kept-sockets/watchdog", test_watchdog);
  g_test_add("/kept-sockets/queues", Manager, NULL, set_up, test_queues, tear_down);
  g_test_add("/kept-sockets/dns", Manager, NULL, set_up, test_dns, tear_down);
  return g_test_run();
}
