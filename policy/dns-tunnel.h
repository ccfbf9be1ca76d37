/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the names that a child looks up below one domain carry data: a tunnel through DNS. */
#pragma once

#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* A tunnel needs a new name for each of its questions, and long ones to send much. Each new name
 * below a domain costs %LT_DNS_TUNNEL_NAME_UNITS and a unit for each character over
 * %LT_DNS_TUNNEL_FREE_CHARS in front of the domain; four times as much if asked for a type that
 * tunnels use for room in the answer and programs of a desktop hardly know.
 *
 * A domain has so many units saved up at first and gets so many a second: 512 different short
 * names, 227 of a device's 50 characters, 43 of a tunnel's 200. A page of many tiles has some ten
 * names below one domain, an hour of browsing under 100. */
#define LT_DNS_TUNNEL_NAME_UNITS 16
#define LT_DNS_TUNNEL_FREE_CHARS 30
#define LT_DNS_TUNNEL_MAX_UNITS 8192
#define LT_DNS_TUNNEL_UNITS_PER_S 64

/* For how long nothing below the domain is answered. */
#define LT_DNS_TUNNEL_SHUT_S 600

/* Domains watched for one child: of more, the least suspicious is forgotten. */
#define LT_DNS_TUNNEL_DOMAINS 64

typedef enum {
  LT_DNS_TUNNEL_NONE,
  LT_DNS_TUNNEL_FOUND, /* just now */
  LT_DNS_TUNNEL_SHUT,  /* found before */
} LtDnsTunnelAnswer;

/* Of one child; some 8 kB. */
typedef struct _LtDnsTunnel LtDnsTunnel;

LtDnsTunnel *lt_dns_tunnel_new(void);
void lt_dns_tunnel_free(LtDnsTunnel *tunnel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsTunnel, lt_dns_tunnel_free)

/**
 * lt_dns_tunnel_note:
 * @question: for a host name
 * @now_us: any clock that only goes on
 * @out_domain: (out): of a tunnel: the domain that somebody has registered, within the question's
 *   name; else left alone
 *
 * A public suffix's own name, a name of one label and a reverse lookup of an address (below "arpa",
 * labels of up to three characters) are never counted. Does not allocate.
 */
LtDnsTunnelAnswer lt_dns_tunnel_note(LtDnsTunnel *tunnel,
                                     const LtDnsQuestion *question,
                                     gint64 now_us,
                                     const char **out_domain);

G_END_DECLS
