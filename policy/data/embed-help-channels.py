#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the hosts of help-channels.json as a C array: usage: embed-help-channels.py JSON C."""

import json
import re
import sys

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def main(source, target):
    with open(source, encoding="utf-8") as file:
        channels = json.load(file)["help-channels"]
    hosts = sorted({host for channel in channels for host in channel.get("hosts", [])})
    if not hosts or not all(HOST.fullmatch(host) for host in hosts):
        sys.exit(f"{source}: every host must be a plain name in lower case, and one must be there")
    with open(target, "w", encoding="ascii") as file:
        file.write('#include "policy/help-builtin.h"\n\n#include <stddef.h>\n\n')
        file.write("const char *const lt_help_builtin_hosts[] = {\n")
        file.writelines(f'    "{host}",\n' for host in hosts)
        file.write("    NULL,\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
