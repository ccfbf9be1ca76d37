#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a judged flow costs: speed of downloads and of new connections, as ratios of one run.

    sudo tests/bench/flows.py PATH/TO/guard-run [ROUNDS] [JSON-FILE]

Three houses stand beside each other: without any rule, with connection tracking alone (what any
firewall that follows connections costs, the floor of this design), and with the packet path. Each
round runs every load in each house, one after the other; ratios are taken within a round, so that
whatever else the machine does weighs on all alike. Printed are medians and, in brackets, the middle
half of the rounds. "me" is a user without rules on the same PC.
"""

import json
import os
import pathlib
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import WEB4, House, eventually  # noqa: E402

N_ROUNDS = 7
DOWNLOAD_BYTES = 256 << 20
N_CONNECTIONS = 100
RULES = {"luytre": 1,
         "profiles": {"p": {"sites": {"default": "allow", "block": ["games.test"]}}},
         "children": [{"user": "na", "profile": "p"}]}
CONNTRACK_ALONE = """table inet floor {
  chain output { type filter hook output priority 0; ct state established counter accept; }
}
"""


def curl(house, user, url, *options):
    done = house.run_as(user, ["curl", "-sS", "-o", "/dev/null", *options, "--resolve",
                               f"school.test:443:{WEB4}", "--resolve", f"school.test:80:{WEB4}",
                               url], timeout=120)
    if done.rc != 0:
        raise RuntimeError(f"{user}, {url}: {done.err}")
    return done.out


def download(scheme):
    def speed(house, user):
        return float(curl(house, user, f"{scheme}://school.test/big", "-w", "%{speed_download}",
                          "--range", f"0-{DOWNLOAD_BYTES - 1}"))
    return speed


def connections(house, user):
    """New TLS connections a second, one after the other, by one program."""
    start = time.monotonic()
    curl(house, user, f"https://school.test/[1-{N_CONNECTIONS}]", "-H", "Connection: close")
    return N_CONNECTIONS / (time.monotonic() - start)


LOADS = {
    "download, HTTP": download("http"),
    "download, HTTPS": download("https"),
    "new TLS connections": connections,
}


def start_guard(house, program):
    rules = house.work / "rules.json"
    rules.write_text(json.dumps(RULES), encoding="utf-8")
    os.chmod(rules, 0o644)
    house.start_agent([program, "/run/luytre", str(rules), "auto", "na:30001:1"])
    log = house.work / "agent.log"
    eventually(lambda: log.exists() and "ready\n" in log.read_text(), "the packet path")


def run(program, n_rounds):
    """{load: {who: [speed a round]}}; who is none, floor, judged or me."""
    results = {load: {"none": [], "floor": [], "judged": [], "me": []} for load in LOADS}
    with House() as none, House() as floor, House() as guarded:
        for house in (none, floor, guarded):
            house.start_servers(["school.test"], {})
        done = floor.run_as("root", ["nft", "-f", "-"], stdin=CONNTRACK_ALONE)
        if done.rc != 0:
            raise RuntimeError(done.err)
        start_guard(guarded, program)
        ways = [("none", none, "na"), ("floor", floor, "na"), ("judged", guarded, "na"),
                ("me", guarded, "me")]
        for index in range(n_rounds + 1):
            for load, measure in LOADS.items():
                for who, house, user in ways:
                    speed = measure(house, user)
                    if index > 0:  # the first round only warms up
                        results[load][who].append(speed)
            ways.append(ways.pop(0))
    return results


def ratio(mine, other):
    """Median and quartiles of the ratios within the rounds."""
    ratios = sorted(a / b for a, b in zip(mine, other))
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {"median": round(middle, 3), "low": round(low, 3), "high": round(high, 3)}


def summary(results):
    return {load: {"judged to none": ratio(speeds["judged"], speeds["none"]),
                   "judged to floor": ratio(speeds["judged"], speeds["floor"]),
                   "me to none": ratio(speeds["me"], speeds["none"]),
                   "me to floor": ratio(speeds["me"], speeds["floor"]),
                   "floor to none": ratio(speeds["floor"], speeds["none"])}
            for load, speeds in results.items()}


def main():
    program = os.path.abspath(sys.argv[1])
    n_rounds = int(sys.argv[2]) if len(sys.argv) > 2 else N_ROUNDS
    found = summary(run(program, n_rounds))
    for load, ratios in found.items():
        print(load)
        for name, value in ratios.items():
            print(f"  {name:16} {value['median']:.2f}  [{value['low']:.2f} .. {value['high']:.2f}]")
    if len(sys.argv) > 3:
        pathlib.Path(sys.argv[3]).write_text(json.dumps(found, indent=2) + "\n", encoding="ascii")


main()
