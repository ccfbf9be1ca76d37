# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour's story: a child asks, a parent grants, the site opens and closes again."""

import json
import subprocess
import time

from lab import WEB4, eventually

from . import clients
from .clients import OPEN

SITE = "games.test"
# The shortest grant that there is.
GRANT_S = 60


class Asking:
    """In two parts, so that the tour can measure while the grant runs."""

    def __init__(self, family, table):
        self.family = family
        self.house = family.house
        self.table = table
        self.utc_end_s = 0
        self.download = None

    def ask_and_grant(self):
        """The child presses Ask; the parent answers; how long until the site opens."""
        family = self.family
        number = next((index for index, notice in enumerate(family.notices("na"), 1)
                       if SITE in notice.text or SITE in notice.title), None)
        if number is None:
            self.table.line(False, f"na was never told of {SITE}")
            return
        family.press("na", number, "ask")
        request = eventually(self._open_request, f"a request for {SITE}")
        self.table.line(True, f"na presses [Ask] on the notice of {SITE}; "
                              f"the parent sees request {request['id']}")
        since = len(family.notices("na"))
        start = time.monotonic()
        utc_granted_s = time.time()
        family.must("me", "grant", str(request["id"]), "--for", f"{GRANT_S // 60}m")
        self.utc_end_s = utc_granted_s + GRANT_S
        eventually(self._is_open, f"{SITE} opens", timeout=5)
        seconds = time.monotonic() - start
        self.table.line(seconds < 1, f"the parent grants it for {GRANT_S} s; it opens for na "
                                     f"{seconds:.2f} s after the parent pressed Enter")
        notice = family.told("na", SITE, since)
        self.table.line(bool(notice), "na is told: " + (
            f"“{notice.title}: {notice.text}”".replace("\n", " ") if notice else "nothing"))
        self._start_download()

    def _open_request(self):
        listed = self.family.must("me", "requests", "--json").splitlines()
        return next((item for item in map(json.loads, listed)
                     if item["what"] == SITE and item["state"] == "open"), None)

    def _is_open(self):
        return clients.curl(self.house, "na", f"https://{SITE}/").what == OPEN

    def _start_download(self):
        """A download that is still running when the grant ends: the server makes it slow."""
        self.download = self.house.start_as("na", [
            "curl", "-sS", "-o", "/dev/null", "--resolve", f"{SITE}:443:{WEB4}",
            f"https://{SITE}/slow"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        """Waits for the grant's end: new connections are refused, the open one is cut."""
        if not self.utc_end_s:
            return
        alive = self.download.poll() is None
        self.table.line(alive, "a download that na began under the grant is running")
        while self.download.poll() is None and time.time() < self.utc_end_s + 5:
            time.sleep(0.01)
        late = time.time() - self.utc_end_s
        cut = self.download.poll() is not None
        side = "after" if late > 0 else "before"
        self.table.line(cut and abs(late) < 1, f"the grant ends: the running download is cut "
                        f"{abs(late):.2f} s {side} the {GRANT_S} s were over"
                        if cut else "the download was not cut")
        got = clients.curl(self.house, "na", f"https://{SITE}/")
        self.table.line(got.what != OPEN, f"a new try of na: {got.what} in {got.ms:.0f} ms")
