/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What inspection found: one row per flow and name, printed as it is found. */
#include "agent/ctl/inspect-report.h"

#include "policy/address.h"

struct _LtInspectReport {
  FILE *to;
  gboolean as_json;
  GHashTable *seen; /* rows without the frame: owned strings */
};

LtInspectReport *
lt_inspect_report_new(FILE *to, gboolean as_json)
{
  LtInspectReport *report = g_new0(LtInspectReport, 1);

  report->to = to;
  report->as_json = as_json;
  report->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return report;
}

void
lt_inspect_report_free(LtInspectReport *report)
{
  if (report == NULL)
    return;
  g_hash_table_unref(report->seen);
  g_free(report);
}

/* Names are printable ASCII here; only two characters need an escape (RFC 8259 section 7). */
static void
print_json_string(FILE *to, const char *text)
{
  fputc('"', to);
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      fputc('\\', to);
    fputc(*text, to);
  }
  fputc('"', to);
}

void
lt_inspect_report_add(LtInspectReport *report,
                      guint64 frame,
                      LtProtocol protocol,
                      const LtTuple *from_client,
                      const char *name)
{
  const char *proto = lt_protocol_to_string(protocol);
  const char *l4 = from_client->protocol == 6 ? "tcp" : "udp";
  char client[LT_ADDRESS_TEXT_SIZE], server[LT_ADDRESS_TEXT_SIZE];
  char *row;

  lt_address_to_text(from_client->family, from_client->saddr, client);
  lt_address_to_text(from_client->family, from_client->daddr, server);
  row = g_strdup_printf("%s\t%s\t%u\t%s\t%u\t%s\t%s",
                        proto,
                        client,
                        from_client->sport,
                        server,
                        from_client->dport,
                        l4,
                        name);
  if (!g_hash_table_add(report->seen, row))
    return;
  if (!report->as_json) {
    fprintf(report->to, "%" G_GUINT64_FORMAT "\t%s\n", frame, row);
    return;
  }
  fprintf(report->to,
          "{\"frame\":%" G_GUINT64_FORMAT ",\"proto\":\"%s\",\"client\":\"%s\",\"client-port\":%u,"
          "\"server\":\"%s\",\"server-port\":%u,\"l4\":\"%s\",\"name\":",
          frame,
          proto,
          client,
          from_client->sport,
          server,
          from_client->dport,
          l4);
  print_json_string(report->to, name);
  fputs("}\n", report->to);
}

/* A name that no host can have, for people: letters folded, odd bytes as \DDD, up to a NUL, which
 * ends it for most programs. */
static char *
escape(const guint8 *bytes, gsize len)
{
  GString *text = g_string_sized_new(len);

  for (gsize i = 0; i < len && bytes[i] != 0; i++) {
    if (bytes[i] >= ' ' && bytes[i] < 0x7f)
      g_string_append_c(text, g_ascii_tolower((char) bytes[i]));
    else
      g_string_append_printf(text, "\\%03u", bytes[i]);
  }
  return g_string_free(text, FALSE);
}

void
lt_inspect_report_add_request(LtInspectReport *report,
                              guint64 frame,
                              const LtTuple *from_client,
                              const LtRequest *request)
{
  g_autofree char *bad = NULL;
  const char *name = "-";

  switch (request->name) {
  case LT_NAME_HOST:
  case LT_NAME_ADDRESS:
    name = request->host.name;
    break;
  case LT_NAME_BAD:
    bad = escape(request->raw_name, request->raw_name_len);
    if (*bad != '\0')
      name = bad;
    break;
  case LT_NAME_NONE:
    break;
  }
  lt_inspect_report_add(report, frame, request->protocol, from_client, name);
}
