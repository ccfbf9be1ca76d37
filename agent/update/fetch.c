/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTPS by libcurl. */
#include "agent/update/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_S 20L
/* Slower than this for so long is a line that hangs. */
#define LOW_SPEED_BYTES 500L
#define LOW_SPEED_S 30L
/* 64 MiB at 110 kB a second. */
#define TOTAL_TIMEOUT_S 600L
#define MAX_REDIRECTS 5L
#define MAX_VALIDATOR_BYTES 1024

struct _LtFetcher {
  CURL *curl;
  char *authorities;
  LtFetchProgress progress;
  gpointer user_data;
  char words[CURL_ERROR_SIZE]; /* libcurl's own, of the last failure */
  int fd;
  guint64 n_bytes;
  int write_errno;
};

G_DEFINE_QUARK(lt_fetch_error, lt_fetch_error)

void
lt_fetched_clear(LtFetched *fetched)
{
  g_clear_pointer(&fetched->last_modified, g_free);
  g_clear_pointer(&fetched->etag, g_free);
}

static gboolean
write_all(int fd, const char *bytes, gsize len)
{
  while (len > 0) {
    const gssize n = write(fd, bytes, len);

    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      bytes += n;
      len -= (gsize) n;
    }
  }
  return TRUE;
}

/* Counted here too: the length that a server tells is of the packed text, or not told. */
static gsize
on_bytes(char *bytes, gsize size, gsize n, void *data)
{
  LtFetcher *fetcher = data;
  const gsize len = size * n;

  fetcher->n_bytes += len;
  if (fetcher->n_bytes > LT_FETCH_MAX_BYTES)
    return 0;
  if (!write_all(fetcher->fd, bytes, len)) {
    fetcher->write_errno = errno;
    return 0;
  }
  return len;
}

static int
on_progress(void *data, curl_off_t n_total, curl_off_t n, curl_off_t up_total, curl_off_t up)
{
  LtFetcher *fetcher = data;

  if (fetcher->progress != NULL)
    fetcher->progress((guint64) n, (guint64) n_total, fetcher->user_data);
  return 0;
}

static void
set_limits(LtFetcher *fetcher)
{
  CURL *curl = fetcher->curl;

  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, TOTAL_TIMEOUT_S);
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) LT_FETCH_MAX_BYTES);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

static void
set_calls(LtFetcher *fetcher)
{
  CURL *curl = fetcher->curl;

  curl_easy_setopt(curl, CURLOPT_USERAGENT, "luytre-update/" LUYTRE_VERSION);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetcher->words);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetcher);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, fetcher);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  if (fetcher->authorities != NULL)
    curl_easy_setopt(curl, CURLOPT_CAINFO, fetcher->authorities);
}

LtFetcher *
lt_fetcher_new(LtFetchProgress progress, gpointer user_data, GError **error)
{
  LtFetcher *fetcher;
  const char *authorities = g_getenv("CURL_CA_BUNDLE");

  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    g_set_error_literal(error, LT_FETCH_ERROR, LT_FETCH_ERROR_NETWORK, "libcurl does not start");
    return NULL;
  }
  fetcher = g_new0(LtFetcher, 1);
  fetcher->authorities = g_strdup(authorities != NULL ? authorities : g_getenv("SSL_CERT_FILE"));
  fetcher->progress = progress;
  fetcher->user_data = user_data;
  fetcher->curl = curl_easy_init();
  if (fetcher->curl == NULL) {
    g_set_error_literal(error, LT_FETCH_ERROR, LT_FETCH_ERROR_NETWORK, "libcurl does not start");
    lt_fetcher_free(fetcher);
    return NULL;
  }
  set_limits(fetcher);
  set_calls(fetcher);
  return fetcher;
}

void
lt_fetcher_free(LtFetcher *fetcher)
{
  if (fetcher == NULL)
    return;
  curl_easy_cleanup(fetcher->curl);
  curl_global_cleanup();
  g_free(fetcher->authorities);
  g_free(fetcher);
}

/* A validator goes back as it came, if it can stand in a line of a request. */
static struct curl_slist *
add_header(struct curl_slist *headers, const char *name, const char *value)
{
  g_autofree char *line = NULL;

  if (value == NULL || strpbrk(value, "\r\n") != NULL)
    return headers;
  line = g_strdup_printf("%s: %s", name, value);
  return curl_slist_append(headers, line);
}

/* (nullable) (transfer full): of the last answer, after all redirects. */
static char *
header_of(CURL *curl, const char *name)
{
  struct curl_header *header;

  if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK ||
      strlen(header->value) > MAX_VALIDATOR_BYTES)
    return NULL;
  return g_strdup(header->value);
}

static gboolean
fail(const LtFetcher *fetcher, CURLcode code, GError **error)
{
  const char *words = *fetcher->words != '\0' ? fetcher->words : curl_easy_strerror(code);

  if (fetcher->write_errno != 0)
    g_set_error_literal(
        error, LT_FETCH_ERROR, LT_FETCH_ERROR_DISK, g_strerror(fetcher->write_errno));
  else if (fetcher->n_bytes > LT_FETCH_MAX_BYTES || code == CURLE_FILESIZE_EXCEEDED)
    g_set_error(error,
                LT_FETCH_ERROR,
                LT_FETCH_ERROR_REFUSED,
                "larger than %d MiB: too large for a list",
                LT_FETCH_MAX_BYTES / 1024 / 1024);
  else if (code == CURLE_UNSUPPORTED_PROTOCOL)
    g_set_error_literal(
        error, LT_FETCH_ERROR, LT_FETCH_ERROR_REFUSED, "sent on to an address that is not HTTPS");
  else
    g_set_error_literal(error, LT_FETCH_ERROR, LT_FETCH_ERROR_NETWORK, words);
  return FALSE;
}

static gboolean
take_answer(LtFetcher *fetcher, LtFetched *out, GError **error)
{
  long status = 0;

  curl_easy_getinfo(fetcher->curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 304) {
    g_set_error(error,
                LT_FETCH_ERROR,
                LT_FETCH_ERROR_REFUSED,
                "the server's answer is %ld, not the list",
                status);
    return FALSE;
  }
  *out = (LtFetched){
      .is_new = status == 200,
      .etag = header_of(fetcher->curl, "ETag"),
      .last_modified = header_of(fetcher->curl, "Last-Modified"),
      .n_bytes = fetcher->n_bytes,
  };
  return TRUE;
}

gboolean
lt_fetcher_get(LtFetcher *fetcher,
               const char *url,
               const char *etag,
               const char *last_modified,
               int fd,
               LtFetched *out,
               GError **error)
{
  struct curl_slist *headers = NULL;
  CURLcode code;

  headers = add_header(headers, "If-None-Match", etag);
  headers = add_header(headers, "If-Modified-Since", last_modified);
  fetcher->fd = fd;
  fetcher->n_bytes = 0;
  fetcher->write_errno = 0;
  *fetcher->words = '\0';
  curl_easy_setopt(fetcher->curl, CURLOPT_URL, url);
  curl_easy_setopt(fetcher->curl, CURLOPT_HTTPHEADER, headers);
  code = curl_easy_perform(fetcher->curl);
  curl_easy_setopt(fetcher->curl, CURLOPT_HTTPHEADER, NULL);
  curl_slist_free_all(headers);
  return code == CURLE_OK ? take_answer(fetcher, out, error) : fail(fetcher, code, error);
}

gint64
lt_fetch_date_s(const char *text)
{
  g_autofree char *plain = NULL;
  int year;
  int month;
  int day;

  if (text == NULL)
    return 0;
  /* libcurl knows the forms of HTTP and of mail, and "20261101", but not "2026-11-01". */
  if (sscanf(text, "%4d-%2d-%2d", &year, &month, &day) == 3)
    plain = g_strdup_printf("%04d%02d%02d", year, month, day);
  return MAX((gint64) curl_getdate(plain != NULL ? plain : text, NULL), 0);
}
