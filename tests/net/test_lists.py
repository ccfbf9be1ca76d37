#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled lists in force: a listed site is closed to a child, whoever asks learns by which list,
and a new set takes the old one's place while connections go on.

usage: test_lists.py LUYTRED LUYTRECTL SOURCE
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import WEB4, House, eventually, run_tests, slowed  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
RULES = {
    "luytre": 1,
    "profiles": {"na": {"sites": {"default": "allow", "categories": {
        "games": "block", "scam": "block"}}}},
    "children": [{"user": "na", "profile": "na"}],
}


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.house.start_servers()
        cls.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        cls.folder = cls.house.work / "lists"
        cls.folder.mkdir(mode=0o755)
        cls.put("games.test")
        cls.agent = cls.house.start_agent(
            [LUYTRED, "--lists-dir", str(cls.folder), "--lookalikes",
             str(pathlib.Path(SOURCE) / "policy" / "data" / "lookalikes.json")], ready_s=20)
        done = cls.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    @classmethod
    def put(cls, name):
        """A set whose games are @name, renamed into its place; when."""
        text = cls.house.work / f"list-of-{name}"
        text.write_text(f"0.0.0.0 {name}\n", encoding="utf-8")
        new = cls.folder / "new"
        subprocess.run([LUYTRECTL, "lists", "compile", "-o", str(new), f"games:hosts={text}"],
                       check=True, capture_output=True)
        new.chmod(0o644)
        os.rename(new, cls.folder / "sites.set")
        return time.monotonic()

    @classmethod
    def ctl(cls, user, *words, stdin=None):
        return cls.house.run_as(user, [LUYTRECTL, *words], stdin=stdin)

    def curl(self, user, site):
        return self.house.run_as(user, [
            "curl", "-sS", "--max-time", "5", "-o", "/dev/null", "--resolve",
            f"{site}:443:{WEB4}", f"https://{site}/"]).rc

    def look_up(self, user, site):
        return self.house.run_as(user, ["getent", "ahosts", site]).rc

    def explain(self, site):
        done = self.ctl("na", "explain", "--json", "na", site)
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def download(self, site):
        got = self.house.work / f"download-{time.monotonic_ns()}"
        with open(got, "wb") as output:
            process = self.house.start_as("na", [
                "curl", "-sS", "--no-buffer", "--max-time", "60", "--resolve",
                f"{site}:443:{WEB4}", f"https://{site}/slow"], stdout=output,
                stderr=subprocess.DEVNULL)
        self.addCleanup(process.stop)
        eventually(lambda: got.stat().st_size > 0, f"the download from {site}")
        return process

    def log(self):
        return (self.house.work / "agent.log").read_text(encoding="utf-8")

    def test_listed_site(self):
        self.put("games.test")
        eventually(lambda: self.explain("games.test")["action"] == "block", "the list in force")
        self.assertNotEqual(self.curl("na", "games.test"), 0)
        self.assertEqual(self.look_up("na", "games.test"), 2)
        self.assertEqual(self.curl("me", "games.test"), 0)
        self.assertEqual(self.look_up("me", "games.test"), 0)
        self.assertEqual(self.curl("na", "school.test"), 0)
        # Who, by which rule, by which list.
        said = self.explain("games.test")
        self.assertEqual({key: said[key] for key in ("action", "reason", "rule", "owner")},
                         {"action": "block", "reason": "category", "rule": "games",
                          "owner": "list:list-of-games.test"})
        # Lines of a hosts file are names alone.
        self.assertEqual(self.explain("www.games.test")["action"], "allow")

    def test_imitation(self):
        said = self.explain("vietc0mbank.com")
        self.assertEqual((said["action"], said["reason"], said["rule"]),
                         ("block", "lookalike", "vietcombank.com.vn"))
        self.assertEqual(self.explain("vietcombank.com.vn")["action"], "allow")

    def test_new_set(self):
        self.put("games.test")
        eventually(lambda: self.explain("games.test")["action"] == "block", "the first set")
        self.assertEqual(self.curl("na", "news.test"), 0)
        going_on = self.download("school.test")
        closed = self.download("news.test")
        since = self.put("news.test")
        eventually(lambda: self.explain("news.test")["action"] == "block", "the second set")
        took_s = time.monotonic() - since
        print(f"in force after {took_s:.2f} s", file=sys.stderr)
        self.assertLess(took_s, slowed(1.5))
        self.assertNotEqual(self.curl("na", "news.test"), 0)
        self.assertEqual(self.curl("na", "games.test"), 0)
        eventually(lambda: closed.poll() is not None, "what is closed now is cut")
        self.assertIsNone(going_on.poll())

    def test_damaged_set(self):
        self.put("games.test")
        eventually(lambda: self.explain("games.test")["action"] == "block", "the good set")
        new = self.folder / "new"
        new.write_text("<html>Please sign in</html>", encoding="utf-8")
        os.rename(new, self.folder / "sites.set")
        eventually(lambda: "the lists before these are in force" in self.log(), "the problem told")
        self.assertNotEqual(self.curl("na", "games.test"), 0)


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
