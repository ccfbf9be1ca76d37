# SPDX-License-Identifier: GPL-3.0-or-later
"""What a browser made of an address, whichever browser it was."""

from typing import NamedTuple


class Lost(Exception):
    """The browser itself ended, hung or did not understand: never what a page can cause."""


class Loaded(NamedTuple):
    """@error is empty for a page that was loaded; @text is what stands on it, the browser's own
    error page too. @ms: from the call to the page or to the error."""

    text: str
    error: str
    protocol: str
    ms: float
