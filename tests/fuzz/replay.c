/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over the kept inputs, without a fuzzer. */
#include "tests/fuzz/target.h"

#include <stdio.h>

/* So much is replayed well within a second, with sanitizers too; tests/fuzz/run keeps within it. */
#define MAX_FOLDER_BYTES (200u * 1024u)

static gboolean
replay_folder(const char *path, guint *n_inputs)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
  const char *name;
  gsize n_bytes = 0;

  if (folder == NULL) {
    fprintf(stderr, "replay: %s\n", error->message);
    return FALSE;
  }
  while ((name = g_dir_read_name(folder)) != NULL) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    g_autofree char *bytes = NULL;
    gsize len;

    if (!g_file_get_contents(file, &bytes, &len, &error)) {
      fprintf(stderr, "replay: %s\n", error->message);
      return FALSE;
    }
    LLVMFuzzerTestOneInput((const uint8_t *) bytes, len);
    (*n_inputs)++;
    n_bytes += len;
  }
  if (n_bytes > MAX_FOLDER_BYTES)
    fprintf(stderr, "replay: %s: more than %u bytes\n", path, MAX_FOLDER_BYTES);
  return n_bytes <= MAX_FOLDER_BYTES;
}

int
main(int argc, char **argv)
{
  guint n_inputs = 0;

  for (int i = 1; i < argc; i++)
    if (!replay_folder(argv[i], &n_inputs))
      return 2;
  printf("%u inputs\n", n_inputs);
  return n_inputs > 0 ? 0 : 1;
}
