/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages and packets for tests of the readers, built byte by byte. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void lt_build_u8(GByteArray *to, guint value);
void lt_build_u16(GByteArray *to, guint value);
void lt_build_u24(GByteArray *to, guint value);
void lt_build_u32(GByteArray *to, guint32 value);
void lt_build_text(GByteArray *to, const char *text);
void lt_build_bytes(GByteArray *to, const GByteArray *bytes);

/* What pairs of hex digits say. */
GByteArray *lt_build_unhex(const char *hex);

/* A TLS extension with a body of its own. */
void lt_build_extension(GByteArray *to, guint type, const GByteArray *body);
/* A server_name extension with one entry; @len bytes of @name. */
void lt_build_server_name(GByteArray *to, guint name_type, const char *name, gsize len);

/**
 * lt_build_hello:
 * @extensions: (nullable): all extensions, or NULL for a hello without that field
 *
 * A handshake message without records.
 */
GByteArray *lt_build_hello(const GByteArray *extensions);
/* A hello for @name with an extension of zeros that fills it up to @total_len bytes. */
GByteArray *lt_build_hello_for(const char *name, gsize total_len);
/* @message in handshake records of at most @record_len bytes each. */
GByteArray *lt_build_records(const GByteArray *message, gsize record_len);

/* A DNS header and one question; @name in dots, "" for the root. */
GByteArray *
lt_build_dns(guint id, guint flags, const char *name, guint type, guint n_answers, guint n_more);
/* A name in labels. */
void lt_build_dns_name(GByteArray *to, const char *name);
/* The fixed part of a record and its data behind the owner that is there already. */
void
lt_build_dns_record(GByteArray *to, guint type, guint klass, guint32 ttl, const GByteArray *data);

/* IPv4 without options around @payload. */
GByteArray *lt_build_v4(guint protocol, guint fragment, const GByteArray *payload);
/* IPv6 around @payload. */
GByteArray *lt_build_v6(guint next, const GByteArray *payload);
/* A TCP segment from port 40000 to 443; @options padded to four bytes by the caller. */
GByteArray *
lt_build_tcp(guint32 seq, guint flags, const GByteArray *options, const GByteArray *payload);
/* A UDP datagram from port 40000 to 53. */
GByteArray *lt_build_udp(const GByteArray *payload);

/* For tables: a copy of exactly @len bytes on the heap, so that a sanitizer sees a read past it. */
guint8 *lt_build_exact(const guint8 *bytes, gsize len);

G_END_DECLS
