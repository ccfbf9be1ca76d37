# SPDX-License-Identifier: GPL-3.0-or-later
"""The tries of the tour: who reaches what, with which program, and what reaches the server."""

from lab import DNS4, WEB4, WEB6

from . import clients
from .clients import NAME, NO_NAME, OPEN, RESET
from .family import CHILDREN

# A refusal is a clean error within this time by the program's own clock.
CLEAN_MS = 50


def known(site, address):
    """curl's option for a program that has the address already."""
    literal = f"[{address}]" if ":" in address else address
    return ("--resolve", f"{site}:443:{literal}", "--resolve", f"{site}:80:{literal}")


class Tries:
    """Runs tries in a family's house and fills a table."""

    def __init__(self, family, table):
        self.family = family
        self.house = family.house
        self.table = table
        self.n_captures = 0
        self._told = {child: set() for child in CHILDREN}
        self._waiting = {child: set() for child in CHILDREN}

    def parent(self):
        """The parent's programs reach everything, the sites of no child too."""
        self.table.head("The parent: no rules")
        for program, site, run in (
                ("curl http", "games.test", lambda: self._curl("me", "http://games.test/")),
                ("curl https", "bets.test", lambda: self._curl("me", "https://bets.test/")),
                ("curl https -6", "video.test",
                 lambda: self._curl("me", "https://video.test/", "-6")),
                ("dig", "games.test", lambda: clients.dig(self.house, "me", "games.test")),
                ("openssl s_client", "shop.test",
                 lambda: clients.s_client(self.house, "me", "shop.test", WEB4)),
                ("chromium https", "games.test",
                 lambda: clients.chromium(self.house, "me", "https://games.test/"))):
            got = run()
            expected = NAME if program == "dig" else OPEN
            self.table.row("me", program, site, expected, got.what, got.ms,
                           self._wrong(expected, got))

    def children(self):
        """Each child by its own rules, at the same time as the other."""
        self.table.head("Na: everything but six sites")
        for family in ("-4", "-6"):
            self._open("na", f"curl http {family}", "school.test", family, scheme="http")
            self._open("na", f"curl https {family}", "school.test", family)
        self._open_by("na", "openssl s_client", "news.test",
                      lambda: clients.s_client(self.house, "na", "news.test", WEB4))
        self._open_by("na", "chromium https", "school.test", lambda: clients.chromium(
            self.house, "na", "https://school.test/"))
        self._refused("na", "dig", "games.test", f"{NO_NAME}, EDE 17", lambda: clients.dig(
            self.house, "na", "games.test"))
        self._refused("na", "chromium https", "shop.test", NO_NAME, lambda: clients.chromium(
            self.house, "na", "https://shop.test/"), clean_ms=None)
        self._refused("na", "chromium, address", "shop.test", RESET, lambda: clients.chromium(
            self.house, "na", "https://shop.test/",
            f"--host-resolver-rules=MAP shop.test {WEB4}"), clean_ms=None, whole=True)
        self._refused("na", "dig +tcp -6", "alias.test", f"{NO_NAME}, EDE 17",
                      lambda: clients.dig(self.house, "na", "alias.test", "+tcp", "AAAA"),
                      told="games.test")
        self._refused("na", f"dig @{DNS4}", "bets.test", f"{NO_NAME}, EDE 17",
                      lambda: clients.dig(self.house, "na", "bets.test", f"@{DNS4}"))
        self._refused("na", "curl https", "video.test", NO_NAME,
                      lambda: self._curl("na", "https://video.test/"))
        for address, words in ((WEB4, "IPv4"), (WEB6, "IPv6")):
            for scheme in ("http", "https"):
                self._refused("na", f"curl {scheme} {words}", "chat.test", RESET,
                              lambda s=scheme, a=address: self._curl(
                                  "na", f"{s}://chat.test/", *known("chat.test", a)))
        self._refused("na", "openssl s_client", "bets.test", RESET, lambda: clients.s_client(
            self.house, "na", "bets.test", WEB4), clean_ms=None)
        self._refused("na", "curl http", WEB4, RESET, lambda: self._curl("na", f"http://{WEB4}/"),
                      told=None)

        self.table.head("Minh, whose desktop speaks Vietnamese: two sites and the help lines")
        self._open("minh", "curl https", "games.test")
        self._open("minh", "curl https -6", "school.test", "-6")
        self._open("minh", "curl https", "tongdai111.vn")
        self._refused("minh", "curl https", "news.test", NO_NAME,
                      lambda: self._curl("minh", "https://news.test/"))
        self._refused("minh", "curl https IPv4", "music.test", RESET, lambda: self._curl(
            "minh", "https://music.test/", *known("music.test", WEB4)))

    # One try

    def _curl(self, user, url, *options):
        return clients.curl(self.house, user, url, *options)

    @staticmethod
    def _wrong(expected, got):
        return [] if got.what == expected else ["not as expected"]

    def _open(self, user, program, site, *options, scheme="https"):
        self._open_by(user, program, site,
                      lambda: self._curl(user, f"{scheme}://{site}/", *options))

    def _open_by(self, user, program, site, run):
        got = run()
        self.table.row(user, program, site, OPEN, got.what, got.ms, self._wrong(OPEN, got))

    def _refused(self, user, program, site, expected, run, clean_ms=CLEAN_MS, told="", whole=False):
        """@told: the site that the notice names, the tried one if empty; None: no matter.
        @whole: the hello takes more than one segment, so that its first part may be seen: the
        server must not have got all of it."""
        since = len(self.family.notices(user))
        self.n_captures += 1
        capture = self.house.capture(f"{self.n_captures}-{user}-{site}.pcap",
                                     "tcp port 80 or tcp port 443")
        got = run()
        capture.stop()
        problems = self._wrong(expected, got)
        if capture.answers():
            problems.append("the server answered")
        if not whole and capture.contains(site.encode()):
            problems.append("the site's name reached the server")
        if clean_ms and got.ms > clean_ms:
            problems.append(f"took longer than {clean_ms} ms")
        words = None if told is None else self._await_words(user, told or site, since)
        self.table.row(user, program, site, expected, got.what, got.ms, problems, words)

    def _await_words(self, user, site, since):
        """What the child is told at once. A site is told once a minute, and after three sites the
        next ones come together: summaries() looks for those."""
        if site in self._told[user]:
            return None
        notice = self.family.told(user, site, since, timeout=0.5)
        if notice:
            self._told[user].add(site)
        else:
            self._waiting[user].add(site)
        return self._words(notice)

    def summaries(self):
        """Sites that were not told one by one come together, at most once a minute."""
        for child in CHILDREN:
            sites = self._waiting[child] - self._told[child]
            notices = [self.family.told(child, site, 0, timeout=75) for site in sorted(sites)]
            for notice in dict.fromkeys(notice for notice in notices if notice):
                self.table.quote(f"{child}, together: ", self._words(notice))
            self.table.line(all(notices), f"{child} was told of every refused site")

    @staticmethod
    def _words(notice):
        if not notice:
            return None
        buttons = " ".join(f"[{label}]" for label in notice.actions[1::2])
        text = ". ".join(line.rstrip(".") for line in notice.text.splitlines())
        return f"{notice.title}: {text}. {buttons}".strip()
