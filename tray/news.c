/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent's signals tell, as plain values. */
#include "tray/news.h"

static const char *
get_string(GVariant *dict, const char *key)
{
  const char *value = "";
  g_variant_lookup(dict, key, "&s", &value);
  return value;
}

static gint64
get_int64(GVariant *dict, const char *key)
{
  gint64 value = 0;
  g_variant_lookup(dict, key, "x", &value);
  return value;
}

static guint32
get_uint32(GVariant *dict, const char *key)
{
  guint32 value = 0;
  g_variant_lookup(dict, key, "u", &value);
  return value;
}

static gboolean
get_boolean(GVariant *dict, const char *key)
{
  gboolean value = FALSE;
  g_variant_lookup(dict, key, "b", &value);
  return value;
}

LtDecisionNews
lt_news_decision(GVariant *dict)
{
  return (LtDecisionNews){
      .uid = get_uint32(dict, "uid"),
      .name = get_string(dict, "name"),
      .action = get_string(dict, "action"),
      .reason = get_string(dict, "reason"),
      .owner = get_string(dict, "owner"),
      .rule = get_string(dict, "rule"),
      .list = get_string(dict, "list"),
      .utc_until_s = get_int64(dict, "until"),
      .is_asked = get_boolean(dict, "asked"),
  };
}

LtRequestNews
lt_news_request(GVariant *dict)
{
  return (LtRequestNews){
      .id = get_int64(dict, "id"),
      .uid = get_uint32(dict, "uid"),
      .user = get_string(dict, "user"),
      .kind = get_string(dict, "kind"),
      .what = get_string(dict, "what"),
      .words = get_string(dict, "words"),
      .utc_asked_s = get_int64(dict, "asked"),
      .state = get_string(dict, "state"),
      .note = get_string(dict, "note"),
  };
}

LtGrantNews
lt_news_grant(GVariant *dict)
{
  return (LtGrantNews){
      .id = get_int64(dict, "id"),
      .uid = get_uint32(dict, "uid"),
      .user = get_string(dict, "user"),
      .kind = get_string(dict, "kind"),
      .what = get_string(dict, "what"),
      .utc_from_s = get_int64(dict, "from"),
      .utc_until_s = get_int64(dict, "until"),
      .request = get_int64(dict, "request"),
      .note = get_string(dict, "note"),
  };
}

gint64
lt_news_review_until(GVariant *dict)
{
  return get_int64(dict, "until");
}
