/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetches one file over HTTPS, unless it is the one that is there already. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The largest list in use is 60 MB of text; what is more is no list, or not meant well. */
#define LT_FETCH_MAX_BYTES (64 * 1024 * 1024)

#define LT_FETCH_ERROR (lt_fetch_error_quark())
GQuark lt_fetch_error_quark(void);
/**
 * LtFetchError:
 * @LT_FETCH_ERROR_NETWORK: nobody was reached, or the answer did not come whole
 * @LT_FETCH_ERROR_REFUSED: the answer is not one that is taken: no HTTPS, too large, "not found"
 * @LT_FETCH_ERROR_DISK: it cannot be written
 */
typedef enum {
  LT_FETCH_ERROR_NETWORK,
  LT_FETCH_ERROR_REFUSED,
  LT_FETCH_ERROR_DISK,
} LtFetchError;

/**
 * LtFetched:
 * @is_new: FALSE: the server says that nothing changed, and nothing was written
 * @etag, @last_modified: (nullable): validators to send the next time (RFC 9110 section 8.8)
 *
 * A whole answer.
 */
typedef struct {
  gboolean is_new;
  char *etag;
  char *last_modified;
  guint64 n_bytes;
} LtFetched;

void lt_fetched_clear(LtFetched *fetched);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LtFetched, lt_fetched_clear)

/* Some bytes came, of so many; @n_total is 0 while the server has not said. */
typedef void (*LtFetchProgress)(guint64 n_bytes, guint64 n_total, gpointer user_data);

/**
 * LtFetcher:
 *
 * Connections that are kept between files. Proxies are those of the environment (https_proxy,
 * no_proxy), authorities those of SSL_CERT_FILE or CURL_CA_BUNDLE, or the system's.
 */
typedef struct _LtFetcher LtFetcher;

/* Fails with %LT_FETCH_ERROR. */
LtFetcher *lt_fetcher_new(LtFetchProgress progress,
                          gpointer user_data,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_fetcher_free(LtFetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtFetcher, lt_fetcher_free)

/**
 * lt_fetcher_get:
 * @etag, @last_modified: (nullable): of the copy that is there
 * @fd: where the answer is written; what is there after a failure is worth nothing
 * @out: written on success only; cleared with lt_fetched_clear()
 *
 * HTTPS alone, also where it is sent on to. Fails with %LT_FETCH_ERROR.
 */
gboolean lt_fetcher_get(LtFetcher *fetcher,
                        const char *url,
                        const char *etag,
                        const char *last_modified,
                        int fd,
                        LtFetched *out,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable): what a date of HTTP or of a list's head means, in seconds of UTC; 0: nothing. */
gint64 lt_fetch_date_s(const char *text);

G_END_DECLS
