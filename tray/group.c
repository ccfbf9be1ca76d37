/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups of sites in words that a child may read. */
#include "tray/group.h"

#include <glib/gi18n.h>
#include <string.h>

typedef enum {
  PLAIN = 0,
  UPSETS = 1 << 0,
  BACKGROUND = 1 << 1,
} Traits;

typedef struct {
  const char *id;
  const char *name;
  const char *reason; /* NULL: the name says it */
  Traits traits;
} Group;

#define GROWN_UPS NC_("why", "This is for grown-ups.")
#define BETS NC_("why", "This site asks for money or bets.")
#define SCAM NC_("why", "This looks like a scam: someone may want to trick {you}.")
#define UNSAFE NC_("why", "This site may not be safe.")

/* The ids are those of the presets. The names spare a child: "For grown-ups" says enough. */
static const Group groups[] = {
    {"csam", NC_("group", "Harm to children"), UNSAFE, UPSETS},
    {"adult", NC_("group", "For grown-ups"), GROWN_UPS, UPSETS},
    {"nudity", NC_("group", "For grown-ups"), GROWN_UPS, UPSETS},
    {"dating", NC_("group", "Dating and strangers"), GROWN_UPS, UPSETS},
    {"grooming", NC_("group", "Strangers who lure or threaten"), UNSAFE, UPSETS},
    {"violence", NC_("group", "Violence"), NULL, UPSETS},
    {"horror", NC_("group", "Frightening things"), NULL, UPSETS},
    {"selfharm", NC_("group", "Self-harm"), UNSAFE, UPSETS},
    {"eating", NC_("group", "Harmful dieting"), UNSAFE, UPSETS},
    {"bully", NC_("group", "Bullying"), NULL, UPSETS},
    {"hate", NC_("group", "Hate"), NULL, UPSETS},
    {"extremism", NC_("group", "Extremism"), NULL, UPSETS},
    {"weapons", NC_("group", "Weapons"), GROWN_UPS, PLAIN},
    {"drugs", NC_("group", "Drugs"), UNSAFE, PLAIN},
    {"tobacco", NC_("group", "Tobacco"), GROWN_UPS, PLAIN},
    {"alcohol", NC_("group", "Alcohol"), GROWN_UPS, PLAIN},
    {"gambling", NC_("group", "Betting"), BETS, PLAIN},
    {"gamecash", NC_("group", "Card games for prizes"), BETS, PLAIN},
    {"lootbox", NC_("group", "Paying inside games"), BETS, PLAIN},
    {"scam", NC_("group", "Scams"), SCAM, PLAIN},
    {"jobscam", NC_("group", "False job offers"), SCAM, PLAIN},
    {"loan", NC_("group", "Quick loans"), GROWN_UPS, PLAIN},
    {"crypto", NC_("group", "Crypto and quick riches"), GROWN_UPS, PLAIN},
    {"malware", NC_("group", "Harmful programs"), UNSAFE, PLAIN},
    {"cheat", NC_("group", "Cheating"), NULL, PLAIN},
    {"piracy", NC_("group", "Pirated films and programs"), NULL, PLAIN},
    {"privacy", NC_("group", "Traps for personal data"), UNSAFE, PLAIN},
    {"misinfo", NC_("group", "Fake news"), NULL, PLAIN},
    {"superstition", NC_("group", "Fortune-telling"), NULL, PLAIN},
    {"profanity", NC_("group", "Bad language"), NULL, PLAIN},
    {"toxicvid", NC_("group", "Harmful videos"), NULL, UPSETS},
    {"ads", NC_("group", "Adverts"), NULL, BACKGROUND},
    {"bypass", NC_("group", "VPN and proxies"), NULL, PLAIN},
    {"social", NC_("group", "Social networks"), NULL, PLAIN},
    {"chat", NC_("group", "Messaging"), NULL, PLAIN},
    {"video", NC_("group", "Videos"), NULL, PLAIN},
    {"shortvid", NC_("group", "Short videos"), NULL, PLAIN},
    {"games", NC_("group", "Games"), NULL, PLAIN},
    {"livestream", NC_("group", "Live streaming"), NULL, PLAIN},
    {"shopping", NC_("group", "Shopping"), NULL, PLAIN},
    {"ai", NC_("group", "Chatting with AI"), NULL, PLAIN},
    {"search", NC_("group", "Search without safe mode"), NULL, PLAIN},
    {"sexed", NC_("group", "Growing up"), NULL, PLAIN},
    {"health", NC_("group", "Health"), NULL, PLAIN},
    {"edu", NC_("group", "Learning"), NULL, PLAIN},
    {"help", NC_("group", "Help"), NULL, PLAIN},
};

static const Group *
find(const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
    if (strcmp(groups[i].id, id) == 0)
      return &groups[i];
  }
  return NULL;
}

const char *
lt_group_name(const char *id)
{
  g_return_val_if_fail(id, NULL);
  const Group *group = find(id);
  return group ? g_dpgettext2(NULL, "group", group->name) : id;
}

const char *
lt_group_reason(const char *id)
{
  g_return_val_if_fail(id, NULL);
  const Group *group = find(id);
  return group && group->reason ? g_dpgettext2(NULL, "why", group->reason) : NULL;
}

gboolean
lt_group_may_upset(const char *id)
{
  g_return_val_if_fail(id, FALSE);
  const Group *group = find(id);
  return group && (group->traits & UPSETS) != 0;
}

gboolean
lt_group_is_background(const char *id)
{
  g_return_val_if_fail(id, FALSE);
  const Group *group = find(id);
  return group && (group->traits & BACKGROUND) != 0;
}
