#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One child's floods: the agent stays small and whole, and the others hardly notice.

usage: test_floods.py LUYTRED LUYTRECTL SOURCE

LUYTRE_FLOOD is how many flows a flood has (8,000; 100,000 takes minutes).
"""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import House, LOGGER4, WEB4, eventually, run_tests, slowed  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
N_FLOWS = int(os.environ.get("LUYTRE_FLOOD", "8000"))
RULES = {
    "luytre": 1,
    "profiles": {"p": {"sites": {"default": "allow", "block": ["games.test"],
                                 "unknown-protocols": "allow"}}},
    "children": [{"user": "na", "profile": "p"}, {"user": "minh", "profile": "p"}],
}
# What the kernel tracks of one child at most (agent/net/ruleset.h).
FLOWS_OF_ONE = 4096
# Both memories of flows full.
RESIDENT_BYTES = 44 * 1024 * 1024

# New connections one after the other: how long each took to the answer, and how many failed.
VISITS = """
import json, socket, sys, time
took, failed = [], 0
for number in range(int(sys.argv[1])):
    begin = time.monotonic()
    try:
        with socket.create_connection((sys.argv[2], 80), timeout=10) as s:
            s.sendall(b"GET / HTTP/1.1\\r\\nHost: school.test\\r\\nConnection: close\\r\\n\\r\\n")
            if not s.recv(100).startswith(b"HTTP/1.1 200"):
                failed += 1
    except OSError:
        failed += 1
    took.append(time.monotonic() - begin)
print(json.dumps([took, failed]))
"""


class Floods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.house.start_servers()
        cls.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        cls.agent = cls.house.start_agent([LUYTRED], ready_s=20)
        done = cls.house.run_as("me", [LUYTRECTL, "rules", "set", "-"], stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    def visits(self, user, n=60):
        """The median's ms, and how many failed."""
        done = self.house.run_as(user, ["/usr/bin/python3", "-c", VISITS, str(n), WEB4], timeout=90)
        took, n_failed = json.loads(done.out)
        return statistics.median(took) * 1000, n_failed

    def start_flood(self, kind):
        """Returns the process and a function that says how many flows it has made."""
        counts = self.house.work / f"flood-{kind}"
        with open(counts, "wb") as output:
            # Not at the others' server: it has bounds of its own.
            flood = self.house.start_as("na", ["/usr/bin/python3", str(HERE / "flood.py"), kind,
                                               LOGGER4], stdout=output, stderr=subprocess.STDOUT)
        self.addCleanup(flood.stop)

        def count():
            self.assertIsNone(flood.poll(), counts.read_text("utf-8")[-500:])
            return int(([word for word in self.words(kind) if word.isdigit()] or ["0"])[-1])

        eventually(lambda: count() > 0 or counts.stat().st_size > 0, "the flood")
        return flood, count

    def words(self, kind):
        """What a flood has said."""
        return (self.house.work / f"flood-{kind}").read_text("utf-8").split()

    def resident_bytes(self):
        text = pathlib.Path(f"/proc/{self.agent.pid}/status").read_text("utf-8")
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024

    def n_tracked(self):
        done = self.house.run_as("root", ["cat", "/proc/sys/net/netfilter/nf_conntrack_count"])
        return int(done.out)

    def assert_others_live(self, kind, n_flows):
        before = {user: self.visits(user)[0] for user in ("minh", "me")}
        flood, count = self.start_flood(kind)
        medians, n_failed = {"minh": [], "me": []}, {"minh": 0, "me": 0}

        def is_over():
            for user, of_user in medians.items():
                median, n_failed_now = self.visits(user)
                of_user.append(median)
                n_failed[user] += n_failed_now
            return count() >= n_flows and len(medians["me"]) >= 5

        eventually(is_over, f"{n_flows} flows", timeout=300, pause=0.1)
        during = {user: statistics.median(of_user) for user, of_user in medians.items()}
        n_tracked, resident = self.n_tracked(), self.resident_bytes()
        n_made = count()
        flood.stop()
        after = {user: self.visits(user)[0] for user in ("minh", "me")}
        for user in ("minh", "me"):
            print(f"\n{kind}: {n_made} flows; {user}: median {before[user]:.2f} ms before, "
                  f"{during[user]:.2f} during, {after[user]:.2f} after; {n_failed[user]} of "
                  f"{60 * len(medians[user])} failed; {n_tracked} tracked; "
                  f"{resident / 1048576:.1f} MiB", flush=True)
            self.assertEqual(n_failed[user], 0, user)
            self.assertLess(during[user], slowed(500), user)
        self.assertIsNone(self.agent.poll())
        if b"__asan_init" not in pathlib.Path(LUYTRED).read_bytes():
            self.assertLess(resident, RESIDENT_BYTES)
        return n_tracked

    def test_opened_and_closed(self):
        self.assert_others_live("opened", N_FLOWS)

    def test_half_hellos(self):
        self.assert_others_live("halves", N_FLOWS)

    def test_random_datagrams(self):
        self.assert_others_live("udp", N_FLOWS)

    def test_slow_drips(self):
        self.assert_others_live("drips", 0)

    def test_connections_are_bounded(self):
        """A child holds as many as he may; his next ones are refused, the others' are not."""
        _, count = self.start_flood("hold")
        eventually(lambda: count() > FLOWS_OF_ONE - 200, "the bound", timeout=60)
        eventually(lambda: self.words("hold")[-1] == "refused", "a refusal", timeout=30)
        self.assertLessEqual(count(), FLOWS_OF_ONE)
        self.assertEqual(self.visits("minh")[1], 0)
        self.assertEqual(self.visits("me")[1], 0)


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
