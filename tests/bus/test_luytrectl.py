#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""luytrectl's commands that speak to the agent: output and exit status. usage: ... BUILD"""

import datetime
import json
import subprocess

from family import NA, RULES, SOURCE, BusTest, main
from lab import eventually


class Luytrectl(BusTest):
    users = ("root",)

    def ctl(self, user, *argv, rc=0, stdin=None):
        done = self.run_ctl(user, *argv, stdin=stdin)
        self.assertEqual(done.rc, rc, f"{argv}: {done.out}{done.err}")
        if rc:
            self.assertTrue(done.err.startswith("luytrectl"), done.err)
        return done

    def objects(self, user, *argv):
        return [json.loads(line) for line in self.ctl(user, *argv, "--json").out.splitlines()]

    def test_status_and_children(self):
        self.assertIn("2 children", self.ctl("me", "status").out)
        status, = self.objects("na", "status")
        self.assertEqual([child["user"] for child in status["children"]], ["na"])
        self.assertEqual([(child["uid"], child["user"], child["profile"])
                          for child in self.objects("me", "children")],
                         [(NA, "na", "closed"), (NA + 1, "minh", "open")])
        self.assertEqual(self.objects("guest", "children"), [])
        self.assertRegex(self.ctl("me", "children").out, r"30001 +na +closed")

    def test_rules(self):
        text = json.dumps(RULES, indent=1)
        self.ctl("me", "rules", "set", "-", stdin=text)
        self.assertEqual(json.loads(self.ctl("me", "rules", "show").out), RULES)
        self.house.path("/home/me/rules.json").write_text(text, "utf-8")
        warnings, = self.objects("me", "rules", "set", "/home/me/rules.json")
        self.assertEqual(warnings, {"warnings": []})
        done = self.ctl("me", "rules", "set", "-", stdin='{"luytre": 1,\n"x": 1}', rc=1)
        self.assertIn("household.json:2:1: /x: ", done.err)
        self.ctl("na", "rules", "set", "-", stdin=text, rc=1)
        self.ctl("na", "rules", "show", rc=1)
        self.assertEqual(self.run_ctl("me", "rules", "set", "/no/such/file").rc, 2)
        self.assertEqual(self.run_ctl("me", "rules").rc, 2)

    def test_preset(self):
        """A parent picks one and is done; what the child had of its own stays."""
        self.addCleanup(self.set_rules, RULES)
        presets = ["--presets", str(SOURCE / "policy" / "data" / "presets")]
        listed = self.ctl("na", "rules", "preset", *presets).out.splitlines()
        self.assertEqual([line.split()[0] for line in listed],
                         ["b3_5", "b6_8", "b9_11", "b12_14", "b15_17", "school", "vn-147"])
        self.ctl("na", "rules", "preset", *presets, "na", "b15_17", rc=1)
        self.set_rules({"luytre": 1})
        self.ctl("me", "rules", "preset", *presets, "na", "b6_8")
        self.assertEqual([(child["user"], child["profile"])
                          for child in self.objects("me", "children")], [("na", "b6_8")])
        self.assertEqual(self.objects("me", "explain", "na", "new.test")[0]["action"], "ask")
        self.set_rules(RULES)
        self.assertIn("\"closed\" says itself", self.ctl(
            "me", "rules", "preset", *presets, "na", "b15_17").out)
        saved = json.loads(self.ctl("me", "rules", "show").out)
        self.assertEqual(saved["profiles"]["closed"],
                         {**RULES["profiles"]["closed"], "based-on": "b15_17"})
        self.assertEqual(saved["children"], RULES["children"])
        for words in (["na"], ["nobody-here", "b6_8"], ["na", "b6"]):
            self.assertEqual(self.run_ctl("me", "rules", "preset", *presets, *words).rc, 2)

    def test_ask_and_answer(self):
        request = self.objects("na", "ask", "games.test", "cho con 30 phút \033[2J")[0]["request"]
        asked, = [item for item in self.objects("me", "requests") if item["id"] == request]
        self.assertEqual((asked["what"], asked["user"], asked["state"], asked["answered"]),
                         ("games.test", "na", "open", None))
        self.assertNotIn("\033", self.ctl("me", "requests").out)
        grant, = self.objects("me", "grant", str(request), "30m", "--note", "ok")
        self.assertEqual((grant["until"] - grant["from"], grant["note"], grant["request"]),
                         (1800, "ok", request))
        self.assertNotIn(request, [item["id"] for item in self.objects("me", "requests")])
        self.assertIn("granted", {item["state"]
                                  for item in self.objects("me", "requests", "--all")})
        self.assertIn(grant["id"], [item["id"] for item in self.objects("na", "grants")])
        explained, = self.objects("na", "explain", "na", "games.test")
        self.assertEqual((explained["action"], explained["reason"], explained["owner"]),
                         ("allow", "grant", "grant"))
        until = datetime.datetime.fromisoformat(explained["until"]).timestamp()
        self.assertEqual(until, grant["until"])
        self.ctl("me", "revoke", str(grant["id"]))
        self.ctl("me", "revoke", str(grant["id"]), rc=1)
        eventually(lambda: self.objects("na", "explain", "na", "games.test")[0]["action"]
                   == "block", "the end of the grant")

    def test_refuse(self):
        request = self.objects("minh", "ask", "games.test")[0]["request"]
        self.ctl("minh", "refuse", str(request), rc=1)
        self.ctl("me", "refuse", str(request), "--note", "mai nhé")
        refused, = [item for item in self.objects("minh", "requests", "--all")
                    if item["id"] == request]
        self.assertEqual((refused["state"], refused["note"]), ("refused", "mai nhé"))
        self.ctl("me", "refuse", "999999", rc=1)

    def test_grant_without_request(self):
        def span(*argv):
            grant, = self.objects("me", "grant", "na", "video.test", *argv)
            return grant["until"] and grant["until"] - grant["from"]
        self.assertEqual(span(), 3600)
        self.assertEqual(span("--for", "2d"), 172800)
        self.assertIsNone(span("--for", "forever"))
        end = datetime.datetime.now().astimezone() + datetime.timedelta(minutes=90)
        self.assertAlmostEqual(span("--until", end.isoformat(timespec="seconds")), 5400, delta=3)
        for bad in (["--for", "soon"], ["--for", "0m"], ["--until", "2001-01-01T00:00"]):
            self.assertEqual(self.run_ctl("me", "grant", "na", "video.test", *bad).rc, 2, bad)
        self.ctl("me", "grant", "guest", "video.test", rc=1)
        self.assertEqual(self.run_ctl("me", "grant", "nobody-such", "video.test").rc, 2)
        self.ctl("na", "grant", "na", "video.test", rc=1)

    def test_explain(self):
        found = self.objects("me", "explain", "na", "www.school.test", "news.test", "10.0.0.1")
        self.assertEqual([(item["name"], item["action"], item["reason"]) for item in found],
                         [("www.school.test", "allow", "listed"), ("news.test", "block", "default"),
                          ("10.0.0.1", "block", "address")])
        self.assertIn("closed for na", self.ctl("na", "explain", "na", "news.test").out)
        self.ctl("minh", "explain", "na", "news.test", rc=1)
        self.ctl("me", "explain", "guest", "news.test", rc=1)

    def test_doctor(self):
        checks = {item["check"]: item["state"] for item in self.objects("me", "doctor")}
        for name in ("firewall", "rules", "store", "audit", "queue-drops", "dns-servers"):
            self.assertEqual(checks[name], "ok", name)
        self.ctl("na", "doctor", rc=1)

    def test_without_the_agent(self):
        self.agent.stop()
        try:
            for command in (["status"], ["children"], ["requests"], ["explain", "na", "a.test"]):
                self.ctl("me", *command, rc=2)
            done = self.ctl("me", "doctor", rc=2)
            self.assertIn("kernel-version", done.out)
        finally:
            self.start_agent()

    def test_a_slow_answer_is_waited_for(self):
        """A person types a password; nothing gives up in the meantime."""
        self.without_polkit()
        answer = self.house.work / "polkit-answer"
        polkit = self.start_helper("patient_polkit.py", str(answer))
        process = self.house.start_as("me", [
            str(self.build / "agent" / "ctl" / "luytrectl"), "rules", "show"],
            stdout=subprocess.DEVNULL)
        self.assertEqual(polkit.stdout.readline(), b"org.luytre.agent.read-rules 1\n")
        self.still_not(lambda: process.poll() is not None, "an end before the answer")
        answer.touch()
        self.assertEqual(process.wait(), 0)


if __name__ == "__main__":
    main()
