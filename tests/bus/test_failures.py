#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way each failure falls: polkit, bus, rules, agent. usage: test_failures.py BUILD"""

import json
import signal

from family import NA, RULES, BusTest, Refused, main
from lab import eventually

CURL = ["curl", "-sS", "--max-time", "3", "-o", "/dev/null"]
GRANT = ("Grant", "(ussus)", [NA, "site", "a.test", 60, ""])


class Failures(BusTest):
    users = ("root", "me", "na")

    def has_table(self):
        return "luytre" in self.house.run_as("root", ["nft", "list", "tables"]).out

    def is_closed(self, site="games.test"):
        return self.house.run_as("na", [*CURL, f"http://{site}/"]).rc != 0

    def doctor(self):
        return {name: (state, words) for name, state, words in
                self.clients["root"].call("Doctor")[0]}

    def test_polkit_away(self):
        self.without_polkit()
        words = self.assert_refused("Failed", "me", *GRANT)
        self.assertIn("polkit", words)
        self.assert_refused("Failed", "me", "SetRules", "(s)", [json.dumps(RULES)])
        self.assert_refused("Denied", "na", *GRANT)
        self.clients["root"].call(*GRANT)

    def test_state_is_looked_at_after_the_answer(self):
        """While polkit waits for a password, the caller becomes a child: the answer is no."""
        self.without_polkit()
        answer = self.house.work / "polkit-answer"
        polkit = self.start_helper("patient_polkit.py", str(answer))
        me, root = self.clients["me"], self.clients["root"]
        me.send(*GRANT)
        self.assertEqual(polkit.stdout.readline(), b"org.luytre.agent.answer 1\n")
        self.set_rules(dict(RULES, children=[*RULES["children"],
                                             {"user": "me", "profile": "open"}]))
        answer.touch()
        with self.assertRaises(Refused) as caught:
            me.answer()
        self.assertEqual(caught.exception.name, "Denied")
        answer.unlink()

        # Meanwhile nobody else waited, and a parent gets what polkit allows.
        self.set_rules(RULES)
        me.send(*GRANT)
        self.assertEqual(polkit.stdout.readline(), b"org.luytre.agent.answer 1\n")
        self.clients["na"].ask("free.test")
        root.call("ListChildren")
        answer.touch()
        self.assertEqual(me.answer()[0]["what"], "a.test")

        # A program that allows no question gets none.
        me.send(*GRANT, ask=False)
        self.assertEqual(polkit.stdout.readline(), b"org.luytre.agent.answer 0\n")
        with self.assertRaises(Refused) as caught:
            me.answer()
        self.assertIn("password", caught.exception.message)

    def test_bad_rules(self):
        before = self.clients["me"].call("GetRules")
        message = self.assert_refused("Invalid", "me", "SetRules", "(s)",
                                      ['{"luytre": 1,\n "profiles": {"x": {"sites": 7}}}'])
        self.assertRegex(message, r"^household\.json:2:\d+: /profiles/x/sites: ")
        message = self.assert_refused("Invalid", "me", "SetRules", "(s)", ['{"luytre": 1,,}'])
        self.assertRegex(message, r"^household\.json:1:\d+: ")
        self.assertEqual(self.clients["me"].call("GetRules"), before)
        self.assertTrue(self.is_closed())

    def test_bad_site_file(self):
        folder = self.house.path("/etc/luytre/policy.d")
        folder.mkdir(parents=True, exist_ok=True)
        good = {"luytre": 1, "profiles": {"lab": {"sites": {"default": "block"}}},
                "children": [{"user": "guest", "profile": "lab"}]}

        def children():
            return {child[1] for child in self.clients["me"].call("ListChildren")[0]}
        try:
            (folder / "lab.json").write_text(json.dumps(good), "utf-8")
            eventually(lambda: "guest" in children(), "the site's child",
                       timeout=20, pause=0.1)
            (folder / "lab.json").write_text('{"luytre": 1,\n "oops": true}', "utf-8")
            eventually(lambda: "rules-problem" in self.doctor(), "the doctor's word",
                       timeout=20, pause=0.1)
            state, words = self.doctor()["rules-problem"]
            self.assertEqual(state, "weak")
            self.assertRegex(words, r"/etc/luytre/policy\.d/lab\.json:2:\d+: /oops: .*stays")
            self.assertIn("guest", children())
        finally:
            (folder / "lab.json").unlink()
        eventually(lambda: "guest" not in children(), "the end of the site's child",
                       timeout=20, pause=0.1)

    def test_bus_away(self):
        self.bus.daemon.kill()
        self.bus.daemon.wait()
        self.assertTrue(self.is_closed())
        self.assertFalse(self.is_closed("school.test"))
        self.assertIsNone(self.agent.poll())
        self.house.path(self.bus.SOCKET).unlink(missing_ok=True)
        config = self.house.work / "bus" / "system.conf"
        self.bus.daemon = self.bus._start_daemon("root", config)  # pylint: disable=W0212
        self.bus._start_polkit()  # pylint: disable=protected-access
        eventually(self.house.bus.has_agent, "the agent on the new bus", timeout=15)
        self.clients["me"].call("GetRules")
        self.assert_refused("Denied", "na", "GetRules")

    def test_killed_agent(self):
        me, na = self.clients["me"], self.clients["na"]
        request = na.ask("kept.test")
        grant = me.call("Grant", "(ussus)", [NA, "site", "video.test", 600, ""])[0]
        self.assertFalse(self.is_closed("video.test"))
        self.agent.kill(signal.SIGKILL)
        self.agent.wait()
        self.assertTrue(self.has_table())
        self.assertTrue(self.is_closed("news.test"))
        self.start_agent()
        self.assertFalse(self.is_closed("video.test"))
        self.assertIn(request, [item["id"] for item in me.call("ListRequests", "(b)", [True])[0]])
        me.call("Revoke", "(x)", [grant["id"]])
        self.assertEqual(self.doctor()["audit"][0], "ok")

    def test_stopped(self):
        """A stop by systemd takes the table away, a restart and an unknown reason leave it."""
        for job, stays in (("restart", True), (None, True), ("stop", False)):
            with self.subTest(job=job):
                helper = self.start_helper("fake_systemd.py", job) if job else None
                self.assertEqual(self.agent.stop(), 0)
                self.assertEqual(self.has_table(), stays)
                if helper:
                    helper.stop()
                self.start_agent()
        self.agent.stop()
        self.start_agent(with_systemd=False)
        self.assertTrue(self.has_table())
        self.assertEqual(self.agent.stop(), 0)
        self.assertFalse(self.has_table())
        self.assertFalse(self.is_closed())
        self.start_agent()

    def test_damaged_store(self):
        self.agent.stop()
        self.house.run_as("root", ["dd", "if=/dev/zero", "of=/var/lib/luytre/luytre.db", "bs=4096",
                                   "count=2", "conv=notrunc"])
        self.start_agent()
        checks = self.doctor()
        self.assertEqual(checks["store"][0], "ok")
        self.assertIn("luytre.db.damaged-", checks["store-damaged"][1])
        self.assertTrue(self.is_closed())
        self.clients["na"].ask("again.test")

    def test_full_disk(self):
        """Rules hold; what cannot be kept is said, and kept again when there is room."""
        self.agent.stop()
        self.house.run_as("root", ["sh", "-ec", "cd /var/lib/luytre; mkdir /run/full;"
                                   "mount -t tmpfs -o size=256k,uid=30099,mode=700 none /run/full;"
                                   "cp -a household.json /run/full; mount --bind /run/full .;"
                                   "cd /var/lib/luytre; cat /dev/zero >fill || true"])
        self.start_agent()
        self.assertTrue(self.is_closed())
        self.assertFalse(self.is_closed("school.test"))
        self.assertEqual(self.doctor()["store-disk"][0], "broken")
        self.assert_refused("Failed", "me", "SetRules", "(s)", [json.dumps(RULES)])
        self.clients["me"].call("Grant", "(ussus)", [NA, "site", "video.test", 60, ""])
        eventually(lambda: not self.is_closed("video.test"), "a grant without a disk")

        self.house.run_as("root", ["rm", "/var/lib/luytre/fill"])
        self.agent.stop()
        self.start_agent()
        self.assertNotIn("store-disk", self.doctor())
        self.set_rules(RULES)
        self.agent.stop()
        self.house.run_as("root", ["umount", "/var/lib/luytre", "/run/full"])
        self.start_agent()

    def test_damaged_household(self):
        self.set_rules(RULES)
        self.set_rules(dict(RULES, children=RULES["children"][:1]))
        self.agent.stop()
        self.house.path("/var/lib/luytre/household.json").write_text("{", "utf-8")
        self.start_agent()
        self.assertEqual({child[1] for child in self.clients["me"].call("ListChildren")[0]},
                         {"na", "minh"})
        self.assertIn("household.json:1:", self.doctor()["rules-problem"][1])
        self.set_rules(RULES)
        self.assertNotIn("rules-problem", self.doctor())


if __name__ == "__main__":
    main()
