#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other projects' lists and rule tests say, where a folder of them is there (beside the source
tree, or in LUYTRE_LISTS); usage: test_others.py LUYTRECTL SOURCE_ROOT.

The folder has rules.tsv (id, ..., dialect, rules, host, ..., verdict, note), probes-ut1.tsv (host,
categories), ut1/CATEGORY/domains, vn-classified.tsv (host, kind, ...) and
npm-top-sites/top-sites.json. Without it, only the table of differences is looked at."""

import concurrent.futures
import json
import os
import pathlib
import subprocess

import lists_case

LISTS = pathlib.Path(os.environ.get("LUYTRE_LISTS", lists_case.ROOT.parent / "shared" / "lists"))

# Dialects that are about something else than lists of sites.
ELSEWHERE = {
    "safesearch": "SafeSearch is a setting: tests/net/test_dns_rewrites.py",
    "registrable-domain": "libpsl's own matter",
    "agh-rewrites": "answers that a resolver makes up",
    "builtin": "the other program's own setting",
    "cname-inspection": "aliases are judged by the DNS proxy: tests/unit/test-dns-judge.c",
    "pihole-lists": "a database of several lists",
    "pihole-regex(TRE ERE, case-insensitive)": "expressions of another library",
    "adguard-dns-dnsrewrite": "answers that a resolver makes up",
    "adguard-dns+allowlist-file": "two files in one",
    "adguard-dns-priority": "which of two rules is the greater, not a name's verdict",
    "line-class": "what kind a line is; counted by compile",
    "list-counts": "files that are not there",
}

# Reasons why a verdict is another one here; each is a way to say "this list does not close it".
REASONS = {
    "page": "about a page: a name does not tell it, and a name is never closed for one page",
    "asker": "about a device, a tag or a kind of question: names are judged for every question",
    "address": "sends to an address: lists close, they never send elsewhere",
    "dots": "names have no dot at their beginning or end here",
    "suffix": "without an end, a known last label ends the name: ||a.com is that site",
    "skipped": "about a rule, not about a name: bad ones are skipped (tests/unit/test-list.c)",
    "hosts": "::1 and 127.x lead nowhere, like 0.0.0.0",
}


def has_dot_at_an_end(row):
    return any(text == "" or text[0] == "." or text[-1] == "." for text in (row[6], row[7]))


# Which rows may differ for which reason: by their dialect, their rules and the verdict they want.
DIFFERENCES = {
    "page": lambda row: row[5] == "abp-url" or row[6] in ("://104.154.", "/sub.")
                        or "$domain=" in row[6],
    "asker": lambda row: row[5] in ("adguard-dns-client", "adguard-dns-ctag")
                         or "dnstype=" in row[6],
    "address": lambda row: row[10].startswith("rewrite:"),
    "dots": lambda row: row[5] == "abp-anchor" and has_dot_at_an_end(row),
    "suffix": lambda row: row[5] == "abp-anchor" and row[6] == "foo.bar",
    "skipped": lambda row: row[7] == "-",
    "hosts": lambda row: row[5] == "hosts" and row[10] == "block:nodata",
}


def unescape(text):
    return (text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t")
            .replace("\0", "\\"))


def rows(name):
    lines = (LISTS / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def reasons_for(row):
    """Which differences a row of rules.tsv may be."""
    return [reason for reason, may_differ in DIFFERENCES.items() if may_differ(row)]


class RulesTest(lists_case.ListsCase):
    """rules.tsv: each row's verdict, or a reason."""

    def verdict(self, row):
        form = "hosts" if row[5] in ("hosts", "hosts-line") else "adblock"
        rules = unescape(row[6])
        if row[5] == "abp-anchor":
            rules = f"||{rules}"
        path = self.write(f"{row[0]}.txt", rules + "\n")
        done = self.lists("match", "--format", form, path, row[7])
        return done.stdout.split("\t")[1] if done.returncode == 0 else "error"

    def test_rows(self):
        if not LISTS.is_dir():
            return
        wanted = [row for row in rows("rules.tsv")[1:] if row[5] not in ELSEWHERE]
        self.assertGreater(len(wanted), 100)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            found = list(pool.map(self.verdict, wanted))
        n_same = 0
        for row, verdict in zip(wanted, found):
            same = verdict == {"match": "block"}.get(row[10], row[10])
            n_same += same
            if not same:
                self.assertTrue(reasons_for(row), (row, verdict))
                # A difference never closes what the row leaves open.
                self.assertFalse(verdict == "block" and row[10] in ("none", "allow"), row)
        print(f"{n_same} of {len(wanted)} rows the same, the others by reason")

    def test_every_difference_has_its_reason(self):
        self.assertEqual(set(REASONS), set(DIFFERENCES))


class Ut1Test(lists_case.ListsCase):
    """probes-ut1.tsv: every host's categories."""

    def test_probes(self):
        if not LISTS.is_dir():
            return
        known = [path.parent.name for path in sorted((LISTS / "ut1").glob("*/domains"))]
        ids = self.lists("compile", "-o", self.set, "?=x").stderr.split("there are ")[1].split(", ")
        ours = dict(zip(known, (word.strip() for word in ids)))
        theirs = {our: their for their, our in ours.items()}
        self.compile(*(f"{ours[name]}:ut1={LISTS / 'ut1' / name}" for name in known))
        probes = rows("probes-ut1.tsv")
        found = self.look_up(*(row[0] for row in probes))
        for row in probes:
            self.assertEqual({theirs[our] for our in found[row[0]]},
                             set(row[1].split(",")) - {"-"}, row[0])
        print(f"{len(probes)} hosts")


class LookalikesTest(lists_case.ListsCase):
    """Honest sites are not called imitations."""

    RULES = {"luytre": 1, "children": [{"user": "na", "profile": "p"}], "profiles": {
        "p": {"sites": {"default": "allow", "categories": {"scam": "block", "gambling": "block"}}}}}
    HONEST = {"bank", "education", "government", "news"}

    def imitations(self, names):
        """{name: what luytrectl says} of those that are closed."""
        rules = self.write("rules.json", json.dumps(self.RULES))
        (self.folder / "presets").mkdir()
        done = subprocess.run(
            [lists_case.LUYTRECTL, "explain", f"--policy={rules}", "--json",
             f"--presets={self.folder / 'presets'}",
             f"--lookalikes={lists_case.ROOT / 'policy' / 'data' / 'lookalikes.json'}", "na",
             *names], text=True, capture_output=True, check=True)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(said), len(names))
        return {row["name"]: row["rule"] for row in said
                if row["reason"] in ("lookalike", "category")}

    def test_it_finds_some(self):
        self.assertEqual(self.imitations(["vietc0mbank.com", "vietcombank.com.vn", "kuwin.vip"]),
                         {"vietc0mbank.com": "vietcombank.com.vn", "kuwin.vip": "gambling"})

    def test_schools_news_and_banks(self):
        if not LISTS.is_dir():
            return
        names = [row[0] for row in rows("vn-classified.tsv") if row[1] in self.HONEST]
        self.assertGreater(len(names), 400)
        self.assertEqual(self.imitations(names), {})
        print(f"0 of {len(names)} schools, news and banks")

    def test_popular_sites(self):
        if not LISTS.is_dir():
            return
        sites = json.loads((LISTS / "npm-top-sites" / "top-sites.json").read_text("utf-8"))
        names = [row["rootDomain"] for row in sites]
        found = self.imitations(names)
        print(f"{len(found)} of {len(names)} popular sites: {found}")
        self.assertLessEqual(len(found) * 200, len(names))


if __name__ == "__main__":
    lists_case.main()
