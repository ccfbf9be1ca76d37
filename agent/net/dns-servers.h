/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system's resolvers, from resolv.conf, read again when it changes. */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* glibc stops at three (MAXNS); other resolvers go on, and one more costs nothing. */
#define LT_DNS_MAX_SERVERS 4

/* resolv.conf(5): RES_TIMEOUT, RES_DFLRETRY and their caps. */
#define LT_DNS_DEFAULT_TIMEOUT_S 5
#define LT_DNS_MAX_TIMEOUT_S 30
#define LT_DNS_DEFAULT_ATTEMPTS 2
#define LT_DNS_MAX_ATTEMPTS 5

/* An IPv4 or IPv6 socket address; IPv6 with its scope. */
typedef union {
  struct sockaddr any;
  struct sockaddr_in ip4;
  struct sockaddr_in6 ip6;
} LtDnsAddress;

/* Bytes of the address's own family, as connect() and sendto() want them. */
socklen_t lt_dns_address_len(const LtDnsAddress *address);

/**
 * LtDnsServers:
 * @n_servers: 1 to %LT_DNS_MAX_SERVERS
 * @servers: in the file's order, port 53
 * @timeout_s, @attempts: "options timeout:N attempts:N", within the caps of glibc
 */
typedef struct {
  guint n_servers;
  LtDnsAddress servers[LT_DNS_MAX_SERVERS];
  guint timeout_s;
  guint attempts;
} LtDnsServers;

/**
 * lt_dns_servers_parse:
 * @text: (array length=len): a resolv.conf
 *
 * Total: lines that say nothing about servers, or that are damaged, are passed over. Without any
 * server the answer is 127.0.0.1, as in glibc.
 */
void lt_dns_servers_parse(const char *text, gsize len, LtDnsServers *out);

/**
 * LtDnsServersFile:
 * @servers: what the file said last
 *
 * Only @servers is for others. Holds no resources.
 */
typedef struct {
  LtDnsServers servers;
  const char *path; /* borrowed */
  gboolean is_read;
  struct stat stamp;
} LtDnsServersFile;

/* @path must outlive @file. Reads at once. */
void lt_dns_servers_file_init(LtDnsServersFile *file, const char *path);

/**
 * lt_dns_servers_file_refresh:
 *
 * Looks whether the file at the path is another one than last time, by one stat() as glibc does
 * before a question: that costs about a microsecond, and sees what inotify would not: a new target
 * of any symlink on the way, a bind mount, a network file system. A file that is away or cannot be
 * read leaves the former servers.
 *
 * Returns: TRUE if @file->servers may have changed.
 */
gboolean lt_dns_servers_file_refresh(LtDnsServersFile *file);

G_END_DECLS
