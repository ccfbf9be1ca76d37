# SPDX-License-Identifier: GPL-3.0-or-later
"""How long is too long: time bounds are for an ordinary machine, an emulated one has more.

LUYTRE_TEST_SLOW says how many times slower the machine is; without it bounds are what they say.
The lab widens the time limits of its programs and of eventually() itself; a test passes bounds of
its own through slowed().
"""

import os

SLOW = float(os.environ.get("LUYTRE_TEST_SLOW", "1"))


def slowed(bound):
    """@bound, a time in any unit, on this machine."""
    return bound * SLOW
