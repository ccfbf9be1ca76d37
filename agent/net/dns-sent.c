/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child's question as it is asked of the resolvers. */
#include "agent/net/dns-sent.h"

#include "policy/wire/dns-alias.h"

#include <string.h>

gboolean
lt_dns_sent_init(LtDnsSent *sent,
                 guint16 slot,
                 const guint8 *query,
                 gsize len,
                 const LtDnsQuestion *question,
                 const char *target)
{
  LtDnsQuestion renamed;

  sent->target = target;
  sent->bytes = query;
  sent->len = len;
  if (target != NULL) {
    sent->bytes = sent->renamed;
    sent->len =
        lt_dns_alias_question(query, len, question, target, sent->renamed, sizeof sent->renamed);
    if (sent->len == 0 || lt_dns_read_question(sent->bytes, sent->len, &renamed) != LT_WIRE_FOUND)
      return FALSE;
    question = &renamed;
  }
  sent->question_len = question->question_len_bytes;
  sent->is_kept = lt_dns_cache_key(sent->bytes, sent->len, question, slot, &sent->key);
  return TRUE;
}

void
lt_dns_sent_fill(const LtDnsSent *sent,
                 const guint8 *query,
                 const LtDnsQuestion *question,
                 LtDnsFlight *flight)
{
  flight->question = *question;
  flight->target = sent->target;
  memcpy(flight->asked, query, LT_DNS_HEADER_LEN + question->question_len_bytes);
  flight->is_kept = sent->is_kept;
  if (sent->is_kept)
    flight->key = sent->key;
  flight->sent_question_len = sent->question_len;
  flight->query_len = sent->len;
  memcpy(flight->query + 2, sent->bytes, sent->len);
}
