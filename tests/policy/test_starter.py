#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sites that the youngest begin with: usage: test_starter.py LUYTRECTL SOURCE_ROOT."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
DATA = ROOT / "policy" / "data"
STARTER = json.loads((DATA / "presets" / "starter-sites.json").read_text(encoding="utf-8"))

BASES = {"b3_5": "3+", "b6_8": "6+", "b9_11": "9+"}
SMALL = {
    "luytre": 1,
    "starter-sites": [
        {
            "sites": ["learn.example", "*.deep.example"],
            "helpers": ["=cdn.example"],
            "category": "edu",
            "ages": "3+",
            "languages": ["vi"],
            "verified": None,
        },
        {
            "sites": ["play.example"],
            "category": "games",
            "ages": "6+",
            "languages": ["en"],
            "verified": "2027-02-06",
        },
    ],
    "profiles": {
        "small": {
            "based-on": "starter-6",
            "sites": {"default": "ask", "categories": {"video": "ask", "shopping": "warn"}},
        },
        "smallest": {"based-on": "starter-3", "sites": {"default": "ask"}},
    },
}
LISTED = ("allow", "starter", "learn.example", "preset")
ASK = ("ask", "default", "default", "preset")


class StarterTest(unittest.TestCase):
    """Whatever the layers say of such a site."""

    maxDiff = None

    def run_ctl(self, presets, layers, names, *options):
        """(action, reason, rule, owner) by name; `layers`: documents by layer."""
        with tempfile.TemporaryDirectory() as folder:
            arguments = []
            for layer, document in layers.items():
                path = pathlib.Path(folder, f"{layer}.json")
                path.write_text(json.dumps({"luytre": 1, **document}), encoding="utf-8")
                arguments += ["--policy", f"{layer}:{path}"]
            done = subprocess.run(
                [LUYTRECTL, "explain", *options, "--presets", presets, *arguments]
                + ["nobody-here", *names],
                capture_output=True,
                text=True,
                check=True,
            )
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def decide(self, presets, layers, names, *options):
        rows = [
            json.loads(line) for line in self.run_ctl(presets, layers, names, "--json", *options)
        ]
        keys = ("action", "reason", "rule", "owner")
        return {row["name"]: tuple(row[key] for key in keys) for row in rows}

    def decide_small(self, household, names, profile="small", **layers):
        """A child of a profile that is based on `profile` and has what `household` says."""
        children = [{"user": "nobody-here", "profile": "na"}]
        sites = {key: household[key] for key in household if key != "kinds"}
        own = {
            "profiles": {"na": {"based-on": profile, "sites": sites}},
            "categories": household.get("kinds", {}),
            "children": children,
        }
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "small.json").write_text(json.dumps(SMALL), encoding="utf-8")
            return self.decide(folder, {"household": own, **layers}, names)

    def test_names(self):
        rows = {
            "learn.example": LISTED,
            "www.learn.example": LISTED,
            "a.deep.example": ("allow", "starter", "*.deep.example", "preset"),
            "deep.example": ASK,
            "cdn.example": ("allow", "starter", "=cdn.example", "preset"),
            "other.cdn.example": ASK,
            "mylearn.example": ASK,
            "learn.example.evil.example": ASK,
            "play.example": ("allow", "starter", "play.example", "preset"),
        }
        self.assertEqual(self.decide_small({}, rows), rows)
        rows["play.example"] = ASK
        self.assertEqual(self.decide_small({}, rows, profile="smallest"), rows)

    def test_layers(self):
        """The list spares a question and nothing else; a person's word comes first."""
        kind = {"kinds": {"video": ["learn.example"]}}
        own = ("block", "listed", "learn.example", "household")
        rows = [
            ("only allowed sites", {"default": "block"}, LISTED),
            ("a kind that asks", kind, LISTED),
            ("a parent closes it", {"block": ["learn.example"]}, own),
            ("a parent opens it", {"allow": ["learn.example"]}, ("allow",) + own[1:]),
            (
                "a parent closes its kind",
                {**kind, "categories": {"video": "block"}},
                ("block", "category", "video", "household"),
            ),
            (
                "a parent closes the kind that the list gives it",
                {"categories": {"edu": "block"}},
                ("block", "category", "edu", "household"),
            ),
            (
                "it has become a betting site",
                {"kinds": {"gambling": ["learn.example"]}, "categories": {"gambling": "block"}},
                ("block", "category", "gambling", "household"),
            ),
            (
                "a kind with a warning",
                {"kinds": {"shopping": ["learn.example"]}},
                ("warn", "category", "shopping", "preset"),
            ),
        ]
        for label, household, wanted in rows:
            with self.subTest(label):
                got = self.decide_small(household, ["learn.example"])
                self.assertEqual(got, {"learn.example": wanted})

    def test_kind_without_list(self):
        """What kind a site is says the list to nobody but those who have the list."""
        sites = {"default": "block", "categories": {"edu": "allow", "games": "allow"}}
        household = {
            "profiles": {"na": {"sites": sites}},
            "children": [{"user": "nobody-here", "profile": "na"}],
        }
        got = self.decide(DATA / "presets", {"household": household}, ["olm.vn", "pbskids.org"])
        self.assertEqual({answer[0] for answer in got.values()}, {"block"})

    def test_locks(self):
        """What a school locks, a household's list does not open."""
        rows = [
            ({"default": "block"}, ["sites.default"], ("block", "default", "default", "site")),
            (
                {"categories": {"edu": "block"}, "default": "allow"},
                ["sites.categories.edu"],
                ("block", "category", "edu", "site"),
            ),
            (
                {"block": ["learn.example"], "default": "allow"},
                ["sites.block"],
                ("block", "listed", "learn.example", "site"),
            ),
        ]
        for sites, locked, wanted in rows:
            site = {
                "profiles": {"exam": {"sites": sites, "locked": locked}},
                "children": [{"user": "nobody-here", "profile": "exam"}],
            }
            with self.subTest(locked):
                got = self.decide_small({}, ["learn.example"], site=site)
                self.assertEqual(got, {"learn.example": wanted})

    def test_words(self):
        household = {"children": [{"user": "nobody-here", "profile": "b6_8"}]}
        self.assertEqual(
            self.run_ctl(DATA / "presets", {"household": household}, ["olm.vn"]),
            ["olm.vn: open for nobody-here: the starter list for this age has it (olm.vn), "
             "by a preset"],
        )

    def test_data(self):
        """Each site is open from its age on, helpers too, and none is taken for an imitation."""
        for preset, age in BASES.items():
            names, later = {}, []
            for element in STARTER["starter-sites"]:
                hosts = [host.lstrip("=*.") for host in element.get("sites", [])]
                helpers = [host.lstrip("=") for host in element.get("helpers", [])]
                if element["ages"] <= age:
                    names.update(dict.fromkeys(hosts, element["category"]))
                    names.update(dict.fromkeys(helpers, None))
                else:
                    later += hosts
            household = {"children": [{"user": "nobody-here", "profile": preset}]}
            got = self.decide(
                DATA / "presets", {"household": household}, [*names, *later],
                "--lookalikes", str(DATA / "lookalikes.json"),
            )
            for host, kind in names.items():
                limited = kind == "games" and preset != "b3_5"
                self.assertEqual(got[host][0], "budget" if limited else "allow", (preset, host))
            for host in later:
                self.assertEqual(got[host][0], "ask", (preset, host))

    def test_entries(self):
        """Dated by a person or by nobody; each site once; helpers shared, but never sites too."""
        sites, helpers = [], set()
        for element in STARTER["starter-sites"]:
            self.assertTrue(element["languages"])
            sites += element.get("sites", [])
            helpers |= set(element.get("helpers", []))
        self.assertEqual(len(sites), len(set(sites)))
        self.assertFalse({helper.lstrip("=") for helper in helpers} & set(sites))
        self.assertGreaterEqual(len(sites), 40)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
