#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent under a real systemd, D-Bus and polkit: its unit, restarts, watchdog, activation.

usage: test_booted.py BUILD
"""

import json
import os
import pathlib
import re
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "net"), str(TESTS / "systemd")]
from lab import eventually, run_tests  # noqa: E402
from lab.booted import Booted  # noqa: E402
from lookups import NO_HELPER, ZONE, Lookups  # noqa: E402
from ptrace import Held, threads  # noqa: E402
import updates  # noqa: E402

BUILD = pathlib.Path(sys.argv[1]).resolve()
RULES = {"luytre": 1, "profiles": {"p": {"sites": {"default": "block"}}},
         "children": [{"user": "na", "profile": "p"}]}
# The two queues, and four DNS sockets of one child.
N_KEPT = 6
# What systemd-analyze may find, in tenths.
EXPOSURE = 15


class BootedTest(Lookups, updates.Updates, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = Booted(BUILD)
        cls.addClassCleanup(cls.machine.__exit__, None, None, None)
        cls.machine.__enter__()
        cls.machine.start_dns(ZONE + updates.ZONE)

    def setUp(self):
        self.assertEqual(self.machine.run("systemctl", "start", "luytred.service").rc, 0)
        done = self.set_rules()
        self.assertEqual(done.rc, 0, done.err)
        eventually(lambda: self.n_kept() == N_KEPT, "the sockets in the store")

    def set_rules(self, user="root", rules=RULES):
        return self.machine.run_as(user, "luytrectl", "rules", "set", "-", stdin=json.dumps(rules))

    def n_kept(self):
        return int(self.machine.show("NFileDescriptorStore"))

    def table_handle(self):
        """The kernel's number of our table: another one when it was ever away. None: no table."""
        found = re.search(r"table inet luytre .*# handle (\d+)", self.machine.nft(
            "--handle list table inet luytre").stdout)
        return found and int(found.group(1))

    def restarts(self):
        return int(self.machine.show("NRestarts"))

    def assert_back(self, n_restarts, handle):
        eventually(lambda: self.restarts() > n_restarts and
                   self.machine.show("ActiveState") == "active", "the next agent", timeout=30)
        self.assertEqual(self.table_handle(), handle)
        eventually(lambda: self.n_kept() == N_KEPT, "the sockets in the store")
        checks = self.machine.run("luytrectl", "doctor").out
        self.assertRegex(checks, r"(?m)^ok +firewall ")
        self.assertRegex(checks, r"(?m)^ok +rules ")

    def test_unit(self):
        """It runs as its own account, has told systemd that it is ready, and nothing failed."""
        pid = self.machine.pid_outside("luytred")
        status = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
        uid = int(self.machine.run("id", "-u", "luytre").out)
        self.assertEqual(re.search(r"Uid:\s+(.*)", status).group(1).split(), [str(uid)] * 4)
        # CAP_NET_ADMIN, which is number 12.
        self.assertEqual(int(re.search(r"CapEff:\s+(\w+)", status).group(1), 16), 1 << 12)
        failed = self.machine.run("systemctl", "--failed", "--no-legend", "--plain").out
        self.assertNotIn("luytre", failed)
        # Of the agent itself: what systemd says of agents that other tests killed is no news.
        log = self.machine.run("journalctl", "-q", "-t", "luytred", "-p", "warning", "-o", "cat",
                               "--no-pager").out.splitlines()
        self.assertEqual([line for line in log if not line.startswith(NO_HELPER)], [])

    def test_exposure(self):
        done = self.machine.run("systemd-analyze", "security", "--no-pager",
                                f"--threshold={EXPOSURE}", "luytred.service")
        self.assertEqual(done.rc, 0, done.out[-300:])

    def test_killed(self):
        handle, n_restarts = self.table_handle(), self.restarts()
        for turn in range(3):
            self.machine.run("systemctl", "kill", "--signal=KILL", "luytred.service")
            self.assertEqual(self.table_handle(), handle)
            self.assert_back(n_restarts + turn, handle)

    def test_restarted(self):
        """An upgrade: no moment without the table, and sockets go over."""
        handle = self.table_handle()
        self.assertEqual(self.machine.run("systemctl", "restart", "luytred.service").rc, 0)
        self.assertEqual(self.table_handle(), handle)
        eventually(lambda: self.n_kept() == N_KEPT, "the sockets in the store")

    def test_stopped_and_called(self):
        """Stopped for good nothing of ours is left; a call on the bus starts the agent."""
        self.assertEqual(self.machine.run("systemctl", "stop", "luytred.service").rc, 0)
        self.assertIsNone(self.table_handle())
        self.assertEqual(self.n_kept(), 0)
        self.assertEqual(self.machine.run_as("na", "luytrectl", "status").rc, 0)
        # It has the name on the bus a moment before it says that it is ready.
        eventually(lambda: self.machine.show("ActiveState") == "active", "the unit")
        self.assertIsNotNone(self.table_handle())

    def test_watchdog(self):
        """A thread that hangs (held by ptrace): systemd ends the agent and starts the next."""
        drop_in = "/run/systemd/system/luytred.service.d"
        self.machine.run("mkdir", "-p", drop_in)
        self.machine.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=2s\\n' > {drop_in}/t.conf")
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(self.machine.run, "rm", f"{drop_in}/t.conf")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "luytred.service")
        eventually(lambda: self.n_kept() == N_KEPT, "the sockets in the store")
        for name in ("packets-tcp", "luytre-dns"):
            handle, n_restarts = self.table_handle(), self.restarts()
            with Held(threads(self.machine.pid_outside("luytred"))[name]):
                eventually(lambda: self.machine.show("Result") == "watchdog", name, timeout=30,
                           pause=0.1)
            self.assert_back(n_restarts, handle)

    def test_polkit(self):
        """A child may ask, and may not change rules; root may."""
        done = self.set_rules("na")
        self.assertNotEqual(done.rc, 0)
        self.assertIn("not for you", done.err)
        self.assertNotEqual(self.set_rules("me").rc, 0)  # no administrator, nobody to ask for one
        asked = self.machine.run_as("na", "luytrectl", "ask", "olm.vn", "homework")
        self.assertEqual(asked.rc, 0, asked.err)
        self.assertIn("olm.vn", self.machine.run("luytrectl", "requests").out)
        self.assertEqual(self.set_rules().rc, 0)

    def test_session(self):
        """A login of a child goes by PAM and logind, and the agent lives on."""
        self.machine.run("systemd-run", "--quiet", "--unit=login-na", "--property=PAMName=login",
                         "--property=User=na", "sleep", "600")
        self.addCleanup(self.machine.run, "systemctl", "stop", "login-na.service")
        eventually(lambda: "na" in self.machine.run("loginctl", "list-users").out, "the session")
        self.assertEqual(self.machine.show("ActiveState"), "active")

    def test_tray_unit(self):
        done = self.machine.run("env", "XDG_RUNTIME_DIR=/run", "systemd-analyze", "verify",
                                "--user", "--man=no", "luytre-tray.service")
        self.assertEqual((done.rc, done.out + done.err), (0, ""))


if __name__ == "__main__":
    del sys.argv[1:2]
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    run_tests()
