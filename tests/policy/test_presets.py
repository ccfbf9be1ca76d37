#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each preset does, beside its data: usage: test_presets.py LUYTRECTL SOURCE_ROOT."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()
PRESETS = ROOT / "policy" / "data" / "presets"

BANDS = ("b3_5", "b6_8", "b9_11", "b12_14", "b15_17")
COLUMNS = BANDS + ("school", "vn-147")


# Open, Warn, a budget's Time, Ask, Block: from the mildest to the strictest. Where playing is open,
# its time is limited; what a teacher opens is asked for. The decree is about playing alone.
ACTIONS = {"O": "allow", "W": "warn", "T": "budget", "A": "ask", "B": "block"}
CATEGORIES = """
    csam B B B B B B B        adult B B B B B B O       nudity B B B B W B O
    dating B B B B B B O      grooming B B B B B B O    violence B B B B W B O
    horror B B B W O W O      selfharm B B B B B B O    eating B B B B B B O
    bully B B B B B B O       hate B B B B B B O        extremism B B B B B B O
    weapons B B B B B B O     drugs B B B B B B O       tobacco B B B B B B O
    alcohol B B B B W B O     gambling B B B B B B O    gamecash B B B B B B O
    lootbox B B B A W B O     scam B B B B B B O        jobscam B B B B B B O
    loan B B B B B B O        crypto B B B B B B O      malware B B B B B B O
    cheat B B B B W B O       piracy B B B B W B O      privacy B B B B W B O
    misinfo B B W W O W O     superstition B B W W O W O
    profanity B B B W O B O   toxicvid B B B W O B O    ads B B B B B B O
    bypass B B B B A B O      social B B B A O B O      chat B B A A O B O
    video A W W O O A O       shortvid B B B A W B O    games A T T T T B T
    livestream B B B A W B O  shopping B B A A O B O    ai B B A A O A O
    search B B B W W B O      sexed A A O O O O O       health O O O O O O O
    edu O O O O O O O         help O O O O O O O
"""
# What nobody has put into a kind: the young ask for it.
UNKNOWN = "A A A O O O O".split()

# Minutes on weekdays and at weekends, one stretch and its break, playing in all on the same days,
# one title, and when the computer is open. A school's lessons and the decree set no hours.
HOURS = {
    "b3_5": (30, 60, 20, 10, 20, 20, None, "07:00-19:30"),
    "b6_8": (45, 90, 25, 10, 30, 30, None, "06:00-20:00"),
    "b9_11": (60, 120, 30, 10, 45, 60, None, "06:00-20:30"),
    "b12_14": (90, 150, 45, 10, 90, 90, 60, "06:00-21:00"),
    "b15_17": (120, 180, 50, 5, 180, 180, 60, "06:00-22:00"),
    "school": (None,) * 8,
    "vn-147": (None, None, None, None, 180, 180, 60, None),
}
SETTINGS = {
    "sites.safe-search": dict.fromkeys(BANDS + ("school",), True),
    "sites.youtube": dict(
        b3_5="strict",
        b6_8="strict",
        b9_11="strict",
        b12_14="moderate",
        b15_17="moderate",
        school="strict",
    ),
    "sites.vpn": dict.fromkeys(BANDS + ("school",), "block"),
    "sites.unknown-protocols": dict.fromkeys(BANDS + ("school",), "block"),
    "privacy.parent-sees": dict(
        b3_5="totals",
        b6_8="totals",
        b9_11="categories",
        b12_14="categories",
        b15_17="totals",
        school="totals",
    ),
    "privacy.keep": dict.fromkeys(BANDS + ("school",), "7d"),
}
# Where an older child has less than a younger one, and why.
STRICTER_WHEN_OLDER = {
    ("b12_14", "title"): "a limit for one title: the decree's, which younger ones' total is below",
}
HELP = ("tongdai111.vn", "www.tongdai111.vn", "vn-cop.vn", "ntrust.vn", "chongluadao.vn")


def table():
    """Category to its letters, by column."""
    rows = re.findall(r"([a-z]+)((?: [OWTAB]){7})(?= |$)", CATEGORIES, re.MULTILINE)
    return {name: letters.split() for name, letters in rows}


def minutes(text):
    return int(re.fullmatch(r"([0-9]+)m", text)[1])


def by_day(value):
    """(weekdays, weekends) of a budget."""
    if isinstance(value, str):
        return minutes(value), minutes(value)
    return minutes(value["mon-fri"]), minutes(value["sat-sun"])


def strictness(letters):
    return ["OWTAB".index(letter) for letter in letters]


class PresetsTest(unittest.TestCase):
    """A child for each preset, who has nothing but it."""

    maxDiff = None

    def run_ctl(self, document, *arguments, layer="household"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "rules.json")
            path.write_text(json.dumps(document), encoding="utf-8")
            done = subprocess.run(
                [LUYTRECTL, *arguments[:-1], "--json", "--policy", f"{layer}:{path}"]
                + arguments[-1],
                capture_output=True,
                text=True,
                env=dict(os.environ, LUYTRE_PRESETS=str(PRESETS), LC_ALL="C.UTF-8"),
                check=True,
            )
        return [json.loads(line) for line in done.stdout.splitlines()]

    @staticmethod
    def document(preset, **more):
        children = [{"user": "nobody-here", "profile": preset}]
        return {"luytre": 1, "children": children, **more}

    def settings(self, preset):
        rows = self.run_ctl(self.document(preset), "rules", "explain", ["nobody-here"])
        return {row["setting"]: row["value"] for row in rows}

    def decide(self, document, names):
        rows = self.run_ctl(document, "explain", ["nobody-here", *names])
        return {row["name"]: row for row in rows}

    def test_categories(self):
        rows = table()
        sites = {name: [f"{name}.example"] for name in rows}
        schema = json.loads((ROOT / "policy" / "policy-1.schema.json").read_text("utf-8"))
        self.assertEqual(sorted(rows), sorted(schema["$defs"]["category"]["enum"]))
        for i, preset in enumerate(COLUMNS):
            decided = self.decide(
                self.document(preset, categories=sites),
                [*(f"www.{name}.example" for name in rows), "new.example"],
            )
            with self.subTest(preset):
                self.assertEqual(
                    {name: decided[f"www.{name}.example"]["action"] for name in rows},
                    {name: ACTIONS[letters[i]] for name, letters in rows.items()},
                )
                self.assertEqual(decided["new.example"]["action"], ACTIONS[UNKNOWN[i]])

    def test_sex_education(self):
        """A list that calls it pornography closes it to nobody to whom it is open."""
        row = table()["sexed"]
        sites = {"sexed": ["puberty.example"], "adult": ["puberty.example"]}
        for i, preset in enumerate(COLUMNS):
            answer = self.decide(self.document(preset, categories=sites), ["puberty.example"])
            self.assertEqual(answer["puberty.example"]["action"], ACTIONS[row[i]], preset)

    def test_hours(self):
        for preset in COLUMNS:
            got = self.settings(preset)
            week, weekend, stretch, rest, play, weekend_play, title, window = HOURS[preset]
            budget = got.get("time.budget")
            pause = got.get("time.break")
            games = got.get("budgets", {}).get("games")
            windows = got.get("time.windows")
            with self.subTest(preset):
                self.assertEqual(by_day(budget) if budget else (None, None), (week, weekend))
                self.assertEqual(
                    (minutes(pause["every"]), minutes(pause["for"])) if pause else (None, None),
                    (stretch, rest),
                )
                self.assertEqual(
                    by_day(games["all"]) if games else (None, None), (play, weekend_play)
                )
                each = games.get("each") if games else None
                self.assertEqual(minutes(each) if each else None, title)
                self.assertEqual(windows, {"mon-sun": [window]} if window else None)
        self.assertEqual(self.settings("vn-147")["budgets"]["games"]["remind"], "30m")

    def test_settings(self):
        for preset in COLUMNS:
            got = self.settings(preset)
            for setting, wanted in SETTINGS.items():
                with self.subTest(preset=preset, setting=setting):
                    self.assertEqual(got.get(setting), wanted.get(preset))

    def test_growing_up(self):
        """Nothing gets stricter with a birthday but for what is reasoned above."""
        found = set()
        rows = {name: strictness(letters[: len(BANDS)]) for name, letters in table().items()}
        rows["unknown"] = strictness(UNKNOWN[: len(BANDS)])
        for name, values in rows.items():
            self.assertEqual(values, sorted(values, reverse=True), name)
        for younger, older in zip(BANDS, BANDS[1:]):
            first, second = HOURS[younger], HOURS[older]
            for i, what in enumerate(("week", "weekend", "stretch")):
                self.assertGreaterEqual(second[i], first[i], (older, what))
            self.assertLessEqual(second[3], first[3], (older, "break"))
            for i in (4, 5):
                self.assertGreaterEqual(second[i], first[i], (older, "play"))
            begins, ends = zip(first[7].split("-"), second[7].split("-"))
            self.assertGreaterEqual(begins[0], begins[1], older)
            self.assertLessEqual(ends[0], ends[1], older)
            if (first[6] or 24 * 60) > (second[6] or 24 * 60):
                found.add((older, "title"))
        self.assertEqual(found, set(STRICTER_WHEN_OLDER))

    def test_school_lock(self):
        """What a school takes from its preset and locks, no preset of the parent's loosens."""
        locked = ["sites.default", "sites.categories.social", "sites.youtube"]
        site = {
            "luytre": 1,
            "profiles": {"class": {"based-on": "b9_11", "locked": locked}},
            "children": [{"user": "nobody-here", "profile": "class"}],
            "categories": {"social": ["social.example"]},
        }
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "site.json")
            path.write_text(json.dumps(site), encoding="utf-8")
            school = ["--policy", f"site:{path}"]
            rows = self.run_ctl(
                self.document("b15_17"),
                "explain",
                [*school, "nobody-here", "new.example", "social.example"],
            )
            self.assertEqual([row["action"] for row in rows], ["ask", "block"])
            rows = self.run_ctl(
                self.document("b15_17"), "rules", "explain", [*school, "nobody-here"]
            )
        self.assertEqual(
            [(row["value"], row["profile"]) for row in rows if row["setting"] in locked],
            [("ask", "b9_11"), ("strict", "b9_11"), ("block", "b9_11")],
        )

    def test_help(self):
        """Open in every preset, whatever layer closes everything else."""
        modes = {
            "alone": {},
            "closed": {"default": "block"},
            "named": {"default": "block", "block": list(HELP)},
        }
        for preset in COLUMNS:
            for mode, sites in modes.items():
                for locked in ([], ["sites.default", "sites.block", "sites.allow"]):
                    profiles = {"mode": {"based-on": preset, "sites": sites, "locked": locked}}
                    document = self.document("mode", profiles=profiles)
                    document["categories"] = {"adult": list(HELP), "csam": [HELP[0]]}
                    rows = self.run_ctl(
                        document, "explain", ["nobody-here", *HELP], layer="site"
                    )
                    for row in rows:
                        self.assertEqual(
                            (row["action"], row["reason"]), ("allow", "help"), (preset, mode, row)
                        )
                    self.assertEqual(len(rows), len(HELP))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
