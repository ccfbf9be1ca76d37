/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl inspect: the sites that a capture file asks for, read as the agent reads packets. */
#include "agent/ctl/commands.h"
#include "agent/ctl/inspect-dns.h"
#include "agent/ctl/inspect-flows.h"
#include "agent/ctl/inspect-fragments.h"
#include "agent/ctl/inspect-link.h"
#include "agent/ctl/inspect-report.h"
#include "agent/ctl/inspect-tunnel.h"

#include <pcap/pcap.h>
#include <stdio.h>

/* Tunnels and fragments inside of each other; nobody's network has more. */
#define MAX_DEPTH 8u

#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u

G_DEFINE_AUTOPTR_CLEANUP_FUNC(pcap_t, pcap_close)

typedef struct {
  LtInspectReport *report;
  LtInspectFlows *flows;
  LtInspectFragments *fragments;
  guint64 frame;
} Inspection;

static void
read_whole_packet(Inspection *inspection, const LtPacket *packet, guint32 context)
{
  const LtTuple *tuple = &packet->tuple;

  if (tuple->protocol == PROTOCOL_TCP)
    lt_inspect_flows_add(inspection->flows, inspection->frame, packet, context);
  else if (tuple->protocol == PROTOCOL_UDP &&
           (tuple->sport == LT_INSPECT_DNS_PORT || tuple->dport == LT_INSPECT_DNS_PORT))
    lt_inspect_dns_read(lt_cursor(packet->payload, packet->payload_len),
                        inspection->frame,
                        tuple,
                        inspection->report);
}

/* A packet, then the one that it carries or completes, and so on. */
static void
read_ip(Inspection *inspection, LtCursor ip, guint32 context)
{
  for (guint depth = 0; depth < MAX_DEPTH; depth++) {
    LtPacket packet;

    if (lt_packet_read(ip.at, ip.left, &packet) != LT_WIRE_FOUND)
      return;
    if (packet.is_fragment) {
      if (!lt_inspect_fragments_add(inspection->fragments, &packet, context, &ip))
        return;
    } else if (!lt_inspect_tunnel_read(&packet, &ip, &context)) {
      read_whole_packet(inspection, &packet, context);
      return;
    }
  }
}

/* FALSE when the file breaks off; what came before was read all the same. */
static gboolean
read_frames(Inspection *inspection, pcap_t *pcap)
{
  LtInspectLinkType link = lt_inspect_link_from_pcap(pcap_datalink(pcap));
  struct pcap_pkthdr *header;
  const u_char *bytes;
  int status;

  while ((status = pcap_next_ex(pcap, &header, &bytes)) == 1) {
    guint32 context = 0;
    LtCursor ip;

    inspection->frame++;
    if (lt_inspect_link_read(link, lt_cursor(bytes, header->caplen), &ip, &context))
      read_ip(inspection, ip, context);
  }
  return status == PCAP_ERROR_BREAK;
}

static int
inspect_file(const char *path, gboolean as_json)
{
  g_autoptr(LtInspectReport) report = NULL;
  g_autoptr(LtInspectFlows) flows = NULL;
  g_autoptr(LtInspectFragments) fragments = NULL;
  g_autoptr(pcap_t) pcap = NULL;
  char message[PCAP_ERRBUF_SIZE] = "";
  Inspection inspection;

  pcap = pcap_open_offline(path, message);
  if (pcap == NULL) {
    fprintf(stderr, "luytrectl: %s: %s\n", path, message);
    return LT_CTL_ERROR;
  }
  report = lt_inspect_report_new(stdout, as_json);
  flows = lt_inspect_flows_new(report);
  fragments = lt_inspect_fragments_new();
  inspection = (Inspection){report, flows, fragments, 0};
  if (!read_frames(&inspection, pcap)) {
    fprintf(stderr, "luytrectl: %s: %s\n", path, pcap_geterr(pcap));
    return LT_CTL_ERROR;
  }
  return LT_CTL_OK;
}

int
lt_ctl_inspect(int argc, char **argv)
{
  gboolean as_json = FALSE, with_header = FALSE;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      {"header", 0, 0, G_OPTION_ARG_NONE, &with_header, "Print the columns' names first", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("FILE.pcap");
  g_autoptr(GError) error = NULL;
  int status;

  g_option_context_set_summary(
      context,
      "Shows which sites a capture file (pcap or pcapng) asks for, read by the code that judges\n"
      "packets. Tab-separated columns: frame (where the name is complete), proto (dns, http or\n"
      "tls), client, port, server, port, l4 (tcp or udp), name. One row for each flow and name;\n"
      "the name is '-' for a request or a hello that names nobody.");
  g_option_context_set_description(
      context, "Exit status: 0 done; 2 wrong usage, or a file that cannot be read to its end.");
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error)) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  if (argc != 2) {
    fputs("luytrectl: inspect wants one file; see luytrectl inspect --help\n", stderr);
    return LT_CTL_ERROR;
  }
  if (with_header && !as_json)
    puts("frame\tproto\tclient\tport\tserver\tport\tl4\tname");
  status = inspect_file(argv[1], as_json);
  if (fflush(stdout) != 0 || ferror(stdout) != 0) {
    perror("luytrectl: standard output");
    return LT_CTL_ERROR;
  }
  return status;
}
