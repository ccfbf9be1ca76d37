/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ids of the kinds of sites. */
#include "policy/category.h"

#include <string.h>

static const char *const ids[LT_N_CATEGORIES + 1] = {
    [LT_CATEGORY_CSAM] = "csam",
    [LT_CATEGORY_ADULT] = "adult",
    [LT_CATEGORY_NUDITY] = "nudity",
    [LT_CATEGORY_DATING] = "dating",
    [LT_CATEGORY_GROOMING] = "grooming",
    [LT_CATEGORY_VIOLENCE] = "violence",
    [LT_CATEGORY_HORROR] = "horror",
    [LT_CATEGORY_SELFHARM] = "selfharm",
    [LT_CATEGORY_EATING] = "eating",
    [LT_CATEGORY_BULLY] = "bully",
    [LT_CATEGORY_HATE] = "hate",
    [LT_CATEGORY_EXTREMISM] = "extremism",
    [LT_CATEGORY_WEAPONS] = "weapons",
    [LT_CATEGORY_DRUGS] = "drugs",
    [LT_CATEGORY_TOBACCO] = "tobacco",
    [LT_CATEGORY_ALCOHOL] = "alcohol",
    [LT_CATEGORY_GAMBLING] = "gambling",
    [LT_CATEGORY_GAMECASH] = "gamecash",
    [LT_CATEGORY_LOOTBOX] = "lootbox",
    [LT_CATEGORY_SCAM] = "scam",
    [LT_CATEGORY_JOBSCAM] = "jobscam",
    [LT_CATEGORY_LOAN] = "loan",
    [LT_CATEGORY_CRYPTO] = "crypto",
    [LT_CATEGORY_MALWARE] = "malware",
    [LT_CATEGORY_CHEAT] = "cheat",
    [LT_CATEGORY_PIRACY] = "piracy",
    [LT_CATEGORY_PRIVACY] = "privacy",
    [LT_CATEGORY_MISINFO] = "misinfo",
    [LT_CATEGORY_SUPERSTITION] = "superstition",
    [LT_CATEGORY_PROFANITY] = "profanity",
    [LT_CATEGORY_TOXICVID] = "toxicvid",
    [LT_CATEGORY_ADS] = "ads",
    [LT_CATEGORY_BYPASS] = "bypass",
    [LT_CATEGORY_SOCIAL] = "social",
    [LT_CATEGORY_CHAT] = "chat",
    [LT_CATEGORY_VIDEO] = "video",
    [LT_CATEGORY_SHORTVID] = "shortvid",
    [LT_CATEGORY_GAMES] = "games",
    [LT_CATEGORY_LIVESTREAM] = "livestream",
    [LT_CATEGORY_SHOPPING] = "shopping",
    [LT_CATEGORY_AI] = "ai",
    [LT_CATEGORY_SEARCH] = "search",
    [LT_CATEGORY_SEXED] = "sexed",
    [LT_CATEGORY_HEALTH] = "health",
    [LT_CATEGORY_EDU] = "edu",
    [LT_CATEGORY_HELP] = "help",
};

G_STATIC_ASSERT(LT_N_CATEGORIES <= 64);

const char *const *
lt_category_ids(void)
{
  return ids;
}

LtCategory
lt_category_find(const char *id)
{
  for (guint i = 0; i < LT_N_CATEGORIES; i++) {
    if (strcmp(ids[i], id) == 0)
      return (LtCategory) i;
  }
  return LT_N_CATEGORIES;
}
