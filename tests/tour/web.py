# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour's browser: HTTP/3, a record that would hide the site's name, search engines."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "browsers"))
from chromium import Chromium  # noqa: E402
from ech import config_list  # noqa: E402
from lab.caddy import Front  # noqa: E402
from trust import trust  # noqa: E402

from .clients import CHROMIUM_ENDS, NO_NAME  # noqa: E402

WEB4, SEARCH4, SAFE4 = "10.77.0.5", "10.77.0.6", "10.77.0.7"
LESSONS, ARCADE, HIDDEN = "lessons.test", "arcade.test", "hidden.test"
OUTER = "outer.test"
ENGINES = {"www.google.com": "forcesafesearch.google.com", "www.bing.com": "strict.bing.com"}
BY_QUIC, BY_TCP = "opens by HTTP/3", "opens by HTTP/2"
REFUSED = "refused"
NORMAL, SAFE = "its own page", "its safe page"
# A browser that is refused does not wait for something: seconds would be a timeout.
SOON_MS = 4000


def zone():
    """Records for House.start_servers()."""
    lines = [f"{name}. A {WEB4}" for name in (LESSONS, ARCADE, HIDDEN, OUTER)]
    lines.append(f"{HIDDEN}. HTTPS 1 . alpn=h2 ech={config_list(OUTER)}")
    for engine, safe in ENGINES.items():
        lines += [f"{engine}. A {SEARCH4}", f"{safe}. A {SAFE4}"]
    return "".join(f"{line}\n" for line in lines)


def start_servers(house):
    for address in (WEB4, SEARCH4, SAFE4):
        house.server_ip(f"addr add {address}/24 dev lt1")
    for user in ("na", "me"):
        trust(house, user, house.servers.authority)
    engines = tuple(ENGINES)
    return house.servers.start_caddy([
        Front("web", (WEB4,), (LESSONS, ARCADE, HIDDEN, OUTER)),
        Front("search", (SEARCH4,), engines), Front("safe", (SAFE4,), engines)])


class Web:
    """Fills a table with what a browser shows; the servers are those of start_servers()."""

    def __init__(self, family, table):
        self.house = family.house
        self.table = table
        self.caddy = family.caddy

    def show(self):
        self.table.head("Chromium: HTTP/3, a hidden name, search engines")
        quic = ",".join(f"{name}:443" for name in (LESSONS, ARCADE))
        switches = (f"--origin-to-force-quic-on={quic}",
                    f"--host-resolver-rules=MAP {ARCADE} {WEB4}")
        for user, arcade, seen, page in (("me", BY_QUIC, OUTER, NORMAL),
                                         ("na", REFUSED, HIDDEN, SAFE)):
            with Chromium(self.house, user, *switches) as browser:
                self._open(user, browser, LESSONS, BY_QUIC)
                self._open(user, browser, ARCADE, arcade)
                self._hidden(user, browser, seen)
                for engine in ENGINES:
                    self._search(user, browser, engine, page)

    def _row(self, user, program, name, expected, got, page):
        problems = [] if got == expected else [page.error or "not as expected"]
        if page.error and page.ms > SOON_MS:
            problems.append(f"took longer than {SOON_MS} ms")
        self.table.row(user, program, name, expected, got, page.ms, problems)

    def _open(self, user, browser, name, expected):
        since = len(self.caddy.requests())
        page = browser.open(f"https://{name}/")
        got = {"h3": BY_QUIC, "h2": BY_TCP}.get(page.protocol, REFUSED)
        if page.error:
            got = NO_NAME if CHROMIUM_ENDS.get(page.error) == NO_NAME else REFUSED
            if any(item.host == name for item in self.caddy.requests()[since:]):
                got = "seen at the server"
        self._row(user, "chromium, HTTP/3", name, expected, got, page)

    def _hidden(self, user, browser, expected):
        """Which name the browser says in clear where a record offers to hide it."""
        capture = self.house.capture(f"hidden-{user}.pcap", "tcp dst port 443")
        page = browser.open(f"https://{HIDDEN}/")
        capture.stop()
        got = OUTER if capture.contains(OUTER.encode()) else HIDDEN
        self._row(user, "chromium, ECH", HIDDEN, f"says {expected}",
                  page.error or f"says {got}", page)

    def _search(self, user, browser, engine, expected):
        page = browser.open(f"https://{engine}/")
        got = {"search": NORMAL, "safe": SAFE}.get(page.text.rsplit(" ", 1)[-1], page.error)
        self._row(user, "chromium", engine, expected, got, page)
