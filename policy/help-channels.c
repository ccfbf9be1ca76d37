/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the help channels of the package's data. */
#include "policy/help-channels.h"

#include "policy/policy.h"
#include "policy/profile-sites.h"
#include "policy/site-entry.h"
#include "policy/time-text.h"

#include <string.h>

typedef struct {
  GPtrArray *channels;
  GPtrArray *warnings;
  LtHelpChannel *channel; /* the one that is being read */
} Reader;

void
lt_help_channel_free(LtHelpChannel *channel)
{
  if (channel == NULL)
    return;
  g_free(channel->checked_on);
  g_ptr_array_unref(channel->phones);
  g_ptr_array_unref(channel->hosts);
  g_free(channel->id);
  g_free(channel);
}

static gboolean
visit_id(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *id;

  if (!lt_json_read_string(at, &id, error))
    return FALSE;
  if (!lt_profile_name_is_valid(id))
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "\"%s\" is no id; write one like \"hotline-111\"", id);
  r->channel->id = g_strdup(id);
  return TRUE;
}

static gboolean
visit_hosts(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_read_entries(at, r->channel->hosts, r->warnings, error);
}

static gboolean
visit_phone(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *phone;

  if (!lt_json_read_string(at, &phone, error))
    return FALSE;
  if (phone[0] == '\0' || strspn(phone, "+0123456789") != strlen(phone))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no number to call; write digits only",
                          phone);
  g_ptr_array_add(r->channel->phones, g_strdup(phone));
  return TRUE;
}

static gboolean
visit_phones(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_phone, target, error);
}

static gboolean
visit_for(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"en", lt_json_visit_text},
      {"vi", lt_json_visit_text},
  };

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), target, error);
}

static gboolean
visit_checked_on(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *text;
  GDate first;
  GDate last;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  if (strchr(text, '/') != NULL || !lt_time_text_parse_dates(text, &first, &last))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no date; write one like \"2027-02-06\"",
                          text);
  r->channel->checked_on = g_strdup(text);
  return TRUE;
}

static gboolean
visit_channel(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"id", visit_id},
      {"hosts", visit_hosts},
      {"phones", visit_phones},
      {"for", visit_for},
      {"checked-on", visit_checked_on},
      {"note", lt_json_visit_text},
  };
  Reader *r = target;

  r->channel = g_new0(LtHelpChannel, 1);
  r->channel->hosts = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  r->channel->phones = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(r->channels, r->channel);
  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), r, error) &&
         lt_json_require(at, "id", error) && lt_json_require(at, "checked-on", error);
}

gboolean
lt_help_channels_read(const LtJsonAt *at, GPtrArray *channels, GPtrArray *warnings, GError **error)
{
  Reader r = {.channels = channels, .warnings = warnings};

  return lt_json_read_elements(at, visit_channel, &r, error);
}
