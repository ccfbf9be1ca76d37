/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS questions in turn, one each way: what differs between the ways is not what else the machine
 * does meanwhile. A new name and a new socket for each, as programs have them.
 *
 * usage: bench-turns N WAY...   WAY: PID:UID:ADDRESS
 * A way is the network namespace of a process, the user who asks, and the resolver's address.
 * Prints {"ways": [{"median_us": M, "p90_us": M, "failed": N}, ...]} in the same order. */

#include "tests/unit/wire-build.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DNS_PORT 53
#define ANSWER_BYTES 512
#define LOST_S 3
/* Of one domain: more are taken for a tunnel (policy/dns-tunnel.h). */
#define NAMES_OF_A_DOMAIN 40u

typedef struct {
  int namespace_fd;
  uid_t uid;
  struct sockaddr_in resolver;
  double *times_us; /* borrowed */
  guint n_times;
} Way;

static double
now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

static gboolean
read_way(const char *text, Way *way)
{
  g_auto(GStrv) parts = g_strsplit(text, ":", 3);
  guint64 pid, uid;

  if (g_strv_length(parts) != 3 ||
      !g_ascii_string_to_unsigned(parts[0], 10, 1, G_MAXINT32, &pid, NULL) ||
      !g_ascii_string_to_unsigned(parts[1], 10, 0, G_MAXINT32, &uid, NULL))
    return FALSE;
  g_autofree char *path = g_strdup_printf("/proc/%u/ns/net", (guint) pid);
  *way = (Way){
      .namespace_fd = open(path, O_RDONLY | O_CLOEXEC),
      .uid = (uid_t) uid,
      .resolver = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)},
  };
  return way->namespace_fd >= 0 && inet_pton(AF_INET, parts[2], &way->resolver.sin_addr) == 1;
}

/* The socket belongs to the way's user and network; -1 with errno. */
static int
open_socket(const Way *way)
{
  const struct timeval lost = {.tv_sec = LOST_S};
  int fd;

  if (setns(way->namespace_fd, CLONE_NEWNET) < 0)
    return -1;
  setfsuid(way->uid);
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  setfsuid(0);
  if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &lost, sizeof lost) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

static void
take_turn(Way *way, const GByteArray *question)
{
  guint8 answer[ANSWER_BYTES];
  int fd = open_socket(way);
  double start_us = now_us();

  if (fd < 0)
    return;
  if (connect(fd, (const struct sockaddr *) &way->resolver, sizeof way->resolver) == 0 &&
      send(fd, question->data, question->len, 0) == (ssize_t) question->len &&
      recv(fd, answer, sizeof answer, 0) > 0)
    way->times_us[way->n_times++] = now_us() - start_us;
  close(fd);
}

static int
compare_times(const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static void
print_ways(Way *ways, guint n_ways, guint n)
{
  printf("{\"ways\": [");
  for (guint i = 0; i < n_ways; i++) {
    Way *way = &ways[i];
    qsort(way->times_us, way->n_times, sizeof *way->times_us, compare_times);
    printf("%s{\"median_us\": %.1f, \"p90_us\": %.1f, \"failed\": %u}",
           i > 0 ? ", " : "",
           way->n_times > 0 ? way->times_us[way->n_times / 2] : 0,
           way->n_times > 0 ? way->times_us[way->n_times * 9 / 10] : 0,
           n - way->n_times);
  }
  printf("]}\n");
}

int
main(int argc, char **argv)
{
  guint64 n;
  guint n_ways = argc > 2 ? (guint) argc - 2 : 0;
  g_autofree Way *ways = g_new0(Way, n_ways + 1);
  guint32 run = g_random_int();

  if (n_ways == 0 || !g_ascii_string_to_unsigned(argv[1], 10, 1, 1000000, &n, NULL)) {
    fputs("usage: bench-turns N PID:UID:ADDRESS...\n", stderr);
    return 2;
  }
  g_autofree double *times_us = g_new0(double, n *n_ways);
  for (guint i = 0; i < n_ways; i++) {
    if (!read_way(argv[i + 2], &ways[i])) {
      fprintf(stderr, "bench-turns: %s: no such way\n", argv[i + 2]);
      return 2;
    }
    ways[i].times_us = times_us + i * n;
  }
  for (guint turn = 0; turn < n; turn++) {
    g_autofree char *name =
        g_strdup_printf("q%u.d%u-%08x.test", turn, turn / NAMES_OF_A_DOMAIN, run);
    g_autoptr(GByteArray) question = lt_build_dns((guint16) turn, 0x0100, name, 1, 0, 0);
    /* Another one begins each time. */
    for (guint i = 0; i < n_ways; i++)
      take_turn(&ways[(turn + i) % n_ways], question);
  }
  print_ways(ways, n_ways, (guint) n);
  return 0;
}
