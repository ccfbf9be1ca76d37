# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: a throw-away house with accounts, a network and real servers, for tests and the demo.

    sys.path.insert(0, TESTS_DIR)
    from lab import House, eventually

    with House() as house:
        house.start_servers(sites=["school.test", "games.test"])
        done = house.run_as("na", ["curl", "-sS", "https://school.test/"])
        assert done.rc == 0, done.err

Needs root. Nothing of the machine is touched: see lab/house.py.
"""

import os
import sys
import time
import unittest

from .house import ACCOUNTS, CLIENT4, CLIENT6, House, eventually
from .pace import SLOW, slowed
from .process import Done, Process
from .servers import DNS4, DNS6, LOGGER4, LOGGER6, WEB4, WEB6

__all__ = [
    "ACCOUNTS", "CLIENT4", "CLIENT6", "DNS4", "DNS6", "Done", "House", "LOGGER4", "LOGGER6",
    "Process", "SLOW", "WEB4", "WEB6", "eventually", "run_tests", "slowed",
]

MESON_SKIP = 77


class _TimedResult(unittest.TextTestResult):
    """Says behind each test how long it took: waits that grow are seen in the logs."""

    def startTest(self, test):
        self._begun = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"    {time.monotonic() - self._begun:.1f} s")


def run_tests():
    """unittest.main() for tests that need a house: without root they are skipped as meson wants."""
    if os.geteuid() != 0:
        print("skipped: a house needs root")
        sys.exit(MESON_SKIP)
    unittest.main(verbosity=2, testRunner=unittest.TextTestRunner(resultclass=_TimedResult,
                                                                  verbosity=2))
