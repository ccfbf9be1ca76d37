# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs that try a site, and in a few words what became of it."""

import re
import time
from typing import NamedTuple

OPEN = "opens"
RESET = "reset"
NO_NAME = "no such name"
NAME = "name found"


class Got(NamedTuple):
    """What a program got and how long it took by its own clock, in milliseconds."""

    what: str
    ms: float


CURL_ENDS = {6: NO_NAME, 35: RESET, 52: RESET, 55: RESET, 56: RESET, 7: "refused", 28: "timeout"}


def curl(house, user, url, *options):
    """curl to its end. It is given the lab's authority alone: reading the system's hundred others
    would be most of what its clock shows."""
    done = house.run_as(user, ["curl", "-sS", "-o", "/dev/null", "--max-time", "8", "--cacert",
                               house.servers.authority, "-w", "%{http_code} %{time_total}",
                               *options, url], timeout=12)
    fields = done.out.split()
    # curl's own clock says nothing of a look-up that failed.
    ms = float(fields[1]) * 1000 if len(fields) == 2 and done.rc != 6 else done.ms
    if done.rc == 0:
        return Got(OPEN if fields[0] == "200" else f"HTTP {fields[0]}", ms)
    return Got(CURL_ENDS.get(done.rc, f"curl error {done.rc}"), ms)


def s_client(house, user, name, address):
    """A TLS hello of OpenSSL with the site's name to the site's address."""
    done = house.run_as(user, ["openssl", "s_client", "-brief", "-servername", name, "-connect",
                               f"{address}:443"], timeout=12, stdin="")
    if "CONNECTION ESTABLISHED" in done.err:
        return Got(OPEN, done.ms)
    if re.search(r"errno=104|[Cc]onnection reset", done.err):
        return Got(RESET, done.ms)
    return Got(done.err.strip().splitlines()[-1][:40] if done.err.strip() else f"status {done.rc}",
               done.ms)


def dig(house, user, name, *options):
    """A DNS question; the extended error of RFC 8914 is part of what came."""
    done = house.run_as(user, ["dig", "+tries=1", "+time=5", *options, name], timeout=12)
    status = re.search(r"status: (\w+)", done.out)
    took = re.search(r"Query time: (\d+) msec", done.out)
    ms = float(took.group(1)) if took else done.ms
    if status is None:
        return Got("no answer", ms)
    extended = re.search(r"EDE: (\d+)", done.out)
    if status.group(1) == "NXDOMAIN":
        return Got(NO_NAME + (f", EDE {extended.group(1)}" if extended else ""), ms)
    found = status.group(1) == "NOERROR" and re.search(r"\sIN\s+(A|AAAA)\s+\S+", done.out)
    return Got(NAME if found else status.group(1), ms)


CHROMIUM = [
    "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-features=DnsOverHttps,AsyncDns", "--ignore-certificate-errors", "--dump-dom",
]
CHROMIUM_ENDS = {
    "ERR_NAME_NOT_RESOLVED": NO_NAME, "ERR_CONNECTION_RESET": RESET,
    "ERR_EMPTY_RESPONSE": RESET, "ERR_CONNECTION_CLOSED": RESET,
}


def chromium(house, user, url, *options):
    """A page load of headless Chromium with a fresh profile; its own start is in the time."""
    profile = f"/home/{user}/chromium-{time.monotonic_ns()}"
    done = house.run_as(user, [*CHROMIUM, f"--user-data-dir={profile}", *options, url],
                        timeout=60)
    error = re.search(r"net::(ERR_\w+)", done.err)
    if error:
        return Got(CHROMIUM_ENDS.get(error.group(1), error.group(1)), done.ms)
    if "hello from " in done.out:
        return Got(OPEN, done.ms)
    return Got(f"status {done.rc}, no page", done.ms)
