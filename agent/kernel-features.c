/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this kernel has that the packet path uses, and what is weaker without it. */
#include "agent/kernel-features.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void
lt_check_free(LtCheck *check)
{
  if (check == NULL)
    return;
  g_free(check->name);
  g_free(check->words);
  g_free(check);
}

GPtrArray *
lt_checks_new(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify) lt_check_free);
}

void
lt_checks_add(GPtrArray *checks, const char *name, const char *state, const char *format, ...)
{
  va_list args;
  LtCheck *check = g_new0(LtCheck, 1);
  check->name = g_strdup(name);
  check->state = state;
  va_start(args, format);
  check->words = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(checks, check);
}

/* /proc/config.gz where the kernel shows it, else the file that Debian installs beside the kernel.
 */
static char *
read_kernel_config(const struct utsname *kernel)
{
  g_autofree char *path = g_strdup_printf("/boot/config-%s", kernel->release);
  char *text = NULL;
  if (g_file_get_contents(path, &text, NULL, NULL))
    return text;
  g_autoptr(GFile) file = g_file_new_for_path("/proc/config.gz");
  g_autoptr(GFileInputStream) packed = g_file_read(file, NULL, NULL);
  if (packed == NULL)
    return NULL;
  g_autoptr(GZlibDecompressor) gunzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream) stream =
      g_converter_input_stream_new(G_INPUT_STREAM(packed), G_CONVERTER(gunzip));
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
  if (g_output_stream_splice(memory, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL) < 0)
    return NULL;
  g_autoptr(GBytes) bytes = g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
  gsize len = 0;
  const char *data = g_bytes_get_data(bytes, &len);
  return g_strndup(data != NULL ? data : "", len);
}

static gboolean
is_configured(const char *config, const char *option)
{
  g_autofree char *built_in = g_strdup_printf("\n%s=y", option);
  g_autofree char *module = g_strdup_printf("\n%s=m", option);
  return strstr(config, built_in) != NULL || strstr(config, module) != NULL;
}

static void
check_option(GPtrArray *checks,
             const char *config,
             const char *option,
             const char *name,
             const char *present,
             const char *missing)
{
  if (config == NULL)
    lt_checks_add(checks, name, "info", "the kernel does not show its configuration (%s)", option);
  else if (is_configured(config, option))
    lt_checks_add(checks, name, "ok", "%s", present);
  else
    lt_checks_add(checks, name, "weak", "%s (no %s)", missing, option);
}

static void
check_version(GPtrArray *checks, const struct utsname *kernel)
{
  int major = 0, minor = 0;
  if (sscanf(kernel->release, "%d.%d", &major, &minor) != 2)
    lt_checks_add(checks, "kernel-version", "info", "Linux %s", kernel->release);
  else if (major > 6 || (major == 6 && minor >= 9))
    lt_checks_add(checks, "kernel-version", "ok", "Linux %s", kernel->release);
  else
    lt_checks_add(checks,
                  "kernel-version",
                  "info",
                  "Linux %s: before 6.9 another administrator's \"nft flush ruleset\" takes the "
                  "table away until the agent restarts",
                  kernel->release);
}

void
lt_kernel_features_check(GPtrArray *checks)
{
  struct utsname kernel;
  if (uname(&kernel) != 0)
    return;
  g_autofree char *config = read_kernel_config(&kernel);
  check_version(checks, &kernel);
  check_option(checks,
               config,
               "CONFIG_NF_TABLES",
               "kernel-nftables",
               "nftables is there",
               "no nftables: nothing can be enforced");
  check_option(checks,
               config,
               "CONFIG_NFT_QUEUE",
               "kernel-queue",
               "packets can be queued by nftables itself",
               "packets are queued by the xt target instead; a little slower, no less strict");
  check_option(checks,
               config,
               "CONFIG_INET_DIAG_DESTROY",
               "kernel-close-sockets",
               "open connections can be closed at once",
               "an open connection that becomes blocked ends with its next packet, not at once");
}
