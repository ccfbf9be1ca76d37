#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""luytrectl lists: compile, lookup, info, match; usage: test_commands.py LUYTRECTL SOURCE_ROOT."""

import os
import stat

import lists_case

HOSTS = "# a list\n0.0.0.0 game.example www.game.example\n0.0.0.0 play.example\n"
ADBLOCK = """! Title: Adult sites
! License: CC0-1.0
! Last modified: 2026-11-01
! Homepage: https://lists.example/adult
||adult.example^
||nude*.pictures.example^
@@||health.adult.example^
||shop.example/page^
||other.example^$third-party
"""


class CompileTest(lists_case.ListsCase):
    """compile and what can be asked of its set."""

    def test_two_lists(self):
        said = self.compile(f"games={self.write('games.txt', HOSTS)}",
                            f"adult={self.write('adult.txt', ADBLOCK)}")
        self.assertIn("games, hosts (guessed), 3 rules", said[0])
        self.assertIn("adult, adblock (guessed), 3 rules", said[1])
        self.assertIn("  skipped 1: about a page, not about a name", said)
        self.assertIn("  skipped 1: holds under a condition that a name does not tell", said)
        self.assertEqual(self.look_up("game.example", "x.game.example", "a.adult.example",
                                      "health.adult.example", "nude7.pictures.example",
                                      "pictures.example", "shop.example", "other.example"),
                         {"game.example": {"games"}, "x.game.example": set(),
                          "a.adult.example": {"adult"}, "health.adult.example": set(),
                          "nude7.pictures.example": {"adult"}, "pictures.example": set(),
                          "shop.example": set(), "other.example": set()})

    def test_several_categories(self):
        self.compile(f"games={self.write('a', HOSTS)}", f"social={self.write('b', HOSTS)}")
        self.assertEqual(self.look_up("play.example"), {"play.example": {"games", "social"}})

    def test_output_of_lookup(self):
        self.compile(f"games={self.write('a', HOSTS)}", f"social={self.write('b', HOSTS)}")
        done = self.lists("lookup", self.set, "Play.Example.", "none.example", "mạng.vn")
        self.assertEqual(done.stdout,
                         "Play.Example.\tsocial,games\nnone.example\t-\nmạng.vn\t-\n")
        done = self.lists("lookup", self.set, "not a name", "play.example")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "not a name\t-\nplay.example\tsocial,games\n")
        self.assertIn("not a name: no host name", done.stderr)

    def test_info(self):
        self.compile(f"games={self.write('a', HOSTS)}", f"adult={self.write('b', ADBLOCK)}")
        done = self.lists("info", self.set)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("6 names, 1 patterns", done.stdout)
        self.assertIn("adult\tAdult sites\tadblock\t3\t2\t2026-11-01\tCC0-1.0\t"
                      "https://lists.example/adult", done.stdout)
        self.assertIn("games\ta\thosts\t3\t0\t-\t-\t-", done.stdout)

    def test_bad_lines_are_shown_with_their_number(self):
        lines = [f"ok{i}.example" for i in range(40)]
        for i in range(20):
            lines.insert(2 * i + 1, f"bad!{i}.example")
        said = self.compile(f"games:domains={self.write('a', chr(10).join(lines))}")
        self.assertIn("40 rules", said[0])
        self.assertEqual(said[1:5], ["  skipped 20: no host name",
                                     "  line 2: no host name: bad!0.example",
                                     "  line 4: no host name: bad!1.example",
                                     "  line 6: no host name: bad!2.example"])
        self.assertEqual(said[5], "  and 17 more")

    def test_ut1_folder(self):
        self.write("games/domains", "game.example\n192.0.2.7\n")
        self.write("games/urls", "site.example/game\nsite.example/play\n")
        said = self.compile(f"games={self.folder / 'games'}")
        self.assertIn("games, ut1 (guessed), 2 rules", said[0])
        self.assertIn("  skipped 2: about a page, not about a name", said)
        self.assertEqual(self.look_up("www.game.example", "192.0.2.7", "site.example"),
                         {"www.game.example": {"games"}, "192.0.2.7": {"games"},
                          "site.example": set()})

    def test_includes(self):
        self.write("data/all", "include:more @ads\ninclude:less\nfirst.example\n")
        self.write("data/more", "ads.example @ads\nplain.example\ninclude:all\n")
        self.write("data/less", "full:less.example\n")
        said = self.compile(f"ads={self.folder / 'data/all'}")
        self.assertIn("ads, v2fly (guessed), 3 rules", said[0])
        self.assertEqual(self.look_up("x.ads.example", "plain.example", "less.example",
                                      "x.less.example", "first.example"),
                         {"x.ads.example": {"ads"}, "plain.example": set(),
                          "less.example": {"ads"}, "x.less.example": set(),
                          "first.example": {"ads"}})

    def test_include_stays_in_its_folder(self):
        self.write("secret", "0.0.0.0 secret.example\n")
        for name in ("../secret", "/etc/hosts", ".hidden", ""):
            self.write("data/all", f"include:{name}\nfirst.example\nfull:b.example\n")
            said = self.compile(f"ads={self.folder / 'data/all'}")
            self.assertIn("2 rules", said[0])
        self.write("data/all", "include:missing\nfirst.example\n")
        done = self.lists("compile", "-o", self.set, f"ads={self.folder / 'data/all'}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("missing: No such file", done.stderr)


class RefusedTest(lists_case.ListsCase):
    """Bad input: an error that says where, and the former set stays."""

    def setUp(self):
        super().setUp()
        self.compile(f"games={self.write('good', HOSTS)}")
        self.before = self.set.read_bytes()

    def refuse(self, text, *parts, argument="games={}"):
        path = self.write("bad", text)
        done = self.lists("compile", "-o", self.set, argument.format(path))
        self.assertEqual(done.returncode, 2, done.stdout)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(self.set.read_bytes(), self.before)
        self.assertEqual({path.name for path in self.folder.iterdir()},
                         {"good", "bad", "sites.set"})

    def test_what_is_no_list(self):
        self.refuse("<!DOCTYPE html>\n<html>Please log in</html>\n", "bad: ", "a web page")
        self.refuse(b"\x1f\x8b\x08" + bytes(50), "gzip archive: unpack it first")
        self.refuse("", "empty")
        self.refuse("a line of words\nanother line\n", "no known format")
        self.refuse("<html>", "a web page", argument="games:hosts={}")
        self.refuse("a line of words\nand another\n", "2 lines of 2", "the first: 1: ",
                    argument="games:hosts={}")

    def test_cut_short(self):
        names = "".join(f"0.0.0.0 n{i}.example\n" for i in range(50))
        self.refuse("# Number of entries: 100\n" + names, "cut short", "100", "50")
        self.compile(f"games={self.write('whole', '# Number of entries: 50' + chr(10) + names)}")

    def test_arguments(self):
        good = self.folder / "good"
        for words, problem in ((("games",), "CATEGORY[:FORMAT]=PATH"),
                               ((f"game={good}",), "no such category; there are csam, adult"),
                               ((f"games:host={good}",), "no such format; there are hosts"),
                               ((f"games={good}x",), "goodx: No such file")):
            done = self.lists("compile", "-o", self.set, *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(problem, done.stderr)
        self.assertEqual(self.lists("compile", f"games={good}").returncode, 2)
        self.assertEqual(self.lists().returncode, 2)
        self.assertEqual(self.set.read_bytes(), self.before)

    def test_damaged_set(self):
        for at in (0, 9, 60, 200, len(self.before) - 10):
            damaged = bytearray(self.before)
            damaged[at] ^= 1
            self.set.write_bytes(damaged)
            done = self.lists("info", self.set)
            self.assertEqual(done.returncode, 2, at)
            self.assertRegex(done.stderr, "again")
        self.set.write_bytes(self.before[:-1])
        self.assertIn("cut short", self.lists("lookup", self.set, "a.example").stderr)

    def test_only_the_group_may_read_it(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.set).st_mode) & 0o027, 0)

    def test_full_disk(self):
        done = self.lists("compile", "-o", "/dev/full/x", f"games={self.folder / 'good'}")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/dev/full", done.stderr)


class MatchTest(lists_case.ListsCase):
    """match: the verdict, and the line that says so."""

    def test_line(self):
        self.assertEqual(self.match("! x\n||a.example^\n@@||b.a.example^\n", "c.a.example",
                                    "b.a.example", "example"),
                         [("block", "2: ||a.example^"), ("allow", "3: @@||b.a.example^"),
                          ("none", "-")])

    def test_strongest_line(self):
        rules = "@@||a.example^\n||a.example^\n||b.a.example^$important\n"
        self.assertEqual(self.match(rules, "a.example", "b.a.example"),
                         [("allow", "1: @@||a.example^"), ("block", "3: ||b.a.example^$important")])
        self.assertEqual(self.match(rules + "@@||a.example^$important\n", "b.a.example"),
                         [("allow", "4: @@||a.example^$important")])

    def test_taken_back(self):
        self.assertEqual(self.match("||a.example^\n||b.example^\n||a.example^$badfilter\n",
                                    "a.example", "b.example"),
                         [("none", "-"), ("block", "2: ||b.example^")])
        self.assertEqual(self.match("||a*.example^\n||a*.example^$badfilter\n", "ab.example"),
                         [("none", "-")])

    def test_never_wider(self):
        for rule in ("||a.example^*/x", "||a.example/x", "||a.example:80^", "||a.example^$client=x",
                     "||a.example^$third-party", "||a.example^$dnstype=A", "a.example##.ad",
                     "/^https?:\\/\\/a\\.example\\/x/", "||a.example^$domain=b.example"):
            self.assertEqual(self.match(f"{rule}\n||z.example^\n", "a.example"), [("none", "-")],
                             rule)

    def test_nearest_zone(self):
        zones = ('local-zone: "a.example" refuse\nlocal-zone: "b.a.example" transparent\n'
                 'local-zone: "c.b.a.example" refuse\n')
        verdicts = self.match(zones, "a.example", "x.b.a.example", "x.c.b.a.example",
                              form="unbound")
        self.assertEqual([verdict for verdict, _ in verdicts], ["block", "allow", "block"])


if __name__ == "__main__":
    lists_case.main()
