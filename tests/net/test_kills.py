#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 again and again while three children browse: nothing leaks, nothing allowed is lost.

usage: test_kills.py LUYTRED LUYTRECTL SOURCE

LUYTRE_KILLS is how often (10; 100 takes some three minutes).
"""

import hashlib
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from browse import BLOCKED, DOWNLOAD_BYTES  # noqa: E402
from lab import LOGGER4, WEB4, House, eventually, run_tests, slowed  # noqa: E402
from lab.caddy import Front  # noqa: E402
from lab.debian13 import Debian13  # noqa: E402
from ptrace import SENDS, Held, threads  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
N_KILLS = int(os.environ.get("LUYTRE_KILLS", "10"))
SITES = {"default": "allow", "block": [BLOCKED]}
RULES = {
    "luytre": 1,
    "profiles": {"open": {"sites": SITES},
                 "closed": {"sites": {"default": "block", "allow": ["school.test"]}}},
    "children": [{"user": "na", "profile": "open"}, {"user": "minh", "profile": "closed"},
                 {"user": "guest", "profile": "open"}],
}
LOADS = [(child, kind, scheme) for child in ("na", "minh", "guest") for kind, scheme in (
    ("allowed", "https"), ("blocked", "https"), ("download", "https"))]
QUIC_LOADS = [("na", "blocked", "h3"), ("minh", "blocked", "h3"), ("na", "allowed", "h3"),
              ("guest", "allowed", "h3")]
LOADS += [("na", "allowed", "http"), ("minh", "blocked", "http"), ("guest", "download", "http")]
FAR4 = "10.77.0.4"  # where HTTP/3 is
# New connections again and again; each must end as the last argument says. With their hello in one
# datagram: caddy drops a second one that comes while it makes a connection of the first.
BROWSE_H3 = """
while [ ! -e "$1/stop" ]; do
  opened=true
  took=$(curl --http3-only -s --curves X25519 --max-time "$4" --cacert "$5" \\
    --resolve "$3:443:$2" -o /dev/null -w '%{time_total}' "https://$3/") || opened=false
  [ "$opened" = "$6" ] && good=true || good=false
  echo "[$good, $took, \\"\\"]"
done
"""
H3_S = {"allowed": 20, "blocked": 5}


def is_complete(data):
    """A whole hello in one record, or a whole head of a request: a server could act on it."""
    if data[:1] == b"\x16":
        return len(data) >= 5 + int.from_bytes(data[3:5], "big")
    return b"\r\n\r\n" in data


class Kills(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.servers = cls.house.start_servers()
        cls.content = os.urandom(DOWNLOAD_BYTES)
        with open(cls.servers.work / "www" / "big", "r+b") as big:
            big.write(cls.content)
        cls.newer = Debian13(cls.house)
        cls.caddy = cls.servers.start_caddy([Front("far", (FAR4,), ("school.test", BLOCKED))])
        cls.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        cls.start_agent()
        done = cls.house.run_as("me", [LUYTRECTL, "rules", "set", "-"], stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    @classmethod
    def start_agent(cls):
        cls.agent = cls.house.start_agent([LUYTRED], ready_s=20)

    def start_load(self, child, kind, scheme):
        path = self.house.work / f"{child}-{kind}-{scheme}"
        with open(path, "wb") as output:
            if scheme == "h3":
                site = BLOCKED if kind == "blocked" else "school.test"
                argv = ["sh", "-c", BROWSE_H3, "sh", str(self.house.work), FAR4, site,
                        str(slowed(H3_S[kind])), self.servers.authority,
                        "true" if kind == "allowed" else "false"]
                return self.newer.start_as(child, argv, stdout=output, stderr=output), path
            process = self.house.start_as(child, [
                "/usr/bin/python3", str(HERE / "browse.py"), str(self.house.work), WEB4, LOGGER4,
                kind, scheme], stdout=output, stderr=subprocess.STDOUT)
        return process, path

    def results(self, path):
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def kill_and_start(self):
        time.sleep(random.uniform(0.2, 1.2))
        self.agent.kill(signal.SIGKILL)
        eventually(lambda: self.agent.poll() is not None, "the end of the agent")
        time.sleep(random.uniform(0, 0.2))  # systemd waits for a tenth of a second
        begin = time.monotonic()
        self.start_agent()
        return time.monotonic() - begin

    def test_before_its_answer(self):
        """An agent that has read a hello, and is killed when it is about to say what becomes of it:
        the client sends it again, and the next agent judges it."""
        for label, more, nth in (("in two datagrams", [], 1), ("in one", ["--curves", "X25519"], 1),
                                 ("in one, what follows", ["--curves", "X25519"], 2)):
            with self.subTest(label):
                with Held(threads(self.agent.pid)["packets-udp"]) as held:
                    client = self.newer.start_as("na", [
                        "curl", "--http3-only", "-sS", "--max-time", str(slowed(20)), "--cacert",
                        self.servers.authority, "--resolve", f"school.test:443:{FAR4}", "-o",
                        "/dev/null", "-w", "%{http_code} %{time_total}", *more,
                        "https://school.test/"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    for _ in range(nth):
                        held.run_to(SENDS, slowed(30))
                    self.agent.kill(signal.SIGKILL)
                eventually(lambda: self.agent.poll() is not None, "the end of the agent")
                self.start_agent()
                done = self.house.finish(client, slowed(30))
                print(f"{label}: {done.out}", flush=True)
                self.assertEqual((done.rc, done.out[:3]), (0, "200"), done.err)

    def test_kills(self):
        loads = {load: self.start_load(*load) for load in LOADS + QUIC_LOADS}
        starts = [self.kill_and_start() for _ in range(N_KILLS)]
        (self.house.work / "stop").touch()
        eventually(lambda: all(process.poll() is not None for process, _ in loads.values()),
                   "the end of the loads", timeout=60)

        print(f"\n{N_KILLS} kills; a start takes {statistics.median(starts) * 1000:.0f} ms")
        for (child, kind, scheme), (_process, path) in loads.items():
            results = self.results(path)
            bad = [words for good, _took, words in results if not good]
            took = sorted(took for _good, took, _words in results)
            print(f"{child} {kind} {scheme}: {len(results)}, {len(bad)} wrong, median "
                  f"{statistics.median(took):.2f} s, longest {took[-1]:.2f} s", flush=True)
            self.assertEqual(bad, [], (child, kind, scheme))
            if kind == "download":
                sums = {words for _good, _took, words in results}
                self.assertEqual(sums, {hashlib.sha256(self.content).hexdigest()})
        answered = [item for item in self.servers.requests() if BLOCKED in (item.sni, item.host)]
        answered += [item for item in self.caddy.requests() if BLOCKED in (item.sni, item.host)]
        self.assertEqual(answered, [])
        got = {}
        for item in self.servers.received():
            got[item.connection] = got.get(item.connection, b"") + item.data
        leaked = [data for data in got.values() if is_complete(data)]
        print(f"{len(got)} connections of blocked programs reached the server, "
              f"{len(leaked)} of them whole", flush=True)
        self.assertEqual(leaked, [])


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
