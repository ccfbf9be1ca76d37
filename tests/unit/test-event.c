/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events: what is copied, where text is cut, and the ring between two threads. */
#include "agent/net/event.h"

#include <poll.h>
#include <string.h>

static const LtHost example = {.len = 11, .name = "example.net"};

static LtDecision
decision_with(LtOwner owner, const char *rule, const char *list)
{
  return (LtDecision){LT_ACTION_BLOCK, LT_REASON_LISTED, owner, rule, list, 99};
}

static void
test_init_copies(void)
{
  LtDecision decision = decision_with(LT_OWNER_LIST, "games", "school list");
  LtNetEvent event;

  lt_net_event_init(&event, 1001, LT_PROTOCOL_DNS, &example, &decision, 12345);
  g_assert_cmpuint(event.uid, ==, 1001);
  g_assert_cmpint(event.utc_s, ==, 12345);
  g_assert_cmpint(event.protocol, ==, LT_PROTOCOL_DNS);
  g_assert_true(event.has_name);
  g_assert_cmpstr(event.host.name, ==, "example.net");
  g_assert_cmpint(event.action, ==, LT_ACTION_BLOCK);
  g_assert_cmpint(event.reason, ==, LT_REASON_LISTED);
  g_assert_cmpint(event.owner, ==, LT_OWNER_LIST);
  g_assert_cmpint(event.utc_until_s, ==, 99);
  g_assert_cmpstr(event.rule, ==, "games");
  g_assert_cmpstr(event.list, ==, "school list");
}

static void
test_init_without_name_and_list(void)
{
  LtDecision decision = decision_with(LT_OWNER_SITE, "default", NULL);
  LtNetEvent event;

  lt_net_event_init(&event, 1, LT_PROTOCOL_TLS, NULL, &decision, 0);
  g_assert_false(event.has_name);
  g_assert_cmpuint(event.host.len, ==, 0);
  g_assert_cmpstr(event.list, ==, "");
}

static void
test_text_is_cut_at_a_character(void)
{
  static const struct {
    const char *label;
    gsize n_ascii;
    const char *tail;
    gsize expected_len;
  } rows[] = {
      {"empty", 0, "", 0},
      {"one below the limit", 254, "", 254},
      {"at the limit", 255, "", 255},
      {"one over", 256, "", 255},
      {"two-byte character ends at the limit", 253, "é", 255},
      {"two-byte character over the limit", 254, "é", 254},
      {"four-byte character, one byte over", 252, "🎋", 252},
      {"four-byte character, three bytes over", 254, "🎋", 254},
      {"three-byte character ends at the limit", 252, "ũy", 255},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *ascii = g_strnfill(rows[i].n_ascii, 'a');
    g_autofree char *text = g_strconcat(ascii, rows[i].tail, NULL);
    LtDecision decision = decision_with(LT_OWNER_LIST, text, text);
    LtNetEvent event;

    g_test_message("%s", rows[i].label);
    lt_net_event_init(&event, 1, LT_PROTOCOL_DNS, &example, &decision, 0);
    g_assert_cmpuint(strlen(event.rule), ==, rows[i].expected_len);
    g_assert_true(g_utf8_validate(event.rule, -1, NULL));
    g_assert_cmpstr(event.rule, ==, event.list);
  }
}

static LtEventRing *
make_ring(guint n_events)
{
  g_autoptr(GError) error = NULL;
  LtEventRing *ring = lt_event_ring_new(n_events, &error);

  g_assert_no_error(error);
  return ring;
}

static gboolean
bell_rings(LtEventRing *ring)
{
  struct pollfd poll_fd = {.fd = lt_event_ring_fd(ring), .events = POLLIN};

  return poll(&poll_fd, 1, 0) == 1;
}

static void
push_numbered(LtEventRing *ring, guint32 number)
{
  LtDecision decision = decision_with(LT_OWNER_DEFAULT, "default", NULL);
  LtNetEvent event;

  lt_net_event_init(&event, number, LT_PROTOCOL_DNS, &example, &decision, number);
  lt_event_ring_push(ring, &event);
}

static void
test_full_ring_drops_the_newest(void)
{
  g_autoptr(LtEventRing) ring = make_ring(4);
  LtNetEvent event;

  for (guint32 i = 0; i < 7; i++)
    push_numbered(ring, i);
  g_assert_cmpuint(lt_event_ring_n_dropped(ring), ==, 3);
  for (guint32 i = 0; i < 4; i++) {
    g_assert_true(lt_event_ring_pop(ring, &event));
    g_assert_cmpuint(event.uid, ==, i);
  }
  g_assert_false(lt_event_ring_pop(ring, &event));
  push_numbered(ring, 7);
  g_assert_true(lt_event_ring_pop(ring, &event));
  g_assert_cmpuint(event.uid, ==, 7);
}

static void
test_bell(void)
{
  g_autoptr(LtEventRing) ring = make_ring(1);
  LtNetEvent event;

  g_assert_false(bell_rings(ring));
  push_numbered(ring, 1);
  g_assert_true(bell_rings(ring));
  lt_event_ring_acknowledge(ring);
  g_assert_false(bell_rings(ring));
  lt_event_ring_acknowledge(ring);
  g_assert_true(lt_event_ring_pop(ring, &event));
  push_numbered(ring, 2);
  g_assert_true(bell_rings(ring));
}

enum {
  N_THREADED = 200000
};

static gpointer
write_all(gpointer data)
{
  LtEventRing *ring = data;

  for (guint32 i = 0; i < N_THREADED; i++) {
    guint64 n_dropped = lt_event_ring_n_dropped(ring);

    push_numbered(ring, i);
    if (lt_event_ring_n_dropped(ring) != n_dropped)
      g_thread_yield();
  }
  return NULL;
}

/* Every event arrives whole, in order, or is counted; sleeping on the bell misses none. */
static void
test_two_threads(void)
{
  g_autoptr(LtEventRing) ring = make_ring(64);
  GThread *writer = g_thread_new("writer", write_all, ring);
  guint64 n_popped = 0;
  gint64 last = -1;

  while (n_popped + lt_event_ring_n_dropped(ring) < N_THREADED) {
    struct pollfd poll_fd = {.fd = lt_event_ring_fd(ring), .events = POLLIN};
    LtNetEvent event;

    /* The limit is for the tail: dropped events ring no bell. */
    poll(&poll_fd, 1, 10);
    lt_event_ring_acknowledge(ring);
    while (lt_event_ring_pop(ring, &event)) {
      g_assert_cmpint((gint64) event.uid, >, last);
      g_assert_cmpint(event.utc_s, ==, event.uid);
      g_assert_cmpstr(event.rule, ==, "default");
      last = event.uid;
      n_popped++;
    }
  }
  g_assert_cmpuint(n_popped, >, 0);
  g_thread_join(writer);
}

/* Who is watched: each once, as many as there is room for, until it ends. */
static void
test_watched(void)
{
  g_autoptr(LtEventRing) ring = lt_event_ring_new(4, NULL);

  g_assert_false(lt_event_ring_watches(ring, 0));
  for (guint32 uid = 0; uid < LT_EVENT_RING_MAX_WATCHED; uid++) {
    g_assert_true(lt_event_ring_watch(ring, uid, TRUE));
    g_assert_true(lt_event_ring_watch(ring, uid, TRUE));
    g_assert_true(lt_event_ring_watches(ring, uid));
  }
  g_assert_false(lt_event_ring_watch(ring, 99, TRUE));
  g_assert_false(lt_event_ring_watches(ring, 99));
  g_assert_true(lt_event_ring_watch(ring, 2, FALSE));
  g_assert_true(lt_event_ring_watch(ring, 2, FALSE));
  g_assert_false(lt_event_ring_watches(ring, 2));
  g_assert_true(lt_event_ring_watch(ring, 99, TRUE));
  g_assert_true(lt_event_ring_watches(ring, 99));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/event/init-copies", test_init_copies);
  g_test_add_func("/event/init-without-name-and-list", test_init_without_name_and_list);
  g_test_add_func("/event/text-is-cut-at-a-character", test_text_is_cut_at_a_character);
  g_test_add_func("/event/full-ring-drops-the-newest", test_full_ring_drops_the_newest);
  g_test_add_func("/event/bell", test_bell);
  g_test_add_func("/event/two-threads", test_two_threads);
  g_test_add_func("/event/watched", test_watched);
  return g_test_run();
}
