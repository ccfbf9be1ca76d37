/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-load: makes one load and prints what came of it as a JSON object.
 *
 * usage: bench-load KIND ADDRESS[+N] PORT NAME COUNT RATE AT-ONCE
 * KIND is tcp, tls, quic or dns; ADDRESS+N means N addresses from there on; RATE 0: as fast as
 * AT-ONCE open ones allow. */

#include "load.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const LoadKind *const kinds[] = {
    &load_kind_tcp, &load_kind_tls, &load_kind_quic, &load_kind_dns};

static gboolean
read_number(const char *text, guint max, guint *out)
{
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned(text, 10, 0, max, &value, NULL))
    return FALSE;
  *out = (guint) value;
  return TRUE;
}

static gboolean
read_target(const char *text, const char *port_text, LoadPlan *plan)
{
  g_auto(GStrv) parts = g_strsplit(text, "+", 2);
  guint port;
  plan->target.sin_family = AF_INET;
  plan->n_targets = 1;
  if (parts[0] == NULL || inet_pton(AF_INET, parts[0], &plan->target.sin_addr) != 1 ||
      !read_number(port_text, G_MAXUINT16, &port))
    return FALSE;
  plan->target.sin_port = htons((guint16) port);
  return parts[1] == NULL || (read_number(parts[1], 256, &plan->n_targets) && plan->n_targets > 0);
}

static gboolean
read_plan(char **words, LoadPlan *plan)
{
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (strcmp(words[0], kinds[i]->name) == 0)
      plan->kind = kinds[i];
  plan->name = words[3];
  return plan->kind != NULL && read_target(words[1], words[2], plan) &&
         read_number(words[4], 1000000, &plan->n) && read_number(words[5], 1000000, &plan->rate) &&
         read_number(words[6], 65536, &plan->at_once) && plan->at_once > 0;
}

int
main(int argc, char **argv)
{
  LoadPlan plan = {0};
  LoadResult result;
  if (argc != 8 || !read_plan(argv + 1, &plan)) {
    fputs("usage: bench-load KIND ADDRESS[+N] PORT NAME COUNT RATE AT-ONCE\n", stderr);
    return 2;
  }
  if (!load_run(&plan, &result))
    return 1;
  printf("{\"n\":%u,\"failed\":%u,\"slow\":%u,\"late\":%u,\"elapsed_us\":%" G_GINT64_FORMAT
         ",\"median_us\":%.0f,\"p99_us\":%.0f,\"error\":\"%s\"}\n",
         result.n,
         result.n_failed,
         result.n_slow,
         result.n_late,
         result.elapsed_us,
         result.median_us,
         result.p99_us,
         result.n_failed > 0 ? g_strerror(result.error) : "");
  return 0;
}
