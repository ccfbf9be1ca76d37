/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which address was given out for which name: what is remembered of a DNS answer, and where it
 * doesn't matter. */
#pragma once

#include "policy/address.h"
#include "policy/wire/answer.h"
#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* Of one answer; resolvers cut answers down long before. */
#define LT_NAME_BINDING_MAX_NAMES 8
#define LT_NAME_BINDING_MAX_ADDRESSES 64

/* Secret: who knew it could look for two bindings that look alike. */
typedef struct {
  guint64 k0;
  guint64 k1;
} LtNameBindingKey;

/**
 * LtNameBindings:
 * @names: names that the addresses stand for, each by the domain that somebody has registered
 *   ("example.co.uk" for "www.example.co.uk"; a public suffix for itself)
 * @addresses: where they are
 *
 * What one DNS answer says: every name of it may be at every address of it.
 */
typedef struct {
  guint n_names;
  guint n_addresses;
  LtHost names[LT_NAME_BINDING_MAX_NAMES];
  LtAddress addresses[LT_NAME_BINDING_MAX_ADDRESSES];
} LtNameBindings;

/**
 * lt_name_binding_read:
 * @question: that is answered
 * @message: (array length=len): the answer as the child gets it
 *
 * The name that was asked for and those that it is an alias of; addresses of A and AAAA records and
 * the hints of HTTPS records (RFC 9460 section 7.3).
 *
 * Returns: FOUND; NOT_MINE when it gives no address or asks for no host; MALFORMED or NEED_MORE
 * when it is broken: @out then holds nothing of use.
 */
LtWireAnswer lt_name_binding_read(const LtDnsQuestion *question,
                                  const guint8 *message,
                                  gsize len,
                                  LtNameBindings *out) G_GNUC_WARN_UNUSED_RESULT;

/* The part of @host that somebody has registered, as above. Points into @host. */
const char *lt_name_binding_domain(const char *host);

/**
 * lt_name_binding_hash:
 * @uid: the child
 * @domain: of lt_name_binding_domain()
 *
 * Returns: SipHash-2-4 of the three; never 0.
 */
guint64 lt_name_binding_hash(const LtNameBindingKey *key,
                             guint32 uid,
                             const LtAddress *address,
                             const char *domain);

/* Addresses of the house's own network (RFC 1918, RFC 3927, RFC 4193, link-local), where names come
 * from elsewhere: nothing there is bound. */
gboolean lt_name_binding_is_exempt(const LtAddress *address);

G_END_DECLS
