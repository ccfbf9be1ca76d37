/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolv.conf(5), the lines that matter to a forwarder: "nameserver" and two "options". */
#include "agent/net/dns-servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#define DNS_PORT 53

/* A real file has some hundred bytes; what comes after this many is not read. */
#define MAX_FILE_BYTES 16384

/* The longest word that can be an address with its scope, and the NUL. */
#define ADDRESS_TEXT_SIZE (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

/* A piece of the text, not ended by NUL. */
typedef struct {
  const char *at;
  gsize len;
} Word;

static gboolean
is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off the line; FALSE at its end. */
static gboolean
next_word(Word *line, Word *out)
{
  while (line->len > 0 && is_blank(*line->at)) {
    line->at++;
    line->len--;
  }
  *out = (Word){line->at, 0};
  while (line->len > 0 && !is_blank(*line->at)) {
    line->at++;
    line->len--;
    out->len++;
  }
  return out->len > 0;
}

static gboolean
word_is(Word word, const char *text)
{
  return word.len == strlen(text) && memcmp(word.at, text, word.len) == 0;
}

/* The number after "NAME:", FALSE if the word is another one. */
static gboolean
option_value(Word word, const char *prefix, guint max, guint *out)
{
  gsize prefix_len = strlen(prefix);
  guint value = 0;

  if (word.len <= prefix_len || memcmp(word.at, prefix, prefix_len) != 0)
    return FALSE;
  for (gsize i = prefix_len; i < word.len; i++) {
    if (!g_ascii_isdigit(word.at[i]))
      return FALSE;
    value = MIN(value * 10 + (guint) (word.at[i] - '0'), max);
  }
  *out = MAX(value, 1);
  return TRUE;
}

/* The interface of a link-local address, by name or number; 0 if there is none such. */
static guint32
scope_from_text(const char *text)
{
  guint32 index = if_nametoindex(text);
  guint64 number;

  if (index == 0 && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &number, NULL))
    index = (guint32) number;
  return index;
}

static gboolean
parse_address(Word word, LtDnsAddress *out)
{
  char text[ADDRESS_TEXT_SIZE];
  LtDnsAddress address;
  char *scope;

  if (word.len >= sizeof text || memchr(word.at, 0, word.len) != NULL)
    return FALSE;
  memcpy(text, word.at, word.len);
  text[word.len] = '\0';
  memset(&address, 0, sizeof address);

  if (inet_pton(AF_INET, text, &address.ip4.sin_addr) == 1) {
    address.ip4.sin_family = AF_INET;
    address.ip4.sin_port = htons(DNS_PORT);
    *out = address;
    return TRUE;
  }
  scope = strchr(text, '%');
  if (scope != NULL)
    *scope++ = '\0';
  if (inet_pton(AF_INET6, text, &address.ip6.sin6_addr) != 1)
    return FALSE;
  address.ip6.sin6_family = AF_INET6;
  address.ip6.sin6_port = htons(DNS_PORT);
  if (scope != NULL) {
    address.ip6.sin6_scope_id = scope_from_text(scope);
    if (address.ip6.sin6_scope_id == 0)
      return FALSE;
  }
  *out = address;
  return TRUE;
}

static void
parse_line(Word line, LtDnsServers *servers)
{
  Word key, word;

  if (!next_word(&line, &key))
    return;
  if (word_is(key, "nameserver")) {
    if (servers->n_servers < LT_DNS_MAX_SERVERS && next_word(&line, &word) &&
        parse_address(word, &servers->servers[servers->n_servers]))
      servers->n_servers++;
  } else if (word_is(key, "options")) {
    while (next_word(&line, &word)) {
      if (!option_value(word, "timeout:", LT_DNS_MAX_TIMEOUT_S, &servers->timeout_s))
        (void) option_value(word, "attempts:", LT_DNS_MAX_ATTEMPTS, &servers->attempts);
    }
  }
}

socklen_t
lt_dns_address_len(const LtDnsAddress *address)
{
  return address->any.sa_family == AF_INET6 ? sizeof address->ip6 : sizeof address->ip4;
}

void
lt_dns_servers_parse(const char *text, gsize len, LtDnsServers *out)
{
  LtDnsServers servers = {.timeout_s = LT_DNS_DEFAULT_TIMEOUT_S,
                          .attempts = LT_DNS_DEFAULT_ATTEMPTS};

  while (len > 0) {
    const char *end = memchr(text, '\n', len);
    gsize line_len = end != NULL ? (gsize) (end - text) : len;

    parse_line((Word){text, line_len}, &servers);
    if (end != NULL)
      line_len++;
    text += line_len;
    len -= line_len;
  }
  if (servers.n_servers == 0) {
    (void) parse_address((Word){"127.0.0.1", strlen("127.0.0.1")}, &servers.servers[0]);
    servers.n_servers = 1;
  }
  *out = servers;
}

static gboolean
is_same_file(const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* As many bytes as there are, up to @size; negative on an error. */
static gssize
read_up_to(int fd, char *buffer, gsize size)
{
  gsize n_read = 0;

  while (n_read < size) {
    gssize n = read(fd, buffer + n_read, size - n_read);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    n_read += (gsize) n;
  }
  return (gssize) n_read;
}

void
lt_dns_servers_file_init(LtDnsServersFile *file, const char *path)
{
  *file = (LtDnsServersFile){.path = path};
  lt_dns_servers_parse("", 0, &file->servers);
  (void) lt_dns_servers_file_refresh(file);
}

gboolean
lt_dns_servers_file_refresh(LtDnsServersFile *file)
{
  char text[MAX_FILE_BYTES];
  struct stat stamp;
  gssize len;
  int fd;

  if (stat(file->path, &stamp) < 0 || (file->is_read && is_same_file(&stamp, &file->stamp)))
    return FALSE;
  /* A FIFO or a device would make the thread wait. */
  if (!S_ISREG(stamp.st_mode))
    return FALSE;
  fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return FALSE;
  len = fstat(fd, &stamp) == 0 ? read_up_to(fd, text, sizeof text) : -1;
  close(fd);
  if (len < 0)
    return FALSE;
  lt_dns_servers_parse(text, (gsize) len, &file->servers);
  file->stamp = stamp;
  file->is_read = TRUE;
  return TRUE;
}
