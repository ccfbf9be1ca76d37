/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolv.conf: which servers it names, and that a changed file is seen. */
#include "agent/net/dns-servers.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* The servers as text, "ADDRESS[%SCOPE]", joined by blanks. */
static char *
to_text(const LtDnsServers *servers)
{
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < servers->n_servers; i++) {
    const LtDnsAddress *address = &servers->servers[i];
    gboolean is_ip6 = address->any.sa_family == AF_INET6;
    char buffer[INET6_ADDRSTRLEN];

    g_assert_cmpint(ntohs(address->ip4.sin_port), ==, 53);
    inet_ntop(address->any.sa_family,
              is_ip6 ? (const void *) &address->ip6.sin6_addr : &address->ip4.sin_addr,
              buffer,
              sizeof buffer);
    g_string_append_printf(text, "%s%s", i > 0 ? " " : "", buffer);
    if (is_ip6 && address->ip6.sin6_scope_id != 0)
      g_string_append_printf(text, "%%%u", address->ip6.sin6_scope_id);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_parse(void)
{
  static const struct {
    const char *label;
    const char *text;
    const char *servers;
    guint timeout_s;
    guint attempts;
  } rows[] = {
      {"empty", "", "127.0.0.1", 5, 2},
      {"one", "nameserver 192.0.2.1\n", "192.0.2.1", 5, 2},
      {"without the last line feed", "nameserver 192.0.2.1", "192.0.2.1", 5, 2},
      {"both families",
       "nameserver 192.0.2.1\nnameserver 2001:db8::1\n",
       "192.0.2.1 2001:db8::1",
       5,
       2},
      {"blanks, tabs and CR", " \tnameserver\t 192.0.2.1 \r\n", "192.0.2.1", 5, 2},
      {"comments",
       "# nameserver 192.0.2.9\n;nameserver 192.0.2.9\nnameserver 192.0.2.1 # x\n",
       "192.0.2.1",
       5,
       2},
      {"other words",
       "domain a.test\nsearch b.test\nsortlist x\nnameservers 192.0.2.9\n",
       "127.0.0.1",
       5,
       2},
      {"link-local by number", "nameserver fe80::1%7\n", "fe80::1%7", 5, 2},
      {"link-local by name", "nameserver fe80::1%lo\n", "fe80::1%1", 5, 2},
      {"link-local on nothing",
       "nameserver fe80::1%\nnameserver fe80::1%no-such-if\nnameserver fe80::1%0\n",
       "127.0.0.1",
       5,
       2},
      {"damaged addresses",
       "nameserver\nnameserver 300.1.1.1\nnameserver 1.2.3\nnameserver x\nnameserver "
       "::1::\nnameserver 192.0.2.7%lo\n",
       "127.0.0.1",
       5,
       2},
      {"an address as long as a line",
       "nameserver 1111111111111111111111111111111111111111111111111111111111111111111111111111\n",
       "127.0.0.1",
       5,
       2},
      {"as many as there is room for",
       "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver "
       "192.0.2.4\nnameserver 192.0.2.5\n",
       "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4",
       5,
       2},
      {"options",
       "options edns0 timeout:3 rotate attempts:4\nnameserver 192.0.2.1\n",
       "192.0.2.1",
       3,
       4},
      {"the last options win", "options timeout:3\noptions timeout:1\n", "127.0.0.1", 1, 2},
      {"options past their caps", "options timeout:31 attempts:6\n", "127.0.0.1", 30, 5},
      {"options at their caps", "options timeout:30 attempts:5\n", "127.0.0.1", 30, 5},
      {"options of zero", "options timeout:0 attempts:0\n", "127.0.0.1", 1, 1},
      {"options past every number",
       "options timeout:99999999999999999999999\n",
       "127.0.0.1",
       30,
       2},
      {"damaged options",
       "options timeout: timeout:x timeout:-1 attempts:2x timeout\n",
       "127.0.0.1",
       5,
       2},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtDnsServers servers;
    g_autofree char *text = NULL;

    g_test_message("%s", rows[i].label);
    lt_dns_servers_parse(rows[i].text, strlen(rows[i].text), &servers);
    text = to_text(&servers);
    g_assert_cmpstr(text, ==, rows[i].servers);
    g_assert_cmpuint(servers.timeout_s, ==, rows[i].timeout_s);
    g_assert_cmpuint(servers.attempts, ==, rows[i].attempts);
  }
}

static void
test_parse_bytes(void)
{
  static const char text[] = "nameserver\0 192.0.2.1\nnameserver 192.0.2.2\0\nnameserver 192.0.2.3";
  LtDnsServers servers;
  g_autofree char *found = NULL;

  lt_dns_servers_parse(text, sizeof text - 1, &servers);
  found = to_text(&servers);
  g_assert_cmpstr(found, ==, "192.0.2.3");
}

static void
write_file(const char *path, const char *text)
{
  g_autoptr(GError) error = NULL;

  g_file_set_contents(path, text, -1, &error);
  g_assert_no_error(error);
}

static void
assert_servers(LtDnsServersFile *file, gboolean changed, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_cmpint(lt_dns_servers_file_refresh(file), ==, changed);
  text = to_text(&file->servers);
  g_assert_cmpstr(text, ==, expected);
}

static void
test_file(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-dns-servers-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "resolv.conf", NULL);
  g_autofree char *other = g_build_filename(folder, "other.conf", NULL);
  LtDnsServersFile file;

  lt_dns_servers_file_init(&file, path);
  assert_servers(&file, FALSE, "127.0.0.1");

  write_file(path, "nameserver 192.0.2.1\n");
  assert_servers(&file, TRUE, "192.0.2.1");
  assert_servers(&file, FALSE, "192.0.2.1");

  /* g_file_set_contents() renames a new file over the old one. */
  write_file(path, "nameserver 192.0.2.2\n");
  assert_servers(&file, TRUE, "192.0.2.2");

  g_assert_cmpint(g_unlink(path), ==, 0);
  assert_servers(&file, FALSE, "192.0.2.2");

  write_file(other, "nameserver 192.0.2.3\n");
  g_assert_cmpint(symlink("other.conf", path), ==, 0);
  assert_servers(&file, TRUE, "192.0.2.3");
  write_file(other, "nameserver 192.0.2.44\n");
  assert_servers(&file, TRUE, "192.0.2.44");

  /* A folder is nothing to read. */
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
  assert_servers(&file, FALSE, "192.0.2.44");

  g_assert_cmpint(g_rmdir(path), ==, 0);
  g_assert_cmpint(g_unlink(other), ==, 0);
  g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-servers/parse", test_parse);
  g_test_add_func("/dns-servers/parse-bytes", test_parse_bytes);
  g_test_add_func("/dns-servers/file", test_file);
  return g_test_run();
}
