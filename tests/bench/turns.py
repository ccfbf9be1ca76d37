# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS questions that take turns: one program asks each way once, then each once more, so that all
ways meet the same machine (tests/bench/turns.c)."""

import json
import pathlib
import subprocess

from lab import ACCOUNTS
from ways import FAR4, NEAR4

# A child may ask 1,000 new names at once, and 250 a second from then on.
N_TURNS = 700
WAYS = ("none", "none again", "conntrack", "luytre", "dnsmasq")
RESOLVERS = {"near": NEAR4, "far": FAR4}


def dns_turns(houses, build, scale):
    """{resolver: {way: {"median_us", "p90_us", "failed"}}}; an empty one without our own way."""
    ways = [way for way in WAYS if way in houses]
    if "luytre" not in ways:
        return {}
    uid = ACCOUNTS["na"][0]
    program = str(pathlib.Path(build) / "tests/bench/bench-turns")
    found = {}
    for name, address in RESOLVERS.items():
        words = []
        for way in ways:
            house = houses[way]
            house.resolver(address)
            house.settle()
            words.append(f"{house.first_pid}:{uid}:{house.forwarder or address}")
        done = subprocess.run([program, str(max(20, int(N_TURNS * scale))), *words],
                              capture_output=True, text=True, check=True, timeout=120)
        found[name] = dict(zip(ways, json.loads(done.stdout)["ways"]))
    return found
