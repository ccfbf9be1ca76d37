/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings table, threads, DNS proxy and rules together, and changes the epoch when rules change. */

#include "agent/net/guard.h"

#include "agent/net/conntrack.h"
#include "agent/net/flow-table.h"
#include "agent/net/packet-thread.h"
#include "agent/net/queue.h"
#include "agent/net/rules-cell.h"
#include "agent/net/subuid.h"
#include "agent/net/table-watch.h"
#include "agent/net/tun-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>

G_DEFINE_QUARK(lt_guard_error, lt_guard_error)

/* Notices that may wait for the main loop, of each thread. */
#define RING_EVENTS 128
/* How often the loop looks whether the threads have let go of the former rules. */
#define SETTLE_MS 1
/* When the kernel refused the table, the next try. */
#define RETRY_MS 1000

/* The queues' names in the descriptor store. */
#define QUEUE_TCP "queue-tcp"
#define QUEUE_UDP "queue-udp"

enum {
  RING_TCP,
  RING_UDP,
  RING_DNS,
  N_RINGS
};

struct _LtGuard {
  LtGuardEventFunc on_event;
  LtGuardBrokenFunc on_broken;
  gboolean told_broken;
  gpointer user_data;
  LtGuardOptions options;
  char *subuid;
  LtTable *table;
  LtTableWatch *watch;
  LtTunWatch *tuns;
  LtFlowTable *flows; /* TCP's; what is known of the kernel's table, too */
  LtFlowTable *flows_udp;
  LtAnswers *answers;
  LtRulesCell *rules;
  LtEventRing *rings[N_RINGS];
  guint ring_sources[N_RINGS];
  LtDnsProxy *dns;
  LtPacketThread *tcp;
  LtPacketThread *udp;
  LtRuleSet *published;
  guint64 generation;
  guint settle_source;
  gboolean has_loaded; /* the table, or taken it over */
  GHashTable *known_uids;
  gboolean takes_over; /* from an agent that died, until the first rules are in force */
  gboolean broken;
};

void
lt_guard_options_init(LtGuardOptions *options)
{
  *options = (LtGuardOptions){
      .state_dir = "/run/luytre",
      .resolv_conf = "/etc/resolv.conf",
      .subuid = "/etc/subuid",
      .subgid = "/etc/subgid",
      .mark_shift = LT_MARK_DEFAULT_SHIFT,
      .queue_kind = LT_TABLE_QUEUE_AUTO,
      .first_queue = LT_GUARD_DEFAULT_QUEUE,
  };
}

static gboolean
has_broken_thread(LtGuard *guard)
{
  return (guard->tcp != NULL && lt_packet_thread_is_broken(guard->tcp)) ||
         (guard->udp != NULL && lt_packet_thread_is_broken(guard->udp));
}

static gboolean
on_ring(gint fd, GIOCondition condition, gpointer data)
{
  LtGuard *guard = data;
  for (guint i = 0; i < N_RINGS; i++) {
    LtNetEvent event;
    if (lt_event_ring_fd(guard->rings[i]) != fd)
      continue;
    lt_event_ring_acknowledge(guard->rings[i]);
    while (lt_event_ring_pop(guard->rings[i], &event))
      guard->on_event(&event, guard->user_data);
  }
  if (!guard->told_broken && has_broken_thread(guard)) {
    guard->told_broken = TRUE;
    guard->on_broken(guard->user_data);
  }
  return G_SOURCE_CONTINUE;
}

static void
free_child(gpointer data)
{
  g_array_unref(data);
}

/* The port of a child's DNS, open; 0: it stays closed. */
static guint16
open_dns(LtGuard *guard, guint16 slot, guint32 uid)
{
  LtDnsPorts ports;
  g_autoptr(GError) error = NULL;
  LtKeptSockets *kept = guard->options.kept;
  guint16 port = lt_dns_proxy_child_port(guard->dns, slot);
  if (port != 0)
    return port;
  if ((kept == NULL || !lt_kept_sockets_take_dns(kept, uid, &ports)) &&
      !lt_dns_ports_open(lt_flow_table_dns_port(guard->flows, slot), &ports, &error)) {
    g_warning("a child's DNS stays closed: %s", error->message);
    return 0;
  }
  if (kept != NULL)
    lt_kept_sockets_keep_dns(kept, uid, &ports);
  lt_dns_proxy_adopt_child(guard->dns, slot, &ports);
  return ports.port;
}

/* The children of a rule set as the table wants them. @out_uids owns the ranges. */
static GArray *
table_children(LtGuard *guard, const LtRuleSet *rules, GPtrArray *out_uids)
{
  g_autofree char *subuid = NULL;
  /* Most machines without containers have none. */
  g_file_get_contents(guard->subuid, &subuid, NULL, NULL);
  GArray *children = g_array_new(FALSE, FALSE, sizeof(LtRulesetChild));
  for (gsize i = 0; rules != NULL && i < lt_rule_set_n_children(rules); i++) {
    const LtChildRules *child = lt_rule_set_child(rules, i);
    guint16 slot = lt_child_rules_slot(child);
    guint16 port = open_dns(guard, slot, lt_child_rules_uid(child));
    lt_flow_table_set_dns_port(guard->flows, slot, port);
    GArray *uids = lt_subuid_ranges(subuid, lt_child_rules_uid(child), lt_child_rules_user(child));
    g_ptr_array_add(out_uids, uids);
    LtRulesetChild row = {slot, port, (const LtUidRange *) (gpointer) uids->data, uids->len};
    g_array_append_val(children, row);
  }
  return children;
}

/* Epochs come round, or begin anew when an agent's memory is lost: then no flow may still carry one
 * from before. */
static gboolean
next_epoch(LtGuard *guard, guint *out_epoch, GError **error)
{
  guint epoch = lt_flow_table_epoch(guard->flows);
  if (epoch >= LT_EPOCH_MAX) {
    if (!lt_conntrack_clear_epochs(guard->options.mark_shift, error))
      return FALSE;
    epoch = 0;
  } else if (epoch == 0) {
    g_autoptr(GError) no_entries = NULL;
    if (!lt_conntrack_clear_epochs(guard->options.mark_shift, &no_entries))
      g_info("%s", no_entries->message); /* where nothing has been tracked yet */
  }
  *out_epoch = epoch + 1;
  return TRUE;
}

/* TRUE if the kernel has these rules already: loaded by us, or by an agent that died. */
static gboolean
is_loaded(LtGuard *guard, const char *digest)
{
  gboolean is_native = FALSE;
  if (!g_str_equal(digest, lt_flow_table_digest(guard->flows, &is_native)))
    return FALSE;
  return guard->has_loaded || lt_table_take_over(guard->table, is_native);
}

/* The kernel is told: the whole table if the children changed, else the epoch alone. */
static gboolean
load(LtGuard *guard, GError **error)
{
  g_autoptr(GPtrArray) uids = g_ptr_array_new_with_free_func(free_child);
  g_autoptr(GArray) rows = table_children(guard, guard->published, uids);
  const LtRulesetChild *children = (const LtRulesetChild *) (gpointer) rows->data;
  g_autofree char *digest = lt_table_digest(guard->table, children, rows->len);
  guint epoch = 0;
  if (!next_epoch(guard, &epoch, error))
    return FALSE;
  /* Where the epoch cannot be set, somebody has been at the table: it is loaded whole. */
  if ((!is_loaded(guard, digest) || !lt_table_set_epoch(guard->table, epoch, NULL)) &&
      !lt_table_load(guard->table, epoch, children, rows->len, error))
    return FALSE;
  guard->has_loaded = TRUE;
  if (guard->tuns != NULL)
    lt_tun_watch_set_rules(guard->tuns, guard->published);
  lt_flow_table_set_epoch(guard->flows, epoch);
  lt_flow_table_set_digest(guard->flows, digest, lt_table_queue_is_native(guard->table));
  return TRUE;
}

/* Whose connections may be older than the table: accounts that were no children until now. After a
 * crash the first children are those of the agent before. */
static GArray *
new_children(LtGuard *guard)
{
  GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (gsize i = 0; i < lt_rule_set_n_children(guard->published); i++) {
    guint32 uid = lt_child_rules_uid(lt_rule_set_child(guard->published, i));
    if (g_hash_table_add(guard->known_uids, GUINT_TO_POINTER(uid)) && !guard->takes_over)
      g_array_append_val(uids, uid);
  }
  guard->takes_over = FALSE;
  return uids;
}

/* Runs until no verdict of the former rules can come any more; then the epoch is raised. */
static gboolean
on_settle(gpointer data)
{
  LtGuard *guard = data;
  if (!lt_rules_cell_is_settled(guard->rules, guard->generation))
    return G_SOURCE_CONTINUE;
  guard->settle_source = 0;
  g_autoptr(GError) error = NULL;
  if (!load(guard, &error)) {
    if (!guard->broken)
      g_warning("the rules are not in force yet, trying on: %s", error->message);
    guard->broken = TRUE;
    guard->settle_source = g_timeout_add(RETRY_MS, on_settle, guard);
    return G_SOURCE_REMOVE;
  }
  if (guard->broken)
    g_message("the rules are in force now");
  guard->broken = FALSE;
  if (guard->options.kept != NULL)
    lt_kept_sockets_drop_rest(guard->options.kept);
  lt_packet_thread_begin(guard->tcp);
  lt_packet_thread_begin(guard->udp);
  lt_packet_thread_sweep(guard->tcp, new_children(guard));
  lt_packet_thread_sweep(guard->udp, NULL);
  return G_SOURCE_REMOVE;
}

/* Puts @guard->published in force, at once or as soon as the threads let go of what was before. */
static void
enforce(LtGuard *guard)
{
  if (guard->settle_source != 0)
    return;
  if (on_settle(guard) == G_SOURCE_CONTINUE)
    guard->settle_source = g_timeout_add(SETTLE_MS, on_settle, guard);
}

/* A firewall that is loaded anew flushes what is not its own. What began while the table was away
 * was judged by nobody and is cut, whoever's it is among the children. */
static void
on_table_changed(gboolean is_certain, gpointer user_data)
{
  LtGuard *guard = user_data;
  if (!guard->has_loaded || (!is_certain && lt_table_is_in_place(guard->table)))
    return;
  g_warning("The firewall table was changed by another program: it is loaded again");
  guard->has_loaded = FALSE;
  guard->takes_over = FALSE;
  lt_flow_table_set_digest(guard->flows, "", FALSE);
  g_hash_table_remove_all(guard->known_uids);
  enforce(guard);
}

static void
start_watch(LtGuard *guard)
{
  g_autoptr(GError) error = NULL;
  guard->watch = lt_table_watch_new(LT_TABLE_NAME, on_table_changed, guard, &error);
  if (guard->watch == NULL)
    g_warning("A table that another program removes stays away: %s", error->message);
}

static void
start_tuns(LtGuard *guard)
{
  g_autoptr(GError) error = NULL;
  guard->tuns = lt_tun_watch_new(guard->subuid, guard->options.subgid, &error);
  if (guard->tuns == NULL)
    g_warning("TUN devices that children may use stay open: %s", error->message);
}

/* A full disk must not keep the children without network: then a crash costs their connections. */
static LtFlowTable *
open_flows(LtGuard *guard, const char *name, GError **error)
{
  g_autoptr(GError) disk_error = NULL;
  g_autofree char *path = g_build_filename(guard->options.state_dir, name, NULL);
  LtFlowTable *flows = lt_flow_table_open(path, &disk_error);
  if (flows != NULL)
    return flows;
  g_warning("Connections are remembered until the next start only: %s", disk_error->message);
  return lt_flow_table_open(NULL, error);
}

/* The same for what DNS gave out: after a crash names are bound to nothing that came before. */
static gboolean
open_answers(LtGuard *guard, GError **error)
{
  g_autoptr(GError) disk_error = NULL;
  g_autofree char *path = g_build_filename(guard->options.state_dir, "answers", NULL);
  guard->answers = lt_answers_open(path, &disk_error);
  if (guard->answers == NULL) {
    g_warning("DNS answers are remembered until the next start only: %s", disk_error->message);
    guard->answers = lt_answers_open(NULL, error);
  }
  return guard->answers != NULL;
}

static void
share_answers(LtGuard *guard)
{
  lt_dns_proxy_remember(guard->dns, guard->answers);
  lt_packet_thread_bind(guard->tcp, guard->answers);
  lt_packet_thread_bind(guard->udp, guard->answers);
}

static gboolean
start(LtGuard *guard, GError **error)
{
  guard->flows = open_flows(guard, "flows", error);
  guard->flows_udp = guard->flows != NULL ? open_flows(guard, "flows-udp", error) : NULL;
  if (guard->flows_udp == NULL || !open_answers(guard, error))
    return FALSE;
  guard->takes_over = lt_flow_table_epoch(guard->flows) != 0;
  guard->known_uids = g_hash_table_new(NULL, NULL);
  guard->rules = lt_rules_cell_new();
  for (guint i = 0; i < N_RINGS; i++) {
    guard->rings[i] = lt_event_ring_new(RING_EVENTS, error);
    if (guard->rings[i] == NULL)
      return FALSE;
    guard->ring_sources[i] =
        g_unix_fd_add(lt_event_ring_fd(guard->rings[i]), G_IO_IN, on_ring, guard);
  }
  guard->dns =
      lt_dns_proxy_new(guard->rules, guard->rings[RING_DNS], guard->options.resolv_conf, error);
  if (guard->dns == NULL)
    return FALSE;

  LtKeptSockets *kept = guard->options.kept;
  guint16 queue = guard->options.first_queue;
  guint shift = guard->options.mark_shift;
  guard->table = lt_table_new(shift, guard->options.queue_kind, queue, (guint16) (queue + 1));
  start_watch(guard);
  start_tuns(guard);
  guard->tcp = lt_packet_thread_start("packets-tcp",
                                      queue,
                                      kept != NULL ? lt_kept_sockets_take(kept, QUEUE_TCP) : -1,
                                      shift,
                                      guard->rules,
                                      guard->rings[RING_TCP],
                                      guard->flows,
                                      TRUE,
                                      error);
  if (guard->tcp == NULL)
    return FALSE;
  guard->udp = lt_packet_thread_start("packets-udp",
                                      (guint16) (queue + 1),
                                      kept != NULL ? lt_kept_sockets_take(kept, QUEUE_UDP) : -1,
                                      shift,
                                      guard->rules,
                                      guard->rings[RING_UDP],
                                      guard->flows_udp,
                                      FALSE,
                                      error);
  if (guard->udp == NULL)
    return FALSE;
  share_answers(guard);
  if (kept != NULL) {
    lt_kept_sockets_keep(kept, QUEUE_TCP, lt_packet_thread_queue_fd(guard->tcp));
    lt_kept_sockets_keep(kept, QUEUE_UDP, lt_packet_thread_queue_fd(guard->udp));
  }
  return TRUE;
}

LtGuard *
lt_guard_new(const LtGuardOptions *options,
             LtGuardEventFunc on_event,
             LtGuardBrokenFunc on_broken,
             gpointer user_data,
             GError **error)
{
  g_autoptr(LtGuard) guard = g_new0(LtGuard, 1);
  guard->options = *options;
  guard->subuid = g_strdup(options->subuid);
  guard->on_event = on_event;
  guard->on_broken = on_broken;
  guard->user_data = user_data;
  if (!start(guard, error)) {
    g_prefix_error(error, "starting the packet path: ");
    return NULL;
  }
  return g_steal_pointer(&guard);
}

void
lt_guard_free(LtGuard *guard)
{
  if (guard == NULL)
    return;
  g_clear_handle_id(&guard->settle_source, g_source_remove);
  g_clear_pointer(&guard->udp, lt_packet_thread_free);
  g_clear_pointer(&guard->tcp, lt_packet_thread_free);
  g_clear_pointer(&guard->watch, lt_table_watch_free);
  g_clear_pointer(&guard->tuns, lt_tun_watch_free);
  g_clear_pointer(&guard->table, lt_table_free);
  g_clear_pointer(&guard->dns, lt_dns_proxy_free);
  for (guint i = 0; i < N_RINGS; i++) {
    g_clear_handle_id(&guard->ring_sources[i], g_source_remove);
    g_clear_pointer(&guard->rings[i], lt_event_ring_free);
  }
  g_clear_pointer(&guard->rules, lt_rules_cell_free);
  g_clear_pointer(&guard->published, lt_rule_set_unref);
  g_clear_pointer(&guard->flows, lt_flow_table_free);
  g_clear_pointer(&guard->flows_udp, lt_flow_table_free);
  g_clear_pointer(&guard->answers, lt_answers_free);
  g_clear_pointer(&guard->known_uids, g_hash_table_unref);
  g_free(guard->subuid);
  g_free(guard);
}

void
lt_guard_remove_table(LtGuard *guard)
{
  g_autoptr(GError) error = NULL;
  if (!lt_table_remove(guard->table, &error))
    g_warning("the firewall table stays: %s", error->message);
  else
    lt_flow_table_set_epoch(guard->flows, 0); /* what comes next has not been judged by us */
  if (guard->tuns != NULL)
    lt_tun_watch_set_rules(guard->tuns, NULL);
  guard->has_loaded = FALSE;
  lt_flow_table_set_digest(guard->flows, "", FALSE);
}

void
lt_guard_publish(LtGuard *guard, LtRuleSet *rules)
{
  g_return_if_fail(rules != NULL);

  LtRuleSet *former = guard->published;
  guard->published = lt_rule_set_ref(rules);
  if (former != NULL)
    lt_rule_set_unref(former);
  guard->generation = lt_rules_cell_publish(guard->rules, rules);
  enforce(guard);
}

gboolean
lt_guard_watch(LtGuard *guard, guint32 uid, gboolean on)
{
  gboolean has_room = TRUE;
  for (guint i = 0; i < N_RINGS; i++)
    has_room = lt_event_ring_watch(guard->rings[i], uid, on) && has_room;
  return has_room;
}

void
lt_guard_ask_alive(LtGuard *guard)
{
  lt_packet_thread_ask_alive(guard->tcp);
  lt_packet_thread_ask_alive(guard->udp);
  lt_dns_proxy_ask_alive(guard->dns);
}

gboolean
lt_guard_is_alive(LtGuard *guard)
{
  return lt_packet_thread_is_alive(guard->tcp) && lt_packet_thread_is_alive(guard->udp) &&
         lt_dns_proxy_is_alive(guard->dns);
}

void
lt_guard_get_health(LtGuard *guard, LtGuardHealth *out)
{
  LtJudgeCounters tcp, udp;
  lt_packet_thread_get_counters(guard->tcp, &tcp);
  lt_packet_thread_get_counters(guard->udp, &udp);
  *out = (LtGuardHealth){
      .table_in_place = lt_table_is_in_place(guard->table),
      .queue_is_native = lt_table_queue_is_native(guard->table),
      .n_children = guard->published != NULL ? (guint) lt_rule_set_n_children(guard->published) : 0,
      .n_tuns = guard->tuns != NULL ? lt_tun_watch_n_closed(guard->tuns) : 0,
      .n_queued = tcp.n_packets + udp.n_packets,
      .n_judged = tcp.n_judged + udp.n_judged,
      .n_denied = tcp.n_denied + udp.n_denied,
      .n_elsewhere = tcp.n_elsewhere + udp.n_elsewhere,
      .broken = guard->broken || has_broken_thread(guard),
      .epoch = lt_flow_table_epoch(guard->flows),
  };
  lt_dns_proxy_get_stats(guard->dns, &out->dns);
  for (guint i = 0; i < N_RINGS; i++)
    out->n_events_dropped += lt_event_ring_n_dropped(guard->rings[i]);
  for (guint16 i = 0; i < 2; i++) {
    LtQueueCounters counters;
    if (!lt_queue_read_counters((guint16) (guard->options.first_queue + i), &counters))
      continue; /* the kernel shows them to root's group alone until the unit has changed that */
    out->n_queue_dropped += counters.n_queue_dropped;
    out->n_user_dropped += counters.n_user_dropped;
  }
}
