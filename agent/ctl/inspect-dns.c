/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names that DNS messages ask for, in questions and in the responses that repeat them. */
#include "agent/ctl/inspect-dns.h"

#include "policy/wire/dns-name.h"
#include "policy/wire/dns.h"

#include <string.h>

#define FLAG_QR 0x8000u

/* RFC 9619: one question; some old tests send a few. More is no DNS. */
#define MAX_QUESTIONS 16u

static LtTuple
turn_round(const LtTuple *tuple)
{
  LtTuple turned = *tuple;

  turned.sport = tuple->dport;
  turned.dport = tuple->sport;
  memcpy(turned.saddr, tuple->daddr, sizeof turned.saddr);
  memcpy(turned.daddr, tuple->saddr, sizeof turned.daddr);
  return turned;
}

void
lt_inspect_dns_read(LtCursor message, guint64 frame, const LtTuple *tuple, LtInspectReport *report)
{
  LtCursor header = message;
  guint16 id, flags, n_questions;
  gsize at = LT_DNS_HEADER_LEN;
  LtTuple from_client;

  if (message.left < LT_DNS_HEADER_LEN || !lt_cursor_u16(&header, &id) ||
      !lt_cursor_u16(&header, &flags) || !lt_cursor_u16(&header, &n_questions))
    return;
  if (n_questions > MAX_QUESTIONS)
    return;
  from_client = (flags & FLAG_QR) != 0 ? turn_round(tuple) : *tuple;
  for (guint i = 0; i < n_questions; i++) {
    char text[LT_DNS_NAME_TEXT_SIZE];
    LtDnsName name;

    if (lt_dns_name_read(message.at, message.left, at, &name, &at) != LT_WIRE_FOUND ||
        message.left - at < 4)
      return;
    at += 4;
    lt_dns_name_to_text(&name, text);
    lt_inspect_report_add(report, frame, LT_PROTOCOL_DNS, &from_client, text);
  }
}
