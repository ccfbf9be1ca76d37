#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child who browses until a file called stop is there: a line of JSON for each thing that ended.

usage: browse.py FOLDER WEB LOGGER allowed|blocked|download HTTP-OR-HTTPS
"""

import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from hello import client_hello, http_request  # noqa: E402

BLOCKED = "games.test"
DOWNLOAD_BYTES = 4_000_000


def curl(*words):
    done = subprocess.run(["curl", "-sS", "--max-time", "30", *words], capture_output=True)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip()


def allowed(scheme, _web, _logger):
    """With its name looked up each time."""
    rc, out, err = curl(f"{scheme}://school.test/")
    return rc == 0 and b"hello from school.test" in out, err


def download(scheme, web, _logger):
    port = 443 if scheme == "https" else 80
    rc, out, err = curl("--resolve", f"school.test:{port}:{web}", "--range",
                        f"0-{DOWNLOAD_BYTES - 1}", f"{scheme}://school.test/slow")
    return rc == 0, err or hashlib.sha256(out).hexdigest()


def blocked(scheme, web, logger):
    """By a browser, and by a program that cuts its request into pieces."""
    port = 443 if scheme == "https" else 80
    rc, _out, err = curl("--max-time", "5", "--resolve", f"{BLOCKED}:{port}:{web}",
                         f"{scheme}://{BLOCKED}/")
    data = client_hello(BLOCKED) if scheme == "https" else http_request(BLOCKED)
    try:
        with socket.create_connection((logger, port), timeout=2) as sock:
            for at in range(0, len(data), 40):
                sock.sendall(data[at:at + 40])
                time.sleep(0.02)
    except OSError:
        pass
    return rc != 0, err


def main():
    folder, web, logger, kind, scheme = sys.argv[1:6]
    work = {"allowed": allowed, "blocked": blocked, "download": download}[kind]
    while not os.path.exists(os.path.join(folder, "stop")):
        begin = time.monotonic()
        good, words = work(scheme, web, logger)
        print(json.dumps([good, round(time.monotonic() - begin, 3), words]), flush=True)


if __name__ == "__main__":
    main()
