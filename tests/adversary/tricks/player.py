#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays many tricks, several at a time, each in a process of its own.

usage: player.py AT-ONCE < JOBS   One JSON list a line: script, variant, address, port, site, slow.
Prints one JSON list a job that has ended: site, and what the trick says.
"""

import importlib
import json
import os
import sys
import traceback

from child import Target, play

MODULES = {name: importlib.import_module(name).VARIANTS
           for name in ("opening", "owners", "pages", "rights", "retry", "segments", "web")}


def main():
    left = int(sys.argv[1])
    for line in sys.stdin:
        script, variant, *words = json.loads(line)
        if left == 0:
            os.wait()
        else:
            left -= 1
        if os.fork() == 0:
            try:
                said = play(MODULES[script][variant], Target(*words))
                os.write(1, json.dumps([words[2], said]).encode() + b"\n")
            except Exception:
                traceback.print_exc()
            os._exit(0)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


main()
