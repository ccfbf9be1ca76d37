#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Browsers at search engines: a child with SafeSearch gets the safe host, nobody else does.

usage: test_safe_search.py LUYTRED LUYTRECTL SOURCE
"""

from browsing import Browsing, programs
from lab import run_tests
from town import ENGINES

Browsing.PROGRAMS = programs()


class SafeSearch(Browsing):
    def _fronts(self, browser):
        """Which host's page each engine gives: over TCP, and again when HTTP/3 is known."""
        fronts = set()
        for name in ENGINES:
            for turn in ("", "again"):
                page = browser.open(f"https://{name}/{turn}")
                self.assert_open(page)
                fronts.add((name, page.text.rsplit(" ", 1)[1]))
        return fronts

    def test_engines(self):
        safe = {(name, "safe") for name in ENGINES}
        normal = {(name, "search") for name in ENGINES}
        for town, user, expected in ((self.bare, "na", normal), (self.kept, "na", safe),
                                     (self.kept, "minh", normal), (self.kept, "me", normal)):
            with self.subTest(user=user, agent=town is self.kept):
                with town.chromium(user=user) as browser:
                    self.assertEqual(self._fronts(browser), expected)
        for user, expected in (("na", safe), ("me", normal)):
            with self.subTest(user=user, browser="Firefox"):
                with self.kept.firefox(user=user) as browser:
                    self.assertEqual(self._fronts(browser), expected)


if __name__ == "__main__":
    run_tests()
