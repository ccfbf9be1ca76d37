#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Browsers that hide names: encrypted DNS and ECH.

usage: test_hiding.py LUYTRED LUYTRECTL SOURCE
"""

import json

from browsing import Browsing, programs
from lab import eventually, run_tests
from town import DOH_NAMES, OUTER, RESOLVER4

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

    def test_firefox_by_itself(self):
        """Firefox that turns it on by itself asks for a name first, and takes no for an answer.
        Minh has no SafeSearch, which is another reason for Firefox to leave it."""
        page, asked = self._by_itself(self.bare, self._has_turned_on)
        self.assert_open(page)
        self.assertIn(OPEN, asked, "it is used")
        page, asked = self._by_itself(self.kept, self._has_looked_round)
        self.assert_open(page)
        self.assertEqual(asked, set())

    def _by_itself(self, town, is_ready):
        capture = town.house.capture("looks.pcap", "port 53")
        with town.firefox({"doh-rollout.enabled": True, "doh-rollout.home-region": "US"},
                          user="minh") as browser:
            eventually(lambda: is_ready(town, browser, capture), "Firefox's mind", timeout=40,
                       pause=0.2)
            since = len(town.resolver.questions())
            page = browser.open(f"https://{OPEN}/")
            is_on = self._has_turned_on(town, browser, capture)
        capture.stop()
        self.assertEqual(is_on, town is self.bare)
        return page, self._asked(town, since)

    @staticmethod
    def _has_turned_on(town, browser, _):
        text = town.house.path(f"{browser.profile}/prefs.js").read_text("utf-8")
        return '"doh-rollout.mode", 2' in text

    @staticmethod
    def _has_looked_round(_, __, capture):
        """Beside the name it asks for others that tell it of filters; this is one."""
        return capture.contains(b"\x0asitereview\x07zscaler\x03com")


class EncryptedHello(Browsing):
    """Records with ECH: a browser would say a public name in clear. With the agent it says the
    site's own, which is judged."""

    def _visit(self, town, browser, name):
        """The page, and whether the public name was in a hello over TCP."""
        capture = town.house.capture(f"{name}.pcap", "tcp dst port 443")
        page = browser.open(f"https://{name}/")
        capture.stop()
        return page, capture.contains(OUTER.encode())

    def _hidden(self, start):
        with start(self.bare) as browser:
            for kind in ("hidden", "hidden3"):
                page, is_hidden = self._visit(self.bare, browser, f"{kind}.closed.test")
                self.assert_open(page)
                self.assertTrue(is_hidden, f"{kind}: the way around works")
        with start(self.kept) as browser:
            for kind, protocol in (("hidden", "h2"), ("hidden3", "h3")):
                page, _ = self._visit(self.kept, browser, f"{kind}.closed.test")
                self.assert_refused(page)
                page, is_hidden = self._visit(self.kept, browser, f"{kind}.open.test")
                self.assert_open(page, protocol)
                self.assertFalse(is_hidden, kind)

    def test_chromium(self):
        self._hidden(lambda town: town.chromium())

    def test_firefox(self):
        self._hidden(lambda town: town.firefox())


if __name__ == "__main__":
    run_tests()
