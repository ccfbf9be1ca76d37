/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which address was given out for which name: what is remembered of a DNS answer, and where it
 * doesn't matter. */
#include "policy/name-binding.h"

#include "policy/wire/cursor.h"
#include "policy/wire/dns-records.h"

#include <libpsl.h>
#include <string.h>

/* RFC 9460 section 14.3.2. */
#define SVC_PARAM_IPV4HINT 4u
#define SVC_PARAM_IPV6HINT 6u
#define SVCB_PRIORITY_LEN 2u

/* What is hashed: the child, the address with its family, the name. */
#define HASHED_MAX_BYTES (4 + 1 + 16 + LT_HOST_MAX_LEN)

const char *
lt_name_binding_domain(const char *host)
{
  const char *domain = psl_registrable_domain(psl_builtin(), host);

  return domain != NULL ? domain : host;
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012). */

static guint64
rotate(guint64 word, guint bits)
{
  return word << bits | word >> (64 - bits);
}

static void
sip_round(guint64 v[4])
{
  v[0] += v[1];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[0] = rotate(v[0], 32);
  v[2] += v[3];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[2] = rotate(v[2], 32);
}

static void
sip_take(guint64 v[4], guint64 word)
{
  v[3] ^= word;
  sip_round(v);
  sip_round(v);
  v[0] ^= word;
}

static guint64
sip_hash(const LtNameBindingKey *key, const guint8 *bytes, gsize len)
{
  guint64 v[4] = {
      key->k0 ^ G_GUINT64_CONSTANT(0x736f6d6570736575),
      key->k1 ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
      key->k0 ^ G_GUINT64_CONSTANT(0x6c7967656e657261),
      key->k1 ^ G_GUINT64_CONSTANT(0x7465646279746573),
  };
  guint64 word = 0;

  for (gsize i = 0; i < len; i++) {
    word |= (guint64) bytes[i] << (i % 8 * 8);
    if (i % 8 != 7)
      continue;
    sip_take(v, word);
    word = 0;
  }
  sip_take(v, word | (guint64) len << 56);
  v[2] ^= 0xff;
  for (guint i = 0; i < 4; i++)
    sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

guint64
lt_name_binding_hash(const LtNameBindingKey *key,
                     guint32 uid,
                     const LtAddress *address,
                     const char *domain)
{
  guint8 bytes[HASHED_MAX_BYTES];
  gsize domain_len = MIN(strlen(domain), (gsize) LT_HOST_MAX_LEN);
  guint64 hash;

  for (guint i = 0; i < 4; i++)
    bytes[i] = (guint8) (uid >> (8 * i));
  bytes[4] = address->family;
  memcpy(bytes + 5, address->bytes, sizeof address->bytes);
  memcpy(bytes + 5 + sizeof address->bytes, domain, domain_len);
  hash = sip_hash(key, bytes, 5 + sizeof address->bytes + domain_len);
  return hash != 0 ? hash : 1;
}

gboolean
lt_name_binding_is_exempt(const LtAddress *address)
{
  const guint8 *b = address->bytes;

  if (address->family == 4)
    return b[0] == 10 || b[0] == 127 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
           (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254);
  return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

static void
add_host(LtNameBindings *bindings, const LtHost *host)
{
  const char *domain = lt_name_binding_domain(host->name);
  LtHost *name;

  for (guint i = 0; i < bindings->n_names; i++)
    if (strcmp(bindings->names[i].name, domain) == 0)
      return;
  if (bindings->n_names == LT_NAME_BINDING_MAX_NAMES)
    return;
  name = &bindings->names[bindings->n_names++];
  name->len = (guint8) (host->len - (domain - host->name));
  memcpy(name->name, domain, (gsize) name->len + 1);
}

static void
add_name(LtNameBindings *bindings, const LtDnsName *name)
{
  LtHost host;

  if (lt_dns_name_to_host(name, &host))
    add_host(bindings, &host);
}

/* One or more addresses of @len bytes each. */
static void
add_addresses(LtNameBindings *bindings, LtCursor bytes, guint8 family)
{
  LtCursor one;

  while (bindings->n_addresses < LT_NAME_BINDING_MAX_ADDRESSES &&
         lt_cursor_take(&bytes, family == 4 ? 4 : 16, &one)) {
    LtAddress *address = &bindings->addresses[bindings->n_addresses++];

    *address = (LtAddress){.family = family};
    memcpy(address->bytes, one.at, one.left);
  }
}

/* RFC 9460 section 2.2: parameters stand behind the target. */
static void
add_hints(LtNameBindings *bindings, const LtDnsRecords *records, const LtDnsRecord *record)
{
  LtCursor cursor = lt_cursor(records->message, record->end), value;
  LtDnsName target;
  gsize end;
  guint16 key;

  if (record->rdata_len < SVCB_PRIORITY_LEN ||
      lt_dns_name_read(
          records->message, record->end, record->rdata_at + SVCB_PRIORITY_LEN, &target, &end) !=
          LT_WIRE_FOUND ||
      !lt_cursor_skip(&cursor, end))
    return;
  while (lt_cursor_u16(&cursor, &key) && lt_cursor_block16(&cursor, &value)) {
    if (key == SVC_PARAM_IPV4HINT)
      add_addresses(bindings, value, 4);
    else if (key == SVC_PARAM_IPV6HINT)
      add_addresses(bindings, value, 6);
  }
}

static void
add_record(LtNameBindings *bindings, const LtDnsRecords *records, const LtDnsRecord *record)
{
  LtCursor cursor = lt_cursor(records->message, record->end), rdata;
  LtDnsName target;

  if (!lt_cursor_skip(&cursor, record->rdata_at) ||
      !lt_cursor_take(&cursor, record->rdata_len, &rdata))
    return;
  if (record->type == LT_DNS_TYPE_A && rdata.left == 4)
    add_addresses(bindings, rdata, 4);
  else if (record->type == LT_DNS_TYPE_AAAA && rdata.left == 16)
    add_addresses(bindings, rdata, 6);
  else if (record->type == LT_DNS_TYPE_SVCB || record->type == LT_DNS_TYPE_HTTPS)
    add_hints(bindings, records, record);
  else if (record->type == LT_DNS_TYPE_CNAME &&
           lt_dns_record_read_target(records, record, &target) == LT_WIRE_FOUND)
    add_name(bindings, &target);
}

LtWireAnswer
lt_name_binding_read(const LtDnsQuestion *question,
                     const guint8 *message,
                     gsize len,
                     LtNameBindings *out)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer = lt_dns_records_open(message, len, &records);

  if (answer != LT_WIRE_FOUND)
    return answer;
  if (!question->name_is_host)
    return LT_WIRE_NOT_MINE;
  out->n_names = 0;
  out->n_addresses = 0;
  add_host(out, &question->host);
  while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND)
    if (record.section == LT_DNS_SECTION_ANSWER)
      add_record(out, &records, &record);
  if (answer != LT_WIRE_NOT_MINE)
    return answer;
  return out->n_addresses > 0 ? LT_WIRE_FOUND : LT_WIRE_NOT_MINE;
}
