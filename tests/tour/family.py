# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of the tour: its rules, the agent, and what each child's screen shows."""

import json
import pathlib
import re
from typing import NamedTuple

from lab import eventually

from . import web

# Na may go anywhere but to what is listed; Minh only to what is listed. The parent has no rules.
RULES = {
    "luytre": 1,
    "profiles": {
        "na": {"sites": {
            "default": "allow", "unknown-protocols": "block", "safe-search": True,
            "block": ["games.test", "bets.test", "video.test", "shop.test", "chat.test",
                      web.ARCADE]}},
        "minh": {"sites": {
            "default": "block", "unknown-protocols": "block",
            "allow": ["school.test", "games.test"]}},
    },
    "children": [{"user": "na", "profile": "na"}, {"user": "minh", "profile": "minh"}],
}

SITES = ("school.test", "games.test", "bets.test", "video.test", "shop.test", "chat.test",
         "news.test", "music.test", "tongdai111.vn")
ALIASES = {"alias.test": "games.test"}
CHILDREN = ("na", "minh")
LANGUAGES = {"na": "en", "minh": "vi"}


class Notice(NamedTuple):
    """A notification that a child's screen shows."""

    title: str
    text: str
    actions: tuple


NOTIFY = re.compile(r'^[\d.]+ Notify "[^"\n]*" \d+ "[^"\n]*" "(?P<title>.*?)" "(?P<text>.*?)" '
                    r"\[(?P<actions>.*?)\] \{", re.MULTILINE | re.DOTALL)


class Family:
    """Everything of Lũy Tre in a house: the agent as luytre, an applet for each child."""

    def __init__(self, house, prefix, source):
        self.house = house
        self.prefix = pathlib.Path(prefix)
        self.source = pathlib.Path(source)
        self.agent = None
        self.caddy = None
        self.sessions = {}

    def start(self):
        self.house.start_servers(SITES, ALIASES, web.zone())
        self.caddy = web.start_servers(self.house)
        self.house.start_bus([self.source / "systemd" / "org.luytre.Agent1.conf"])
        self.house.path("/etc/luytre/policy.d").mkdir(parents=True, exist_ok=True)
        self.agent = self.house.start_agent(
            [str(self.prefix / "sbin" / "luytred"), "--presets-dir",
             str(self.prefix / "share" / "luytre" / "presets")], ready_s=20)
        rules = self.house.work / "rules.json"
        rules.write_text(json.dumps(RULES, indent=2) + "\n", encoding="ascii")
        self.must("me", "rules", "set", str(rules))
        for child in CHILDREN:
            self._start_screen(child)

    def _start_screen(self, child):
        """A session bus, a notification server that shows buttons, and the applet."""
        env = self.house.bus.start_session(child)
        self.sessions[child] = env
        self.house.start_as(child, [
            "/usr/bin/python3", "-m", "dbusmock", "--session", "-l", self._log(child), "-t",
            "notification_daemon", "-p", '{"capabilities": "body actions"}'], env=env)
        self._await_name(child, "org.freedesktop.Notifications")
        with open(self.house.work / f"tray-{child}.log", "wb") as log:
            self.house.start_as(
                child, [str(self.prefix / "bin" / "luytre-tray"), "--locale-dir",
                        str(self.prefix / "share" / "locale")],
                env={**env, "LC_ALL": "C.UTF-8", "LANGUAGE": LANGUAGES[child]}, stdout=log,
                stderr=log)
        self._await_name(child, "org.luytre.Tray")

    def _await_name(self, child, name):
        env = self.sessions[child]
        ask = ["gdbus", "wait", "--session", "--timeout", "15", name]
        done = self.house.run_as(child, ask, env=env, timeout=20)
        if done.rc != 0:
            raise RuntimeError(f"{name} did not appear on the session bus of {child}: {done.err}")

    @staticmethod
    def _log(child):
        return f"/home/{child}/notifications.log"

    def ctl(self, user, *words):
        """luytrectl, as a user types it."""
        return self.house.run_as(user, [str(self.prefix / "bin" / "luytrectl"), *words])

    def must(self, user, *words):
        done = self.ctl(user, *words)
        if done.rc != 0:
            raise RuntimeError(f"luytrectl {' '.join(words)}: {done.err or done.out}")
        return done.out

    def notices(self, child):
        """What the child's screen showed so far, oldest first."""
        path = self.house.path(self._log(child))
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        found = []
        for match in NOTIFY.finditer(text):
            actions = tuple(re.findall(r'"([^"]*)"', match["actions"]))
            found.append(Notice(match["title"], match["text"], actions))
        return found

    def told(self, child, site, since, timeout=2.0):
        """The first notice after the first @since that names @site; None if none came."""
        def find():
            return next((notice for notice in self.notices(child)[since:]
                         if site in notice.title or site in notice.text), None)
        try:
            return eventually(find, f"a notice of {site}", timeout)
        except TimeoutError:
            return None

    def press(self, child, number, action):
        """Presses a button of the child's notification @number (the first is 1)."""
        done = self.house.run_as(child, [
            "gdbus", "call", "--session", "--dest", "org.freedesktop.Notifications",
            "--object-path", "/org/freedesktop/Notifications", "--method",
            "org.freedesktop.DBus.Mock.EmitSignal", "org.freedesktop.Notifications",
            "ActionInvoked", "us", f"[<uint32 {number}>, <'{action}'>]"],
            env=self.sessions[child])
        if done.rc != 0:
            raise RuntimeError(done.err)

    def queued(self):
        """Packets that the kernel has queued for the agent since it bound its queues."""
        return sum(int(line.split()[7]) for line in self._queues())

    def dropped(self):
        return sum(int(line.split()[5]) + int(line.split()[6]) for line in self._queues())

    def _queues(self):
        done = self.house.run_as("root", ["cat", "/proc/net/netfilter/nfnetlink_queue"])
        return done.out.splitlines()
