# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up meson's test logs: the closing line of tests/all and its exit status.

usage: count-results.py WORK N_FAILED_STEPS   (WORK holds the build folders; .failed files beside
them say that meson ended with an error)
"""

import json
import os
import pathlib
import sys

GOOD = ("OK", "EXPECTEDFAIL")


def results(log):
    with open(log, encoding="utf-8") as lines:
        return [(item["name"], item["result"]) for item in map(json.loads, lines)]


def main():
    work, n_failed = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    n_passed = n_skipped = 0
    skip_is_failure = os.environ.get("CI") == "true"
    for build in sorted(path.parent for path in work.glob("*/meson-logs")):
        log = build / "meson-logs" / "testlog.json"
        listed = results(log) if log.exists() else []
        bad = [item for item in listed if item[1] not in (*GOOD, "SKIP")]
        skipped = [item for item in listed if item[1] == "SKIP"]
        n_passed += sum(result in GOOD for _, result in listed)
        n_failed += len(bad)
        n_skipped += len(skipped)
        for name, result in bad + skipped:
            print(f"{build.name}: {name}: {result}")
        if not bad and build.with_suffix(".failed").exists():
            print(f"{build.name}: meson test ended with an error")
            n_failed += 1
    if skip_is_failure:
        n_failed += n_skipped
    elif n_skipped:
        print(f"{n_skipped} skipped")
    print(f"{n_passed} passed, {n_failed} failed")
    sys.exit(1 if n_failed or not n_passed else 0)


main()
