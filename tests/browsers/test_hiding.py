#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Browsers that hide names: encrypted DNS.

usage: test_hiding.py LUYTRED LUYTRECTL SOURCE
"""

import json

from browsing import Browsing, programs
from lab import run_tests
from town import DOH_NAMES, RESOLVER4

Browsing.PROGRAMS = programs()
OPEN, CLOSED = "plain.open.test", "plain.closed.test"
DOH = f"https://{DOH_NAMES[0]}/dns-query"
# The same with the resolver's address, so that no plain question for it is needed.
DOH_ADDRESS = json.dumps({"servers": [{"template": DOH, "endpoints": [{"ips": [RESOLVER4]}]}]})


class EncryptedDns(Browsing):
    def _asked(self, town, since):
        return {name for name, _ in town.resolver.questions()[since:]}

    def test_chromium(self):
        """Secure DNS with nothing to fall back to: the public resolver is not reached."""
        for way, templates in (("by name", DOH), ("by address", DOH_ADDRESS)):
            with self.subTest(way):
                since = len(self.bare.resolver.questions())
                with self.bare.chromium(doh=templates) as browser:
                    self.assert_open(browser.open(f"https://{CLOSED}/"))
                self.assertIn(CLOSED, self._asked(self.bare, since), "the way around works")
                since = len(self.kept.resolver.questions())
                with self.kept.chromium(doh=templates) as browser:
                    self.assert_refused(browser.open(f"https://{CLOSED}/"))
                self.assertEqual(self._asked(self.kept, since), set())

    def test_firefox(self):
        """Mode 2 goes on with the system's resolver, where closed sites have no address; mode 3
        has nothing else."""
        for mode in (2, 3):
            with self.subTest(mode):
                prefs = {"network.trr.mode": mode, "network.trr.uri": DOH,
                         "network.trr.custom_uri": DOH}
                if mode == 3:
                    prefs["network.trr.bootstrapAddr"] = RESOLVER4
                since = len(self.bare.resolver.questions())
                with self.bare.firefox(prefs) as browser:
                    self.assert_open(browser.open(f"https://{CLOSED}/"))
                self.assertIn(CLOSED, self._asked(self.bare, since), "the way around works")
                since = len(self.kept.resolver.questions())
                with self.kept.firefox(prefs) as browser:
                    if mode == 2:
                        self.assert_open(browser.open(f"https://{OPEN}/"))
                    self.assert_refused(browser.open(f"https://{CLOSED}/"))
                self.assertEqual(self._asked(self.kept, since), set())


if __name__ == "__main__":
    run_tests()
