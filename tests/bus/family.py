# SPDX-License-Identifier: GPL-3.0-or-later
"""A house with the real agent on a private bus, and clients under its users' uids."""

import json
import pathlib
import queue
import subprocess
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
from lab import House, eventually  # noqa: E402

AGENT = "/org/luytre/Agent1"
AGENT_INTERFACE = "org.luytre.Agent1"
CHILD_INTERFACE = "org.luytre.Agent1.Child"
PROPERTIES = "org.freedesktop.DBus.Properties"
NA, MINH, GUEST = 30001, 30002, 30003

RULES = {
    "luytre": 1,
    "profiles": {
        "closed": {"sites": {"default": "block", "allow": ["school.test"]}},
        "open": {"sites": {"default": "allow", "block": ["games.test"]}},
    },
    "children": [{"user": "na", "profile": "closed"}, {"group": "lop-6a", "profile": "open"}],
}


def child_path(uid):
    return f"{AGENT}/child/{uid}"


class Refused(Exception):
    """The agent's error: `name` without its prefix, and its words."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name.removeprefix("org.luytre.Error.")
        self.message = message


class Client:
    """A program of @user on the bus."""

    def __init__(self, house, user):
        self.process = house.start_as(user, ["/usr/bin/python3", str(HERE / "client.py")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.answers = queue.Queue()
        self.signals = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            if "signal" in answer:
                self.signals.append(answer)
            else:
                self.answers.put(answer)

    def order(self, **order):
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self, timeout=20):
        answer = self.answers.get(timeout=timeout)
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer["ok"]

    def send(self, member, signature="()", arguments=(), path=AGENT, interface=None, ask=True):
        interface = interface or (AGENT_INTERFACE if path == AGENT else CHILD_INTERFACE)
        self.order(call=[path, interface, member, signature, arguments], ask=ask)

    def call(self, member, *arguments, **more):
        self.send(member, *arguments, **more)
        return self.answer()

    def get(self, interface, name, path=AGENT):
        return self.call("Get", "(ss)", [interface, name], path=path, interface=PROPERTIES)[0]

    def ask(self, what, words="", uid=NA):
        return self.call("Ask", "(sss)", ["site", what, words], path=child_path(uid))[0]

    def names(self):
        return [item["signal"] for item in self.signals]

    def bodies(self, signal):
        return [item["body"] for item in self.signals if item["signal"] == signal]


class BusTest(unittest.TestCase):
    """A house for each test class, a client for each user; BUILD is set by main()."""

    build = None
    users = ("root", "me", "na", "minh", "guest")

    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.house.start_servers()
        cls.bus = cls.house.start_bus([SOURCE / "systemd" / "org.luytre.Agent1.conf",
                                        HERE / "systemd.conf"])
        cls.agent = None
        cls.start_agent()
        cls.clients = {user: Client(cls.house, user) for user in cls.users}
        cls.set_rules(RULES)

    @classmethod
    def start_agent(cls, env=None, with_systemd=True):
        argv = [str(cls.build / "agent" / "luytred"), "--presets-dir",
                str(SOURCE / "policy" / "data" / "presets")]
        cls.agent = cls.house.start_agent(argv, env=env, ready_s=20 if with_systemd else None)
        eventually(cls.house.bus.has_agent, "the agent on the bus")

    @classmethod
    def set_rules(cls, rules):
        text = rules if isinstance(rules, str) else json.dumps(rules)
        return cls.clients["root"].call("SetRules", "(s)", [text])[0]

    def assert_refused(self, name, user, *call, **more):
        with self.assertRaises(Refused) as caught:
            self.clients[user].call(*call, **more)
        self.assertEqual(caught.exception.name, name, caught.exception.message)
        return caught.exception.message

    def still_not(self, check, what, seconds=0.7):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertFalse(check(), what)
            time.sleep(0.02)

    def start_helper(self, program, *arguments):
        """A program of this folder on the bus, as root; returns when it has said "ready"."""
        process = self.house.start_as("root", ["/usr/bin/python3", str(HERE / program), *arguments],
                                      stdout=subprocess.PIPE)
        self.addCleanup(process.stop)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def without_polkit(self):
        self.bus.polkit.stop()
        self.addCleanup(self.bus._start_polkit)  # pylint: disable=protected-access

    def run_ctl(self, user, *argv, stdin=None):
        return self.house.run_as(user, [str(self.build / "agent" / "ctl" / "luytrectl"), *argv],
                                 stdin=stdin)


def main():
    """usage: test_*.py BUILD [UNITTEST-ARGUMENT...]"""
    BusTest.build = pathlib.Path(sys.argv.pop(1)).resolve()
    from lab import run_tests  # pylint: disable=import-outside-toplevel
    run_tests()
