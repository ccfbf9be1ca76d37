#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What open pages need: a page with helper hosts, a parent who looks, and a page that works.

usage: test_suggest.py LUYTRED LUYTRECTL SOURCE
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import ACCOUNTS, DNS4, WEB4, House, eventually, run_tests  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
CHOSEN = {"sites": {"default": "ask", "allow": ["school.test", "alias.test"],
                    "categories": {"games": "block"}}}
RULES = {
    "luytre": 1,
    "profiles": {"chosen": CHOSEN},
    "children": [{"user": "na", "profile": "chosen"}, {"user": "minh", "profile": "chosen"}],
}
HELP = "tongdai111.vn"
HELPERS = ("video.test", "news.test")

# Asks for as many names as it is told to, and waits for no answer; the kernel refuses some of them.
FLOOD = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(int(sys.argv[2])):
    name = b"".join(bytes([len(part)]) + part for part in (b"x%d" % n, b"flood", b"test"))
    try:
        s.sendto(n.to_bytes(2, "big") + bytes.fromhex("01000001000000000000") + name
                 + bytes.fromhex("0000010001"), (sys.argv[1], 53))
    except PermissionError:
        pass
"""


class Suggest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.house.start_servers()
        cls.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        cls.folder = cls.house.work / "lists"
        cls.folder.mkdir(mode=0o755)
        cls.close_games("games.test")
        cls.start_agent()
        done = cls.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    def tearDown(self):
        for user in ("na", "minh"):
            self.assertEqual(self.ctl("me", "sites", "suggest", "--end", user).rc, 0)
        for grant in self.grants():
            self.assertEqual(self.ctl("me", "revoke", str(grant["id"])).rc, 0)

    @classmethod
    def start_agent(cls):
        cls.agent = cls.house.start_agent([LUYTRED, "--lists-dir", str(cls.folder)], ready_s=20)

    @classmethod
    def close_games(cls, *names):
        """From now on these are games by a list."""
        text = cls.house.work / "games.txt"
        text.write_text("".join(f"0.0.0.0 {name}\n" for name in names), encoding="utf-8")
        new = cls.folder / "new"
        subprocess.run([LUYTRECTL, "lists", "compile", "-o", str(new), f"games:hosts={text}"],
                       check=True, capture_output=True)
        new.chmod(0o644)
        os.rename(new, cls.folder / "sites.set")

    @classmethod
    def ctl(cls, user, *words, stdin=None):
        return cls.house.run_as(user, [LUYTRECTL, *words], stdin=stdin)

    def grants(self):
        return [json.loads(line) for line in self.ctl("me", "grants", "--json").out.splitlines()]

    def suggested(self, user):
        done = self.ctl("me", "sites", "suggest", "--json", user)
        self.assertEqual(done.rc, 0, done.err)
        return {item["name"]: item for item in map(json.loads, done.out.splitlines())}

    def reviewed_until(self, user):
        done = self.house.run_as(user, [
            "gdbus", "call", "--system", "--dest", "org.luytre.Agent1", "--object-path",
            f"/org/luytre/Agent1/child/{ACCOUNTS[user][0]}", "--method",
            "org.freedesktop.DBus.Properties.Get", "org.luytre.Agent1.Child", "ReviewedUntil"])
        self.assertEqual(done.rc, 0, done.err)
        return int(done.out.split("int64")[1].strip(" \n>,()"))

    def open_page(self, user, page="school.test", helpers=HELPERS):
        """What a browser does: the page, then what it is made of; which of them did not come."""
        return [site for site in (page, *helpers) if self.house.run_as(user, [
            "curl", "-sS", "--max-time", "5", "-o", "/dev/null", "--resolve",
            f"{HELP}:443:{WEB4}", f"https://{site}/"]).rc != 0]

    def review_page(self, user, helpers=HELPERS):
        """Opens the page until the parent has seen what it needs: a busy machine may take longer
        from page to helper than pages do."""
        def seen():
            self.assertNotIn("school.test", self.open_page(user, helpers=helpers))
            return set(HELPERS) <= set(self.suggested(user))
        eventually(seen, "the helpers suggested", timeout=60)
        return self.suggested(user)

    def test_page_works_in_the_end(self):
        self.assertEqual(self.open_page("na"), list(HELPERS))
        # What was refused before is nobody's business.
        self.assertEqual(self.reviewed_until("na"), 0)
        self.assertEqual(self.suggested("na"), {})
        self.assertGreater(self.reviewed_until("na"), 0)
        found = self.review_page("na")
        self.assertEqual({item["site"] for item in found.values()}, {"school.test"})
        self.assertEqual(set(found), set(HELPERS))
        done = self.ctl("me", "sites", "accept", "na", *HELPERS)
        self.assertEqual(done.rc, 0, done.err)
        eventually(lambda: self.open_page("na") == [], "the page whole")
        self.assertEqual(self.suggested("na"), {})
        # It opened for the one child alone, and until a parent ends it.
        self.assertEqual(self.open_page("minh"), list(HELPERS))
        grants = self.grants()
        self.assertEqual({(grant["user"], grant["what"]) for grant in grants},
                         {("na", name) for name in HELPERS})
        self.assertEqual(self.ctl("me", "revoke", str(grants[0]["id"])).rc, 0)
        eventually(lambda: self.open_page("na") == [grants[0]["what"]], "the revoked one closed")

    def test_what_is_never_suggested(self):
        self.suggested("na")
        found = self.review_page("na", ("games.test", HELP, *HELPERS))
        self.assertEqual(set(found), set(HELPERS))
        for name in ("games.test", HELP, "chat.test", "school.test", "10.77.0.2", "no name"):
            self.assertNotEqual(self.ctl("me", "sites", "accept", "na", name).rc, 0, name)
        # A list that knows a helper since takes it out, on the screen and behind it.
        self.addCleanup(self.close_games, "games.test")
        self.close_games("games.test", "video.test")
        eventually(lambda: set(self.suggested("na")) == {"news.test"}, "the closed one gone")
        self.assertNotEqual(self.ctl("me", "sites", "accept", "na", "video.test").rc, 0)
        self.assertEqual(self.open_page("na"), list(HELPERS))

    def test_two_children(self):
        self.suggested("na")
        self.open_page("minh", helpers=("chat.test",))
        self.review_page("na")
        self.assertNotIn("chat.test", self.suggested("na"))
        self.assertEqual(self.reviewed_until("minh"), 0)
        self.assertEqual(self.suggested("minh"), {})
        self.assertNotEqual(self.ctl("na", "sites", "suggest", "na").rc, 0)
        self.assertNotEqual(self.ctl("na", "sites", "accept", "na", "video.test").rc, 0)
        self.assertNotEqual(self.ctl("guest", "sites", "suggest", "na").rc, 0)
        self.assertNotEqual(self.ctl("me", "sites", "suggest", "guest").rc, 0)

    def test_flood(self):
        self.suggested("na")
        self.review_page("na")
        done = self.house.run_as("na", ["/usr/bin/python3", "-c", FLOOD, DNS4, "3000"], timeout=30)
        self.assertEqual(done.rc, 0, done.err)
        found = self.review_page("na")
        self.assertLessEqual(len(found), 256)
        self.assertEqual(self.open_page("minh"), list(HELPERS))

    def test_what_is_left(self):
        self.suggested("na")
        self.assertIn("chat.test", self.review_page("na", ("chat.test", *HELPERS)))
        done = self.ctl("me", "sites", "suggest", "--end", "na")
        self.assertEqual(done.rc, 0, done.err)
        self.assertEqual(self.reviewed_until("na"), 0)
        self.assertEqual(self.suggested("na"), {})
        self.review_page("na")
        self.agent.kill(signal.SIGKILL)
        eventually(lambda: self.agent.poll() is not None, "the end of the agent")
        self.start_agent()
        self.assertEqual(self.reviewed_until("na"), 0)
        self.assertEqual(self.suggested("na"), {})
        kept = [path for path in self.house.path("/var/lib/luytre").rglob("*") if path.is_file()]
        self.assertTrue(kept)
        for path in (*kept, self.house.work / "agent.log"):
            self.assertNotIn(b"chat.test", path.read_bytes(), path)


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
