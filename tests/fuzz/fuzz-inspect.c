/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: a capture's frames, through links, tunnels, fragments and streams to names. */
#include "agent/ctl/inspect-frames.h"
#include "tests/fuzz/target.h"

#include <stdio.h>
#include <string.h>

/* Every row has its columns, and nothing that breaks a line. */
static void
check_rows(const char *rows, size_t len)
{
  const char *at = rows;

  while (at < rows + len) {
    const char *end = memchr(at, '\n', (size_t) (rows + len - at));
    guint n_tabs = 0;

    LT_FUZZ_CHECK(end != NULL);
    for (; at < end; at++) {
      LT_FUZZ_CHECK(*at == '\t' || (*at >= ' ' && *at < 0x7f));
      n_tabs += *at == '\t' ? 1 : 0;
    }
    LT_FUZZ_CHECK(n_tabs == 7);
    at = end + 1;
  }
}

/* A link type, then frames with their lengths; each in a block of its own, so that a sanitizer sees
 * a read past it. */
static void
add_frames(LtInspectFrames *frames, LtCursor input)
{
  LtCursor frame;
  guint8 link;

  if (!lt_cursor_u8(&input, &link))
    return;
  while (lt_cursor_block16(&input, &frame)) {
    g_autofree guint8 *copy = g_malloc(frame.left > 0 ? frame.left : 1);

    if (frame.left > 0)
      memcpy(copy, frame.at, frame.left);
    lt_inspect_frames_add(frames,
                          (LtInspectLinkType) (link % (LT_INSPECT_LINK_NFLOG + 1)),
                          lt_cursor(copy, frame.left));
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *rows = NULL;
  size_t len = 0;
  FILE *to = open_memstream(&rows, &len);

  LT_FUZZ_CHECK(to != NULL);
  {
    g_autoptr(LtInspectReport) report = lt_inspect_report_new(to, FALSE);
    g_autoptr(LtInspectFrames) frames = lt_inspect_frames_new(report);

    add_frames(frames, lt_cursor(data, size));
  }
  LT_FUZZ_CHECK(fclose(to) == 0);
  check_rows(rows, len);
  free(rows);
  return 0;
}
