/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What callers can make grow stays bounded: calls, notices, open requests, slots. */
#include "agent/bus/notices.h"
#include "agent/bus/open-requests.h"
#include "agent/bus/rate-limits.h"
#include "agent/slots.h"
#include "policy/rule-set.h"

#include <glib/gstdio.h>

#define SECOND G_USEC_PER_SEC

static guint
take(LtRateLimits *limits, guint32 uid, guint n_tries, gint64 now_us)
{
  guint n = 0;
  for (guint i = 0; i < n_tries; i++)
    n += lt_rate_limits_take(limits, uid, now_us) ? 1 : 0;
  return n;
}

static void
test_rate(void)
{
  g_autoptr(LtRateLimits) limits = lt_rate_limits_new(10, 60 * SECOND);
  g_assert_cmpuint(take(limits, 1, 20, 100 * SECOND), ==, 10);
  g_assert_cmpuint(take(limits, 2, 20, 100 * SECOND), ==, 10);
  g_assert_cmpuint(take(limits, 1, 5, 106 * SECOND - 1), ==, 0);
  g_assert_cmpuint(take(limits, 1, 5, 106 * SECOND), ==, 1);
  g_assert_cmpuint(take(limits, 1, 50, 1000 * SECOND), ==, 10);
}

static void
test_rate_is_bounded(void)
{
  g_autoptr(LtRateLimits) limits = lt_rate_limits_new(10, 60 * SECOND);
  for (guint32 uid = 0; uid < LT_RATE_LIMITS_MAX_USERS; uid++)
    g_assert_true(lt_rate_limits_take(limits, uid, 0));
  g_assert_false(lt_rate_limits_take(limits, 999999, 0));
  g_assert_true(lt_rate_limits_take(limits, 5, 0));
  g_assert_true(lt_rate_limits_take(limits, 999999, 6 * SECOND));
}

static void
test_notices(void)
{
  g_autoptr(LtNotices) notices = lt_notices_new();
  g_assert_true(lt_notices_take(notices, 1, "a.example", 0));
  g_assert_false(lt_notices_take(notices, 1, "a.example", LT_NOTICES_PAUSE_US - 1));
  g_assert_true(lt_notices_take(notices, 2, "a.example", 1));
  g_assert_true(lt_notices_take(notices, 1, "b.example", 1));
  g_assert_true(lt_notices_take(notices, 1, "a.example", LT_NOTICES_PAUSE_US));
  g_assert_false(lt_notices_take(notices, 1, "a.example", LT_NOTICES_PAUSE_US + 1));
}

static void
test_notices_are_bounded(void)
{
  g_autoptr(LtNotices) notices = lt_notices_new();
  for (guint i = 0; i < LT_NOTICES_MAX; i++) {
    g_autofree char *site = g_strdup_printf("%u.example", i);
    g_assert_true(lt_notices_take(notices, 1, site, 0));
  }
  g_assert_false(lt_notices_take(notices, 1, "one.more.example", 1));
  g_assert_true(lt_notices_take(notices, 1, "one.more.example", LT_NOTICES_PAUSE_US));
}

static void
test_open_requests(void)
{
  g_autoptr(LtOpenRequests) open = lt_open_requests_new();
  lt_open_requests_add(open, 1, "a.example", 100);
  lt_open_requests_add(open, 1, "a.example", 200);
  g_assert_true(lt_open_requests_has(open, 1, "a.example", 99 + LT_STORE_REQUEST_LIFETIME_S));
  g_assert_false(lt_open_requests_has(open, 1, "a.example", 100 + LT_STORE_REQUEST_LIFETIME_S));
  g_assert_false(lt_open_requests_has(open, 2, "a.example", 100));
  g_assert_false(lt_open_requests_has(open, 1, "b.example", 100));
  lt_open_requests_remove(open, 1, "a.example");
  g_assert_false(lt_open_requests_has(open, 1, "a.example", 100));
}

static void
begin(LtSlots *slots, guint32 first_uid, guint n_uids)
{
  g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (guint32 uid = first_uid; uid < first_uid + n_uids; uid++)
    g_array_append_val(uids, uid);
  lt_slots_begin(slots, uids);
}

static void
test_slots(void)
{
  g_autoptr(LtSlots) slots = lt_slots_new();
  g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
  begin(slots, 5001, LT_SLOT_MAX);
  for (guint32 uid = 5001; uid < 5001 + LT_SLOT_MAX; uid++) {
    guint16 slot = lt_slots_take(slots, uid);
    g_assert_cmpuint(slot, >=, 1);
    g_assert_cmpuint(slot, <=, LT_SLOT_MAX);
    g_assert_true(g_hash_table_add(seen, GUINT_TO_POINTER(slot)));
  }
  g_assert_cmpuint(lt_slots_take(slots, 99999), ==, 0);
  guint16 of_first = lt_slots_take(slots, 5001), of_second = lt_slots_take(slots, 5002);

  /* The first goes, later the second: their slots are the only ones to be had, in that order. */
  begin(slots, 5002, LT_SLOT_MAX - 1);
  begin(slots, 5003, LT_SLOT_MAX - 2);
  g_assert_cmpuint(lt_slots_take(slots, 99999), ==, of_first);
  g_assert_cmpuint(lt_slots_take(slots, 99998), ==, of_second);
  g_assert_cmpuint(lt_slots_take(slots, 99997), ==, 0);
  g_assert_cmpuint(lt_slots_take(slots, 99999), ==, of_first);
}

static void
begin_with(LtSlots *slots, guint32 uid)
{
  g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_array_append_val(uids, uid);
  lt_slots_begin(slots, uids);
}

/* The next agent gives everybody the slot that the kernel's marks have for him. */
static void
test_slots_outlive_us(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-slots-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "slots", NULL);
  LtSlots *slots = lt_slots_new();
  lt_slots_restore(slots, path);
  begin_with(slots, 5001);
  for (guint32 uid = 5001; uid <= 5003; uid++)
    g_assert_cmpuint(lt_slots_take(slots, uid), ==, uid - 5000);
  lt_slots_save(slots, path);
  lt_slots_free(slots);

  slots = lt_slots_new();
  lt_slots_restore(slots, path);
  begin_with(slots, 5003);
  g_assert_cmpuint(lt_slots_take(slots, 5003), ==, 3);
  g_assert_cmpuint(lt_slots_take(slots, 6000), ==, 4);
  lt_slots_free(slots);

  /* Nonsense is left out: no slot twice, no account twice, none that cannot be. */
  g_assert_true(g_file_set_contents(
      path, "7 5001\n7 5002\n8 5001\n0 5003\n1024 5004\nx y\n9\n\n2 0\n5 5005 6", -1, NULL));
  slots = lt_slots_new();
  lt_slots_restore(slots, path);
  begin_with(slots, 5001);
  g_assert_cmpuint(lt_slots_take(slots, 5001), ==, 7);
  g_assert_cmpuint(lt_slots_take(slots, 5002), ==, 1);
  lt_slots_free(slots);
  g_unlink(path);
  g_rmdir(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bus-bounds/rate", test_rate);
  g_test_add_func("/bus-bounds/rate-is-bounded", test_rate_is_bounded);
  g_test_add_func("/bus-bounds/notices", test_notices);
  g_test_add_func("/bus-bounds/notices-are-bounded", test_notices_are_bounded);
  g_test_add_func("/bus-bounds/open-requests", test_open_requests);
  g_test_add_func("/bus-bounds/slots", test_slots);
  g_test_add_func("/bus-bounds/slots-outlive-us", test_slots_outlive_us);
  return g_test_run();
}
