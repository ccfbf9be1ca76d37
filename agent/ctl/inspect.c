/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl inspect: the sites that a capture file asks for, read as the agent reads packets. */
#include "agent/ctl/commands.h"
#include "agent/ctl/inspect-frames.h"
#include "agent/ctl/inspect-link.h"
#include "agent/ctl/inspect-report.h"

#include <pcap/pcap.h>
#include <stdio.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(pcap_t, pcap_close)

/* FALSE when the file breaks off; what came before was read all the same. */
static gboolean
read_frames(LtInspectFrames *frames, pcap_t *pcap)
{
  LtInspectLinkType link = lt_inspect_link_from_pcap(pcap_datalink(pcap));
  struct pcap_pkthdr *header;
  const u_char *bytes;
  int status;

  while ((status = pcap_next_ex(pcap, &header, &bytes)) == 1)
    lt_inspect_frames_add(frames, link, lt_cursor(bytes, header->caplen));
  return status == PCAP_ERROR_BREAK;
}

static int
inspect_file(const char *path, gboolean as_json)
{
  g_autoptr(LtInspectReport) report = NULL;
  g_autoptr(LtInspectFrames) frames = NULL;
  g_autoptr(pcap_t) pcap = NULL;
  char message[PCAP_ERRBUF_SIZE] = "";

  pcap = pcap_open_offline(path, message);
  if (pcap == NULL) {
    fprintf(stderr, "luytrectl: %s: %s\n", path, message);
    return LT_CTL_ERROR;
  }
  report = lt_inspect_report_new(stdout, as_json);
  frames = lt_inspect_frames_new(report);
  if (!read_frames(frames, pcap)) {
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
      "packets. Tab-separated columns: frame (where the name is complete), proto (dns, http, tls,\n"
      "quic), client, port, server, port, l4 (tcp or udp), name. One row for each flow and name;\n"
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
