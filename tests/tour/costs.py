# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs: packets of the parent in the queue, trips a flow, speed of a judged flow."""

import statistics

from lab import WEB4, House

from . import clients

N_FLOWS = 40
MAX_TRIPS = 4
N_ROUNDS = 15
DOWNLOAD_BYTES = 256 << 20
# A judged flow is to be at 0.95 or better, which tests/bench measures. Here other programs may run
# beside the tour: this only finds a flow that the kernel does not carry by itself.
MIN_RATIO = 0.7

# What any firewall that follows connections costs: the floor of this design.
CONNTRACK_ALONE = """table inet floor {
  chain output { type filter hook output priority 0; ct state established counter accept; }
}
"""


def parent_packets(family, table, run):
    """Runs @run, the parent's tries, and counts what came up to the agent meanwhile."""
    before = family.queued()
    run()
    n_queued = family.queued() - before
    table.line(n_queued == 0, f"packets of the parent that were queued for the agent: {n_queued}")


def trips(family, table):
    """Queue trips of a TLS flow that is allowed, from TCP's first packet to the last."""
    for options, words in (((), "its name looked up by curl"),
                           (("--resolve", f"school.test:443:{WEB4}"), "its address known")):
        before = family.queued()
        n_open = sum(clients.curl(family.house, "na", "https://school.test/", *options).what
                     == clients.OPEN for _ in range(N_FLOWS))
        each = (family.queued() - before) / N_FLOWS
        table.line(n_open == N_FLOWS and each <= MAX_TRIPS,
                   f"queue trips of a judged flow, {words}: {each:.2f} "
                   f"(mean of {N_FLOWS}; {n_open} opened)")
    table.line(family.dropped() == 0, f"packets that the queue lost: {family.dropped()}")


def _speed(house):
    """Bytes a second of one download of a judged flow."""
    done = house.run_as("na", ["curl", "-sS", "-o", "/dev/null", "-w", "%{speed_download}",
                               "--range", f"0-{DOWNLOAD_BYTES - 1}", "--resolve",
                               f"school.test:80:{WEB4}", "http://school.test/big"], timeout=60)
    if done.rc != 0:
        raise RuntimeError(f"download: {done.err}")
    return float(done.out)


def throughput(family, table):
    """Long downloads of a judged flow, against houses without any rule and with conntrack."""
    with House() as plain, House() as floor:
        for house in (plain, floor):
            house.start_servers(["school.test"], {})
        done = floor.run_as("root", ["nft", "-f", "-"], stdin=CONNTRACK_ALONE)
        if done.rc != 0:
            raise RuntimeError(f"nft: {done.err}")
        rounds = [(_speed(plain), _speed(family.house), _speed(floor)) for _ in range(N_ROUNDS)]
    # Ratios within a round: whatever else the machine does weighs on all three alike.
    speed = statistics.median(judged for _, judged, _ in rounds)
    to_none = statistics.median(judged / none for none, judged, _ in rounds)
    to_floor = statistics.median(judged / floor for _, judged, floor in rounds)
    table.line(to_floor >= MIN_RATIO,
               f"download of a judged flow: {speed * 8 / 1e9:.1f} Gbit/s, {to_none:.2f} of no "
               f"filter, {to_floor:.2f} of conntrack alone (medians of {N_ROUNDS} rounds)")
