/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set-associative table of single 64-bit words: each is written and read whole. */

#include "agent/net/answers.h"

#include "policy/tor.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

/* Changes whenever the layout below does. */
#define ANSWERS_MAGIC 0x6c7579747265a001ull

/* A word: 40 bits of the hash, 8 bits of the child, 16 bits of when, in minutes. 0: empty. The
 * other bits of the hash choose the set. */
#define TAG_SHIFT 24
#define OWNER_SHIFT 16
#define OWNER_MASK 0xffu
#define MINUTE_MASK 0xffffu
#define KEPT_MINUTES (LT_ANSWERS_KEPT_S / 60)
#define US_PER_MINUTE (60 * G_USEC_PER_SEC)

typedef struct {
  guint64 magic;
  LtNameBindingKey key;
  char boot_id[40];
  guint64 words[LT_ANSWERS_SETS][LT_ANSWERS_WAYS]; /* atomic */
} Layout;

struct _LtAnswers {
  Layout *layout;
  LtNameBindings given; /* the writer's, while it reads a reply */
};

/* Minutes of another boot mean nothing. */
static void
read_boot_id(char out[40])
{
  g_autofree char *text = NULL;
  memset(out, 0, 40);
  if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    g_strlcpy(out, text, 40);
}

static gboolean
begin_anew(Layout *layout, const char *boot_id)
{
  memset(layout, 0, sizeof *layout);
  if (getrandom(&layout->key, sizeof layout->key, 0) != sizeof layout->key)
    return FALSE;
  memcpy(layout->boot_id, boot_id, sizeof layout->boot_id);
  layout->magic = ANSWERS_MAGIC;
  return TRUE;
}

/* All of it at once, so that a full file system is an error now and no bus error later. */
static Layout *
map_file(const char *path)
{
  int fd = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                        : memfd_create("answers", MFD_CLOEXEC);
  void *memory = MAP_FAILED;
  int failure = fd < 0 ? errno : posix_fallocate(fd, 0, sizeof(Layout));
  if (failure == 0) {
    memory = mmap(NULL, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    failure = errno;
  }
  if (fd >= 0)
    close(fd);
  errno = failure;
  return memory != MAP_FAILED ? memory : NULL;
}

LtAnswers *
lt_answers_open(const char *path, GError **error)
{
  char boot_id[40];
  Layout *layout = map_file(path);
  if (layout == NULL) {
    g_set_error(error,
                G_IO_ERROR,
                g_io_error_from_errno(errno),
                "memory of DNS answers %s: %s",
                path != NULL ? path : "",
                g_strerror(errno));
    return NULL;
  }
  read_boot_id(boot_id);
  gboolean is_usable = layout->magic == ANSWERS_MAGIC &&
                       memcmp(layout->boot_id, boot_id, sizeof layout->boot_id) == 0;
  if (!is_usable && !begin_anew(layout, boot_id)) {
    munmap(layout, sizeof *layout);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "no random numbers: %s", g_strerror(errno));
    return NULL;
  }
  LtAnswers *answers = g_new0(LtAnswers, 1);
  answers->layout = layout;
  return answers;
}

void
lt_answers_free(LtAnswers *answers)
{
  if (answers == NULL)
    return;
  munmap(answers->layout, sizeof *answers->layout);
  g_free(answers);
}

static guint16
minute_of(gint64 now_us)
{
  return (guint16) (now_us / US_PER_MINUTE);
}

/* Minutes come round after 45 days: what is then taken for young was given out once. */
static guint
age_of(guint64 word, guint16 minute)
{
  return (guint16) (minute - (word & MINUTE_MASK));
}

static guint64
tag_of(guint64 hash, guint32 uid)
{
  return hash >> TAG_SHIFT << TAG_SHIFT | (guint64) (uid & OWNER_MASK) << OWNER_SHIFT;
}

static guint64 *
set_of(LtAnswers *answers, guint64 hash)
{
  return answers->layout->words[hash % LT_ANSWERS_SETS];
}

/* The way that is the same, empty, too old, or the oldest that this child may take. */
static guint
choose_way(const guint64 *set, guint64 tag, guint16 minute)
{
  guint n_own = 0, oldest = 0, oldest_own = 0;
  guint64 owner = tag & (guint64) OWNER_MASK << OWNER_SHIFT;
  for (guint i = 0; i < LT_ANSWERS_WAYS; i++) {
    if ((set[i] & ~(guint64) MINUTE_MASK) == tag)
      return i;
    gboolean is_own = (set[i] & (guint64) OWNER_MASK << OWNER_SHIFT) == owner;
    if (is_own && (n_own++ == 0 || age_of(set[i], minute) > age_of(set[oldest_own], minute)))
      oldest_own = i;
    if (set[oldest] != 0 && (set[i] == 0 || age_of(set[i], minute) > age_of(set[oldest], minute)))
      oldest = i;
  }
  if (set[oldest] == 0 || age_of(set[oldest], minute) > KEPT_MINUTES)
    return oldest;
  return n_own >= LT_ANSWERS_WAYS / 2 ? oldest_own : oldest;
}

static void
note_hash(LtAnswers *answers, guint64 hash, guint32 uid, guint16 minute)
{
  guint64 *set = set_of(answers, hash);
  guint64 tag = tag_of(hash, uid);
  /* Only this thread writes: what it reads here is its own. */
  __atomic_store_n(&set[choose_way(set, tag, minute)], tag | minute, __ATOMIC_RELEASE);
}

void
lt_answers_note(LtAnswers *answers, guint32 uid, const LtNameBindings *given, gint64 now_us)
{
  guint16 minute = minute_of(now_us);
  for (guint i = 0; i < given->n_addresses; i++) {
    if (lt_name_binding_is_exempt(&given->addresses[i]))
      continue;
    for (guint j = 0; j < given->n_names; j++) {
      guint64 hash = lt_name_binding_hash(
          &answers->layout->key, uid, &given->addresses[i], given->names[j].name);
      note_hash(answers, hash, uid, minute);
    }
  }
}

/* That a name was asked for stands beside no address. */
static guint64
hash_of_asked(const LtAnswers *answers, guint32 uid, const char *host)
{
  const LtAddress nowhere = {0};
  return lt_name_binding_hash(&answers->layout->key, uid, &nowhere, host);
}

void
lt_answers_note_reply(LtAnswers *answers,
                      const LtChildRules *child,
                      const LtDnsQuestion *question,
                      const guint8 *message,
                      gsize len,
                      gint64 now_us)
{
  if (answers == NULL || child == NULL)
    return;
  guint32 uid = lt_child_rules_uid(child);
  if (question->name_is_host && lt_tor_is_name(question->host.name))
    note_hash(answers, hash_of_asked(answers, uid, question->host.name), uid, minute_of(now_us));
  if (lt_child_rules_name_binding(child) == LT_NAME_BINDING_OFF)
    return;
  if (lt_name_binding_read(question, message, len, &answers->given) == LT_WIRE_FOUND)
    lt_answers_note(answers, uid, &answers->given, now_us);
}

static gboolean
has_hash(LtAnswers *answers, guint64 hash, guint32 uid, gint64 now_us)
{
  const guint64 *set = set_of(answers, hash);
  guint64 tag = tag_of(hash, uid);
  for (guint i = 0; i < LT_ANSWERS_WAYS; i++) {
    guint64 word = __atomic_load_n(&set[i], __ATOMIC_ACQUIRE);
    if ((word & ~(guint64) MINUTE_MASK) == tag && word != 0)
      return age_of(word, minute_of(now_us)) <= KEPT_MINUTES;
  }
  return FALSE;
}

gboolean
lt_answers_has(
    LtAnswers *answers, guint32 uid, const LtAddress *address, const char *host, gint64 now_us)
{
  guint64 hash =
      lt_name_binding_hash(&answers->layout->key, uid, address, lt_name_binding_domain(host));
  return has_hash(answers, hash, uid, now_us);
}

gboolean
lt_answers_has_asked(LtAnswers *answers, guint32 uid, const char *host, gint64 now_us)
{
  return has_hash(answers, hash_of_asked(answers, uid, host), uid, now_us);
}
