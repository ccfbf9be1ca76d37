/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of lists of sites: what they match, and how kindly a wrong one is refused. */
#include "policy/site-entry.h"

typedef struct {
  const char *written;
  const char *text;
  const char *host;
  guint scope;
  gboolean is_suffix;
} Good;

static const Good good[] = {
    {"olm.vn", "olm.vn", "olm.vn", LT_SCOPE_BOTH, FALSE},
    {"OLM.vn.", "olm.vn", "olm.vn", LT_SCOPE_BOTH, FALSE},
    {"*.olm.vn", "*.olm.vn", "olm.vn", LT_SCOPE_BELOW, FALSE},
    {"=olm.vn", "=olm.vn", "olm.vn", LT_SCOPE_SELF, FALSE},
    {"com.vn", "com.vn", "com.vn", LT_SCOPE_SELF, TRUE},
    {"*.com.vn", "*.com.vn", "com.vn", LT_SCOPE_SELF, TRUE},
    {"=com.vn", "=com.vn", "com.vn", LT_SCOPE_SELF, FALSE},
    {"lan", "lan", "lan", LT_SCOPE_BOTH, FALSE},
    {"192.0.2.1", "192.0.2.1", "192.0.2.1", LT_SCOPE_SELF, FALSE},
    {"=192.0.2.1", "=192.0.2.1", "192.0.2.1", LT_SCOPE_SELF, FALSE},
    {"[2001:DB8::1]", "2001:db8::1", "2001:db8::1", LT_SCOPE_SELF, FALSE},
    {"*.Việt.vn", "*.xn--vit-5kz.vn", "xn--vit-5kz.vn", LT_SCOPE_BELOW, FALSE},
};

static void
test_good(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
    g_autofree char *problem = NULL;
    g_autoptr(LtSiteEntry) entry = lt_site_entry_new(good[i].written, &problem);

    g_test_message("%s", good[i].written);
    g_assert_null(problem);
    g_assert_cmpstr(entry->text, ==, good[i].text);
    g_assert_cmpstr(entry->host, ==, good[i].host);
    g_assert_cmpuint(entry->scope, ==, good[i].scope);
    g_assert_cmpint(entry->is_suffix, ==, good[i].is_suffix);
  }
}

static const struct {
  const char *written;
  const char *problem;
} bad[] = {
    {"https://olm.vn/lop-6",
     "\"https://olm.vn/lop-6\" is more than the name of a site; write the host \"olm.vn\""},
    {"http://user:pw@OLM.vn:8080?x#y",
     "\"http://user:pw@OLM.vn:8080?x#y\" is more than the name of a site; write the host "
     "\"olm.vn\""},
    {"olm.vn/lop-6", "\"olm.vn/lop-6\" is more than the name of a site; write the host \"olm.vn\""},
    {"olm.vn:443", "\"olm.vn:443\" is more than the name of a site; write the host \"olm.vn\""},
    {"na@olm.vn", "\"na@olm.vn\" is more than the name of a site; write the host \"olm.vn\""},
    {"https://[2001:db8::1]/",
     "\"https://[2001:db8::1]/\" is more than the name of a site; write the host \"2001:db8::1\""},
    {"10.0.0.0/8", "\"10.0.0.0/8\" is a range of addresses; write single addresses or host names"},
    {".olm.vn",
     "\".olm.vn\" begins with a dot; write \"olm.vn\" for the site and all below it, or "
     "\"*.olm.vn\" for what is below it"},
    {"*olm.vn", "\"*olm.vn\": a '*' may only stand at the front, as in \"*.olm.vn\"; write it so"},
    {"*", "\"*\": a '*' may only stand at the front, as in \"*.olm.vn\"; write it so"},
    {"*.192.0.2.1",
     "\"*.192.0.2.1\": a '*' may only stand at the front, as in \"*.olm.vn\"; write it so"},
    {"", "an empty name of a site; write one like \"olm.vn\", or remove it"},
    {"=", "\"=\" is not the name of a site; write one like \"olm.vn\""},
    {"olm vn", "\"olm vn\" is not the name of a site; write one like \"olm.vn\""},
    {".", "\".\" is not the name of a site; write one like \"olm.vn\""},
    {"/", "\"/\" is not the name of a site; write one like \"olm.vn\""},
    {"://", "\"://\" is not the name of a site; write one like \"olm.vn\""},
    {":@:", "\":@:\" is not the name of a site; write one like \"olm.vn\""},
};

static void
test_bad(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autofree char *problem = NULL;

    g_assert_null(lt_site_entry_new(bad[i].written, &problem));
    g_assert_cmpstr(problem, ==, bad[i].problem);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/site-entry/good", test_good);
  g_test_add_func("/site-entry/bad", test_bad);
  return g_test_run();
}
