#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent over a long time and in bad times: memory, wake-ups, hanging threads, full disks.

usage: test_staying.py LUYTRED LUYTRECTL SOURCE
"""

import json
import os
import pathlib
import re
import signal
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import House, WEB4, eventually, run_tests, slowed  # noqa: E402
from ptrace import Held, threads  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
CHILDREN = ("na", "minh", "guest")
RULES = {
    "luytre": 1,
    "profiles": {"open": {"sites": {"default": "allow", "block": ["games.test"]}},
                 "closed": {"sites": {"default": "block", "allow": ["school.test"]}}},
    "children": [{"user": "na", "profile": "open"}, {"user": "minh", "profile": "closed"},
                 {"user": "guest", "profile": "open"}],
}
# What luytred may hold without lists while nobody is there, and more while children browse: each
# remembered flow, and each address that DNS gave, may stand on a page of its own.
RESIDENT_BYTES = 12 * 1024 * 1024
FLOWS_BYTES = 1024 * 1024
# For so long the end of older connections is waited for (agent/net/packet-thread.c).
WAIT_S = 0.5
# What the watchdog of the unit would be, shorter.
WATCHDOG_US = 1_000_000


def is_sanitized():
    """Sanitizers have memory and threads of their own."""
    return b"__asan_init" in pathlib.Path(LUYTRED).read_bytes()


class Staying(unittest.TestCase):
    """A house with an agent for each test."""

    watchdog_us = None

    def setUp(self):
        self.house = House()
        self.addCleanup(self.house.__exit__, None, None, None)
        self.house.__enter__()
        self.servers = self.house.start_servers()
        self.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        self.start_agent()
        self.set_rules()

    def start_agent(self, **env):
        self.agent = self.house.start_agent([LUYTRED], ready_s=20, env=env)

    def set_rules(self):
        done = self.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES))
        self.assertEqual(done.rc, 0, done.err)

    def ctl(self, user, *words, stdin=None):
        return self.house.run_as(user, [LUYTRECTL, *words], stdin=stdin)

    def doctor(self):
        """name -> (state, words) of luytrectl doctor."""
        lines = [json.loads(line) for line in self.ctl("me", "doctor", "--json").out.splitlines()]
        return {line["check"]: (line["state"], line["words"]) for line in lines}

    def log(self):
        return (self.house.work / "agent.log").read_text(encoding="utf-8")

    def curl(self, user, *urls):
        return self.house.run_as(user, ["curl", "-sS", "--max-time", "5", "-o", "/dev/null",
                                        "-o", "/dev/null", "-o", "/dev/null", *urls])

    def blocked(self, user="na"):
        """By name, not by DNS."""
        return self.curl(user, "https://games.test/", "--resolve", f"games.test:443:{WEB4}").rc != 0

    def kill(self):
        self.agent.kill(signal.SIGKILL)
        eventually(lambda: self.agent.poll() is not None, "the end of the agent")


class Memory(Staying):
    def resident_bytes(self):
        text = pathlib.Path(f"/proc/{self.agent.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * 1024

    def assert_small(self, when, flows_bytes=FLOWS_BYTES):
        if not is_sanitized():
            self.assertLess(self.resident_bytes(), RESIDENT_BYTES + flows_bytes, when)

    def test_three_children_browse(self):
        self.assert_small("at the start", 0)
        for _ in range(20):
            for child in CHILDREN:
                self.curl(child, "https://school.test/", "https://games.test/", "http://news.test/")
        self.assert_small("after some browsing")
        # Rules that change again and again leave nothing behind.
        for _ in range(10):
            self.set_rules()
        self.assert_small("after some changes")
        self.kill()
        self.start_agent()
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        self.assert_small("after a restart")


class Idle(Staying):
    def counts(self):
        """thread -> how often it went to sleep by itself."""
        found = {}
        for thread in threads(self.agent.pid).values():
            path = pathlib.Path(f"/proc/{self.agent.pid}/task/{thread}/status")
            text = path.read_text(encoding="utf-8")
            found[thread] = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text,
                                          re.M).group(1))
        return found

    def wake_ups(self, seconds):
        """Of all threads within a time; one that has nothing more to do and ends is none."""
        before = self.counts()
        time.sleep(seconds)
        after = self.counts()
        return sum(after[thread] - before.get(thread, 0) for thread in after)

    def test_no_wake_ups(self):
        """Nobody logs in, nothing is sent: without a watchdog not one thread wakes up."""
        self.curl("na", "https://school.test/", "http://news.test/")
        eventually(lambda: self.wake_ups(2) == 0, "rest", timeout=30)
        self.assertEqual(self.wake_ups(20), 0)

    def test_the_watchdog_alone(self):
        """Each round wakes the loop, the threads that it asks, and nobody else."""
        self.kill()
        self.start_agent(WATCHDOG_USEC=str(2 * WATCHDOG_US))
        self.curl("na", "https://school.test/")
        self.house.manager.said.clear()
        eventually(lambda: len(self.house.manager.times("WATCHDOG=1")) >= 6, "rounds", timeout=20)
        n_before = len(self.house.manager.times("WATCHDOG=1"))
        n_wake_ups = self.wake_ups(5)
        n_rounds = len(self.house.manager.times("WATCHDOG=1")) - n_before + 1
        self.assertLessEqual(n_wake_ups, 4 * n_rounds + 2)


class Watchdog(Staying):
    def start_agent(self, **env):
        super().start_agent(WATCHDOG_USEC=str(WATCHDOG_US), **env)

    def n_signs(self):
        return len(self.house.manager.times("WATCHDOG=1"))

    def assert_alive(self):
        n_before = self.n_signs()
        eventually(lambda: self.n_signs() > n_before + 2, "signs of life", timeout=10)

    def test_a_thread_hangs(self):
        """Whichever it is: systemd hears nothing more, and the next agent goes on."""
        for name in ("packets-tcp", "packets-udp", "luytre-dns"):
            self.assert_alive()
            with Held(threads(self.agent.pid)[name]):
                since = time.monotonic()
                eventually(lambda: "does not answer" in self.log(), f"{name} is missed", timeout=10)
                self.assertLess(time.monotonic() - since, slowed(3))
                n_signs = self.n_signs()
                time.sleep(slowed(1.5))
                self.assertEqual(self.n_signs(), n_signs, name)
                self.agent.kill(signal.SIGKILL)  # as systemd does
            eventually(lambda: self.agent.poll() is not None, "the end of the agent")
            (self.house.work / "agent.log").write_text("", encoding="utf-8")
            self.start_agent()
            self.assertEqual(self.curl("na", "https://school.test/").rc, 0, name)
            self.assertTrue(self.blocked(), name)


class Beginning(Staying):
    def set_rules(self):
        """Nobody is a child before the test."""

    def test_told_when_older_connections_have_ended(self):
        """What begins after that is none of them; and a thread that hangs holds nobody up long."""
        path = self.house.path("/tmp/rules.json")
        path.write_text(json.dumps(RULES), encoding="utf-8")
        with Held(threads(self.agent.pid)["packets-tcp"]):
            since = time.monotonic()
            done = self.ctl("me", "rules", "set", "/tmp/rules.json")
            self.assertEqual(done.rc, 0, done.err)
            self.assertGreater(time.monotonic() - since, WAIT_S)
        eventually(lambda: self.curl("na", "https://school.test/").rc == 0, "the end of the wait")
        self.assertTrue(self.blocked())


class Children(Staying):
    def test_fewer_after_a_crash(self):
        """Rules change while no agent runs: who stays a child keeps his connections."""
        got = self.house.work / "download"
        with open(got, "wb") as output:
            download = self.house.start_as("guest", [
                "curl", "-sS", "--no-buffer", "--max-time", "60", "--resolve",
                f"school.test:443:{WEB4}", "https://school.test/slow"], stdout=output)
        eventually(lambda: got.stat().st_size > 0, "the download")
        self.kill()
        fewer = dict(RULES, children=RULES["children"][1:])
        path = self.house.path("/var/lib/luytre/household.json")
        path.write_text(json.dumps(fewer), encoding="utf-8")
        self.start_agent()
        size = got.stat().st_size
        eventually(lambda: got.stat().st_size > size + 1_000_000, "the rest of the download")
        self.assertIsNone(download.poll())
        self.assertTrue(self.blocked("guest"))
        self.assertFalse(self.blocked("na"))
        download.stop()


class Failures(Staying):
    def fill(self, folder, size):
        """A small file system over @folder, with what is there now."""
        kept = self.house.work / "kept"
        done = self.house.run_as("root", ["sh", "-ec", f"""
            cp -a {folder} /run/kept
            mount -t tmpfs -o size={size},uid=30099,gid=30099,mode=700 tmpfs {folder}
            cp -a /run/kept/. {folder}
            rm -r /run/kept"""])
        self.assertEqual(done.rc, 0, (done.err, kept))
        self.addCleanup(self.house.run_as, "root", ["umount", "-l", folder])

    def fill_up(self, folder):
        self.house.run_as("root", ["sh", "-c", f"head -c 1G /dev/zero > {folder}/filling"])

    def test_disk_full_while_running(self):
        """Rules hold, what cannot be kept is said, and works again when there is room."""
        self.kill()
        self.fill("/var/lib/luytre", "1M")
        self.start_agent()
        self.fill_up("/var/lib/luytre")
        asked = self.ctl("na", "ask", "games.test", "x" * 200)
        granted = [self.ctl("me", "grant", "na", f"site{i}.test", "--for", "1h") for i in range(9)]
        self.assertTrue(asked.rc != 0 or any(done.rc != 0 for done in granted))
        self.assertTrue(self.blocked())
        self.assertEqual(self.curl("minh", "https://school.test/").rc, 0)
        self.assertNotEqual(self.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES)).rc, 0)
        self.assertTrue(self.blocked())
        self.house.run_as("root", ["rm", "/var/lib/luytre/filling"])
        self.set_rules()
        self.assertEqual(self.ctl("me", "grant", "na", "games.test", "--for", "1h").rc, 0)
        eventually(lambda: not self.blocked(), "the grant")

    def test_run_full_while_running(self):
        """No bus error: older connections are forgotten first."""
        self.kill()
        self.house.run_as("root", ["rm", "/run/luytre/flows"])
        self.fill("/run/luytre", "3M")
        self.start_agent()
        self.fill_up("/run/luytre")
        for _ in range(20):
            self.curl("na", "http://news.test/", "https://school.test/", "https://games.test/")
        self.house.run_as("na", ["/usr/bin/python3", "-c", f"""
import socket
for number in range(600):
    with socket.socket() as s:
        s.connect(("{WEB4}", 80))
        s.sendall(b"GET / HTTP/1.1\\r\\nHost: school.test\\r\\n\\r\\n")"""], timeout=60)
        self.assertIsNone(self.agent.poll())
        self.assertTrue(self.blocked())
        self.house.run_as("root", ["rm", "/run/luytre/filling"])
        eventually(lambda: self.curl("na", "https://school.test/").rc == 0, "room")

    def test_database_removed_while_running(self):
        for path in self.house.path("/var/lib/luytre").glob("luytre.db*"):
            path.unlink()
        state, words = self.doctor()["store"]
        self.assertEqual(state, "broken", words)
        self.assertIn("removed", words)
        self.kill()
        self.start_agent()
        self.assertEqual(self.doctor()["store"][0], "ok")

    def test_database_replaced_while_running(self):
        path = self.house.path("/var/lib/luytre/luytre.db")
        other = path.with_name("other.db")
        other.write_bytes(path.read_bytes())
        other.rename(path)
        self.assertEqual(self.doctor()["store"][0], "broken")

    def test_household_lost(self):
        """Who was a child stays closed when the only copy of the rules is damaged."""
        household = self.house.path("/var/lib/luytre/household.json")
        for damage in (lambda: household.write_bytes(b"\0" * 100), household.unlink):
            self.kill()
            household.with_name("household.json.old").unlink(missing_ok=True)
            damage()
            self.start_agent()
            for child in CHILDREN:
                self.assertTrue(self.blocked(child), child)
                self.assertNotEqual(self.curl(child, "http://news.test/").rc, 0, child)
            self.assertEqual(self.curl("me", "http://news.test/").rc, 0)
            self.assertIn("rules-problem", self.doctor())
            self.set_rules()
            self.assertTrue(self.blocked())
            eventually(lambda: self.curl("na", "http://news.test/").rc == 0, "the rules again")


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
