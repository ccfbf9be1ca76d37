# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this folder share: two towns, one with the agent and one without.

Each test first shows in the town without the agent that the way around works there, then that it
does not with the agent.
"""

import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import slowed  # noqa: E402
from town import Town  # noqa: E402

# What no browser's own waiting for an answer stays under: the measured times are printed.
REFUSED_MS = slowed(4000)


def programs():
    """luytred, luytrectl and the source folder, taken from the command line."""
    found = [os.path.abspath(path) for path in sys.argv[1:4]]
    del sys.argv[1:4]
    return found


class Browsing(unittest.TestCase):
    PROGRAMS = None

    @classmethod
    def setUpClass(cls):
        cls.bare = cls._enter(Town())
        cls.kept = cls._enter(Town(cls.PROGRAMS))

    @classmethod
    def _enter(cls, town):
        cls.addClassCleanup(town.__exit__, None, None, None)
        return town.__enter__()

    def assert_open(self, page, protocol=None):
        self.assertEqual(page.error, "", page)
        self.assertIn("hello from", page.text)
        if protocol:
            self.assertEqual(page.protocol, protocol, page)

    def assert_refused(self, page):
        """An error page, soon."""
        self.assertNotEqual(page.error, "", page)
        self.assertNotIn("hello from", page.text)
        self.assertLess(page.ms, REFUSED_MS, page)
        print(f"  refused: {page.error} after {page.ms:.0f} ms", flush=True)

    def assert_unseen(self, town, name, since):
        """No request for @name has come to caddy after the first @since."""
        asked = [item for item in town.caddy.requests()[since:] if item.host == name]
        self.assertEqual(asked, [])
