#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""luytrectl explain and policy check on files: usage: test_explain.py LUYTRECTL SOURCE_ROOT."""

import grp
import json
import os
import pathlib
import pwd
import subprocess
import sys
import tempfile
import unittest

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
PRESETS = ROOT / "policy" / "data" / "presets"

SITE = {
    "luytre": 1,
    "profiles": {
        "class": {
            "based-on": "school",
            "locked": ["sites.block"],
            "sites": {"allow": ["lesson.example"], "block": ["chat.example"]},
        }
    },
    "children": [{"user": "nobody-here", "profile": "class"}],
}
HOUSEHOLD = {
    "luytre": 1,
    "profiles": {
        "na": {
            "based-on": "b9_11",
            "sites": {
                "default": "warn",
                "categories": {"games": {"action": "budget", "budget": "games"}, "video": "ask"},
                "allow": ["olm.vn", "chat.example", "mạng.vn"],
                "block": ["bad.example", "192.0.2.1"],
            },
        }
    },
    "categories": {"games": ["play.example"], "video": ["film.example"]},
    "children": [{"user": "nobody-here", "profile": "na"}, {"user": "lost", "profile": "none"}],
}


class FilesTest(unittest.TestCase):
    """Each test has a folder of its own with both files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.site = self.write("site.json", json.dumps(SITE))
        self.household = self.write("household.json", json.dumps(HOUSEHOLD))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run_ctl(self, *arguments, status=0):
        environment = dict(
            os.environ, LUYTRE_PRESETS=str(PRESETS), TZ="Asia/Ho_Chi_Minh", LC_ALL="C.UTF-8"
        )
        done = subprocess.run(
            [LUYTRECTL, *arguments], capture_output=True, text=True, env=environment, check=False
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def explain(self, *names, user="nobody-here", site=True):
        files = ["--policy", self.household] + (["--policy", f"site:{self.site}"] if site else [])
        done = self.run_ctl("explain", "--json", *files, user, *names)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_keys(self):
        (answer,) = self.explain("olm.vn")
        self.assertEqual(
            list(answer), ["user", "name", "action", "reason", "rule", "owner", "until"]
        )
        self.assertEqual(
            answer,
            {
                "user": "nobody-here",
                "name": "olm.vn",
                "action": "allow",
                "reason": "listed",
                "rule": "olm.vn",
                "owner": "household",
                "until": None,
            },
        )

    def test_answers(self):
        rows = [
            ("OLM.vn.", "allow", "listed", "olm.vn", "household"),
            ("rs.olm.vn", "allow", "listed", "olm.vn", "household"),
            ("MẠNG.vn", "allow", "listed", "xn--mng-sgz.vn", "household"),
            ("a.bad.example", "block", "listed", "bad.example", "household"),
            ("chat.example", "block", "listed", "chat.example", "site"),
            ("lesson.example", "allow", "listed", "lesson.example", "site"),
            ("play.example", "budget", "category", "games", "household"),
            ("film.example", "ask", "category", "video", "household"),
            ("other.example", "warn", "default", "default", "household"),
            ("192.0.2.1", "block", "listed", "192.0.2.1", "household"),
            ("192.0.2.2", "block", "address", "unknown-protocols", "preset"),
            ("www.tongdai111.vn", "allow", "help", "tongdai111.vn", "help"),
            ("not a name", "block", "bad-name", "bad-name", "default"),
        ]
        answers = self.explain(*[row[0] for row in rows])
        got = [tuple(a[k] for k in ("name", "action", "reason", "rule", "owner")) for a in answers]
        self.assertEqual(got, rows)

    def test_layers(self):
        """Without the site's file its lock is gone."""
        self.assertEqual(self.explain("chat.example", site=False)[0]["owner"], "household")

    def test_words(self):
        names = ["olm.vn", "x.example"]
        done = self.run_ctl("explain", "--policy", self.household, "nobody-here", *names)
        self.assertEqual(
            done.stdout.splitlines(),
            [
                "olm.vn: open for nobody-here: an entry names it (olm.vn), "
                "by the household's rules",
                "x.example: open, with a warning for nobody-here: nothing else is said of it, "
                "by the household's rules",
            ],
        )

    def test_group(self):
        """A user who exists here is also a child by a group."""
        account = pwd.getpwuid(os.getuid())
        group = grp.getgrgid(account.pw_gid).gr_name
        policy = {
            "luytre": 1,
            "profiles": {"p": {"sites": {"default": "ask"}}},
            "children": [{"group": group, "profile": "p"}],
        }
        path = self.write("group.json", json.dumps(policy))
        done = self.run_ctl("explain", "--json", "--policy", path, account.pw_name, "a.example")
        self.assertEqual(json.loads(done.stdout)["action"], "ask")

    def test_not_a_child(self):
        done = self.run_ctl("explain", "--policy", self.household, "bo", "olm.vn", status=1)
        self.assertEqual(done.stdout, "")
        self.assertIn("no rules for bo", done.stderr)

    def test_missing_profile(self):
        done = self.run_ctl("explain", "--json", "--policy", self.household, "lost", "olm.vn")
        self.assertEqual(json.loads(done.stdout)["action"], "block")
        self.assertIn('/children/1/profile: no profile is called "none"', done.stderr)

    def test_usage(self):
        bad = self.write("bad.json", '{"luytre":1,\n "profile":{}}')
        for arguments, words in (
            (["explain"], "name a user"),
            (["explain", "--policy", self.household, "na"], "name a user"),
            (["explain", "--policy", "/nowhere", "na", "olm.vn"], "/nowhere: No such file"),
            (["explain", "--policy", self.folder, "na", "olm.vn"], "Is a directory"),
            (["explain", "--policy", bad, "na", "olm.vn"], 'bad.json:2:2: /profile: "profile"'),
            (["explain", "--policy", self.household, "--at", "noon", "na", "olm.vn"], "no moment"),
            (["explain", "--policy", self.site, "--presets", "/none", "a", "b.vn"], "/none"),
            (["explain", "--what"], "Unknown option"),
            (["policy"], "Usage"),
            (["policy", "chek"], "Usage"),
            (["policy", "check"], "name one or more files"),
        ):
            with self.subTest(arguments):
                self.assertIn(words, self.run_ctl(*arguments, status=2).stderr)

    def test_moments(self):
        for moment in ("2027-02-06T18:00", "2027-02-06T18:00+07:00", "20270206T110000Z"):
            self.run_ctl("explain", "--at", moment, "--policy", self.household, "lost", "a.vn")

    def test_check(self):
        done = self.run_ctl("policy", "check", self.household, f"site:{self.site}")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], f"{self.site}: valid")
        self.assertIn(f"{self.household}: valid", lines)
        self.assertTrue(lines[0].startswith(f"{self.household}:1:"), lines[0])
        self.assertIn('no profile is called "none"', lines[0])
        self.assertTrue(lines[0].endswith("(warning)"))

    def test_check_invalid(self):
        bad = self.write("bad.json", '{"luytre":1,\n "profile":{}}')
        done = self.run_ctl("policy", "check", bad, f"site:{self.site}", status=1)
        self.assertEqual(
            done.stderr,
            f'{bad}:2:2: /profile: "profile" is not known here; did you mean "profiles"?\n',
        )
        self.assertEqual(done.stdout, f"{self.site}: valid\n")
        done = self.run_ctl("policy", "check", "--json", bad, "/nowhere", status=2)
        first, second = (json.loads(line) for line in done.stdout.splitlines())
        self.assertEqual((first["file"], first["valid"]), (str(bad), False))
        self.assertIn(":2:2: /profile: ", first["error"])
        self.assertEqual((second["file"], second["valid"]), ("/nowhere", False))

    def test_check_large(self):
        """Read no further than needed to refuse it."""
        large = self.write("large.json", " " * (1024 * 1024 + 1))
        self.assertIn("more than 1 MiB", self.run_ctl("policy", "check", large, status=1).stderr)
        self.assertIn("1 MiB", self.run_ctl("policy", "check", "/dev/zero", status=1).stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
