# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's authority in a user's NSS store, where Chromium reads it and Firefox's profiles take it
from."""

MAKE = """
mkdir -p "$HOME/.pki/nssdb"
cd "$HOME/.pki/nssdb"
certutil -d sql:. -N --empty-password
certutil -d sql:. -A -t C,, -n lab -i "$1"
"""


def trust(house, user, authority):
    """To be called once a user, before a browser starts."""
    done = house.run_as(user, ["sh", "-ec", MAKE, "sh", authority], timeout=30)
    if done.rc != 0:
        raise RuntimeError(done.err)
