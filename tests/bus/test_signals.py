#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking, granting, and who hears of it; limits. usage: test_signals.py BUILD"""

import signal
import time

from family import GUEST, MINH, NA, BusTest, Refused, child_path, main
from lab import eventually

CURL = ["curl", "-sS", "--max-time", "3", "-o", "/dev/null"]


class Signals(BusTest):
    def setUp(self):
        for client in self.clients.values():
            client.call("Subscribe")
            client.signals.clear()

    def hear(self, user, name, number=1):
        client = self.clients[user]
        eventually(lambda: len(client.bodies(name)) >= number, f"{name} to {user}")
        return client.bodies(name)[-1][0]

    def assert_silent(self, *users):
        heard = {"Blocked", "Asked", "Granted", "Refused", "Ended"}
        for user in users:
            self.assertFalse(heard & set(self.clients[user].names()), user)

    def opens(self, user, site):
        return self.house.run_as(user, [*CURL, f"http://{site}/"]).rc == 0

    def test_blocked(self):
        self.assertFalse(self.opens("na", "news.test"))
        told = self.hear("na", "Blocked")
        self.assertEqual((told["name"], told["action"], told["uid"], told["asked"]),
                         ("news.test", "block", NA, False))
        self.assertEqual((told["reason"], told["owner"]), ("default", "household"))
        self.hear("me", "Blocked")
        self.hear("root", "Blocked")
        for _ in range(3):
            self.assertFalse(self.opens("na", "news.test"))
        self.still_not(lambda: len(self.clients["na"].bodies("Blocked")) > 1, "told twice")
        self.assert_silent("minh", "guest")
        log = (self.house.work / "agent.log").read_text()
        self.assertNotIn("news.test", log)

    def test_ask_and_grant(self):
        na, me = self.clients["na"], self.clients["me"]
        request = na.ask("Games.TEST.", "xin mẹ")
        asked = self.hear("me", "Asked")
        self.assertEqual((asked["id"], asked["what"], asked["words"], asked["user"]),
                         (request, "games.test", "xin mẹ", "na"))
        self.hear("na", "Asked")
        self.assertEqual(na.ask("games.test"), request)
        self.assertFalse(self.opens("na", "games.test"))
        self.assertTrue(self.hear("na", "Blocked")["asked"])

        grant = me.call("Answer", "(xbus)", [request, True, 3600, "được"])[0]
        self.assertEqual((grant["what"], grant["by"], grant["until"] - grant["from"]),
                         ("games.test", 30000, 3600))
        self.assertEqual(self.hear("na", "Granted")["id"], grant["id"])
        start = time.monotonic()
        eventually(lambda: self.opens("na", "games.test"), "the granted site", timeout=1)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(self.assert_refused("NoSuch", "me", "Answer", "(xbus)",
                                             [request, True, 60, ""]),
                         "the request is not open any more")

        me.call("Revoke", "(x)", [grant["id"]])
        self.assertEqual(self.hear("na", "Ended")["id"], grant["id"])
        self.hear("me", "Ended")
        eventually(lambda: not self.opens("na", "games.test"), "the end of the grant", timeout=1)
        self.assertEqual(len(na.bodies("Ended")), 1)
        self.assert_silent("minh", "guest")

    def test_refuse(self):
        request = self.clients["minh"].ask("games.test", uid=MINH)
        answer = self.clients["me"].call("Answer", "(xbus)", [request, False, 0, "mai nhé"])[0]
        self.assertEqual(answer, {})
        told = self.hear("minh", "Refused")
        self.assertEqual((told["id"], told["note"], told["state"]), (request, "mai nhé", "refused"))
        self.assert_silent("na", "guest")

    def test_a_grant_runs_out(self):
        """Its moment is written into the store while no agent runs: none is as short as this."""
        grant = self.clients["me"].call("Grant", "(ussus)", [NA, "site", "video.test", 60, ""])[0]
        type(self).agent.kill(signal.SIGKILL)
        self.agent.wait()
        until = int(time.time()) + 4
        program = ("import sqlite3, sys; database = sqlite3.connect('/var/lib/luytre/luytre.db');"
                   "database.execute('UPDATE grants SET ends = ? WHERE id = ?', sys.argv[1:]);"
                   "database.commit()")
        done = self.house.run_as("luytre", ["/usr/bin/python3", "-c", program, str(until),
                                            str(grant["id"])])
        self.assertEqual(done.rc, 0, done.err)
        self.start_agent()
        for user in ("na", "me"):
            self.clients[user].call("Subscribe")
            self.clients[user].signals.clear()
        self.assertTrue(self.opens("na", "video.test"))
        self.assertEqual(self.hear("na", "Ended")["id"], grant["id"])
        self.assertGreaterEqual(time.time(), until)
        self.assertLess(time.time(), until + 1.5)
        self.assertFalse(self.opens("na", "video.test"))

    def test_arguments(self):
        bad = [
            ("me", "Grant", "(ussus)", [NA, "time", "a.test", 60, ""], "Invalid"),
            ("me", "Grant", "(ussus)", [NA, "site", "a..test", 60, ""], "Invalid"),
            ("me", "Grant", "(ussus)", [NA, "site", "10.0.0.1", 60, ""], "Invalid"),
            ("me", "Grant", "(ussus)", [NA, "site", "a.test", 59, ""], "Invalid"),
            ("me", "Grant", "(ussus)", [NA, "site", "a.test", 31536001, ""], "Invalid"),
            ("me", "Grant", "(ussus)", [NA, "site", "a.test", 60, "ă" * 501], "Invalid"),
            ("me", "Grant", "(ussus)", [GUEST, "site", "a.test", 60, ""], "NoSuch"),
            ("me", "Answer", "(xbus)", [-1, True, 60, ""], "NoSuch"),
            ("me", "SetRules", "(s)", [" " * 1024 * 1024 + "{}"], "Invalid"),
        ]
        for user, member, signature, arguments, wanted in bad:
            with self.subTest(member=member, arguments=str(arguments)[:60]):
                self.assert_refused(wanted, user, member, signature, arguments)
        self.assert_refused("Invalid", "minh", "Explain", "(as)", [["a.test"] * 101],
                            path=child_path(MINH))
        self.assert_refused("Invalid", "minh", "Ask", "(sss)", ["site", "a.test", "ă" * 501],
                            path=child_path(MINH))


class Limits(BusTest):
    users = ("root", "na", "minh")

    def test_asking(self):
        na = self.clients["na"]
        for number in range(10):
            na.ask(f"{number}.test")
        self.assert_refused("Limit", "na", "Ask", "(sss)", ["site", "more.test", ""],
                            path=child_path(NA))
        self.clients["minh"].ask("more.test", uid=MINH)

    def outcomes(self, client, number):
        found = set()
        for _ in range(number):
            try:
                client.answer()
                found.add("ok")
            except Refused as refused:
                found.add(refused.name.rpartition(".")[2])
        return found

    def test_calls(self):
        minh = self.clients["minh"]
        found = set()
        for _ in range(300):
            minh.send("ListChildren")
            found |= self.outcomes(minh, 1)
        self.assertEqual(found, {"ok", "Limit"})
        self.clients["root"].call("ListChildren")

    def test_calls_without_waiting(self):
        """The bus has a bound of its own, LimitsExceeded, behind ours."""
        minh = self.clients["minh"]
        for _ in range(500):
            minh.send("ListChildren")
        found = self.outcomes(minh, 500)
        self.assertIn("Limit", found)
        self.assertLessEqual(found, {"ok", "Limit", "LimitsExceeded"})
        self.clients["root"].call("ListChildren")

    def test_subscribers(self):
        self.clients["na"].order(subscribe=20)
        self.assertEqual(self.clients["na"].answer(), [16, 4])
        self.clients["minh"].call("Subscribe")
        self.clients["na"].process.kill()
        self.clients["na"].process.wait()


if __name__ == "__main__":
    main()
