#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Browsers and HTTP/3: open sites stay with it, closed ones end on a clean error page at once.

usage: test_quic.py LUYTRED LUYTRECTL SOURCE
"""

import json
import re
import time

from browsing import Browsing, programs
from lab import eventually, run_tests
from town import SHARED_NAMES, WEB4

Browsing.PROGRAMS = programs()
OPEN, CLOSED = "plain.open.test", "plain.closed.test"
KNOWN = f"--host-resolver-rules=MAP *.closed.test {WEB4}"
DOWNLOAD_BYTES = 64 << 20
# Much less than the acknowledgements of such a download.
DOWNLOAD_TRIPS = 40

# A share of X25519MLKEM768 (group 4588) in a hello: 1,216 bytes; and how such a hello begins.
MLKEM_SHARE = b"\x11\xec\x04\xc0"
HELLO = re.compile(rb"\x16\x03\x01(..)\x01\x00(..)\x03\x03", re.DOTALL)
# QUIC's first packets, version 1; the ID of the connection and its length follow (RFC 9000 17.2).
INITIAL = re.compile(rb"[\xc0-\xcf]\x00\x00\x00\x01(?=([\x08-\x14])(.{20}))", re.DOTALL)
SEGMENT_BYTES = 1460

DOWNLOAD = f"""(async () => {{
  const reader = (await fetch("/big")).body.getReader();
  let size = 0;
  while (size < {DOWNLOAD_BYTES}) {{
    const piece = await reader.read();
    if (piece.done) break;
    size += piece.value.length;
  }}
  await reader.cancel();
  return size;
}})()"""


def forced(*names):
    return "--origin-to-force-quic-on=" + ",".join(f"{name}:443" for name in names)


def by_quic(browser, name):
    """The page, if it came over HTTP/3."""
    page = browser.open(f"https://{name}/")
    return page if page.protocol == "h3" else None


class Quic(Browsing):
    def assert_download(self, browser):
        """A download over the connection of @browser's page goes on in the kernel."""
        before = self.kept.queued()
        self.assertGreater(before, 0)
        size = browser.evaluate(DOWNLOAD, timeout=60)
        trips = self.kept.queued() - before
        print(f"  {size >> 20} MiB over HTTP/3: {trips} packets queued", flush=True)
        self.assertGreaterEqual(size, DOWNLOAD_BYTES)
        self.assertLess(trips, DOWNLOAD_TRIPS)

    def assert_post_quantum(self, start):
        """Over TCP the hello of a browser of today takes two packets: judged when it is whole."""
        with start(self.kept) as browser:
            capture = self.kept.house.capture("pq.pcap", "tcp dst port 443")
            self.assert_open(browser.open(f"https://{OPEN}/"), "h2")
            capture.stop()
            self.assertTrue(capture.contains(MLKEM_SHARE))
            lengths = [int.from_bytes(found[1], "big")
                       for found in HELLO.finditer(capture.path.read_bytes())]
            self.assertGreater(max(lengths), SEGMENT_BYTES)
            since = len(self.kept.caddy.requests())
            self.assert_refused(browser.open(f"https://{CLOSED}/"))
        self.assert_unseen(self.kept, CLOSED, since)

    def assert_several_initials(self, capture):
        """The same over QUIC: a connection whose first packets were several."""
        capture.stop()
        connections = [found[2][:found[1][0]]
                       for found in INITIAL.finditer(capture.path.read_bytes())]
        self.assertGreaterEqual(max(map(connections.count, connections), default=0), 2)

    def assert_not_shared(self, start, protocol):
        """A site that shares certificate and address with an open one is not fetched over the
        open one's connection."""
        first, second = SHARED_NAMES
        fetch = (f"fetch('https://{second}/shared', {{mode: 'no-cors', credentials: 'include'}})"
                 ".then(answer => 'answered', error => 'failed')")
        with start(self.bare) as browser:
            self.assert_open(browser.open(f"https://{first}/"))
            self.assertEqual(browser.evaluate(fetch), "answered")
        ports = {item.host: item.client_port for item in self.bare.caddy.requests()
                 if item.protocol == protocol}
        self.assertEqual(ports[first], ports[second], "one connection for both")
        since = len(self.kept.caddy.requests())
        with start(self.kept) as browser:
            self.assert_open(browser.open(f"https://{first}/"))
            self.assertEqual(browser.evaluate(fetch), "failed")
        self.assert_unseen(self.kept, second, since)


class Chromium(Quic):
    def test_open_stays_quic(self):
        with self.kept.chromium(forced(OPEN)) as browser:
            capture = self.kept.house.capture("initials.pcap", "udp dst port 443")
            self.assert_open(browser.open(f"https://{OPEN}/"), "h3")
            self.assert_several_initials(capture)
            self.assert_download(browser)
            self.assert_open(browser.open(f"https://{OPEN}/again"), "h3")
        last = self.kept.caddy.requests()[-1]
        self.assertEqual((last.protocol, last.host), ("HTTP/3.0", OPEN))

    def test_discovered(self):
        """HTTP/3 that the server's header or a DNS record offers, as in everyday life."""
        for town in (self.bare, self.kept):
            with town.chromium() as browser:
                self.assert_open(browser.open(f"https://{OPEN}/"), "h2")
                page = eventually(lambda b=browser: by_quic(b, OPEN), "HTTP/3 by Alt-Svc")
                self.assert_open(page)
                self.assert_open(browser.open("https://record.open.test/"), "h3")

    def test_closed(self):
        """By its name there is no address; with the address known the hello is refused, and the
        server never sees the name."""
        ways = {"by name": (forced(CLOSED),), "QUIC alone": (KNOWN, forced(CLOSED)),
                "TCP alone": (KNOWN, "--disable-quic")}
        for way, switches in ways.items():
            with self.subTest(way):
                with self.bare.chromium(*switches) as browser:
                    self.assert_open(browser.open(f"https://{CLOSED}/"))
                since = len(self.kept.caddy.requests())
                with self.kept.chromium(*switches) as browser:
                    self.assert_refused(browser.open(f"https://{CLOSED}/"))
                    print(f"  {way}: the network refused it after {browser.refused_ms():.0f} ms",
                          flush=True)
                    # It is so again when the browser has made up its mind about QUIC.
                    self.assert_refused(browser.open(f"https://{CLOSED}/again"))
                    self.assert_open(browser.open(f"https://{OPEN}/"))
                self.assert_unseen(self.kept, CLOSED, since)

    def test_closed_while_open(self):
        """A site that was open over HTTP/3 and is closed ends at once, the connection too."""
        site = "record.closed.test"
        self._ctl("grant", "na", site, "--for", "1h")
        [grant] = [json.loads(line) for line in self._ctl("grants", "--json").splitlines()]
        self.addCleanup(self.kept.ctl, "me", "revoke", str(grant["id"]))
        with self.kept.chromium(forced(site)) as browser:
            self.assert_open(browser.open(f"https://{site}/"), "h3")
            self._ctl("revoke", str(grant["id"]))
            start = time.monotonic()
            self.assertEqual(browser.evaluate(
                "fetch('/more').then(answer => 'answered', error => 'failed')"), "failed")
            ms = (time.monotonic() - start) * 1000
            print(f"  a request on the open connection failed after {ms:.0f} ms", flush=True)
            self.assert_refused(browser.open(f"https://{site}/"))

    def _ctl(self, *words):
        done = self.kept.ctl("me", *words)
        self.assertEqual(done.rc, 0, done.err)
        return done.out

    def test_post_quantum(self):
        self.assert_post_quantum(lambda town: town.chromium("--disable-quic", KNOWN))

    def test_shared_connection(self):
        self.assert_not_shared(lambda town: town.chromium("--disable-quic"), "HTTP/2.0")
        self.assert_not_shared(lambda town: town.chromium(forced(*SHARED_NAMES)), "HTTP/3.0")


class Firefox(Quic):
    # As if a visit had taught it that the site has HTTP/3, and the address.
    LEARNT = {"network.http.http3.alt-svc-mapping-for-testing": f"{CLOSED};h3=:443",
              "network.http.http3.force-use-alt-svc-mapping-for-testing": True,
              "network.dns.forceResolve": WEB4}

    def test_open_stays_quic(self):
        with self.kept.firefox() as browser:
            capture = self.kept.house.capture("initials.pcap", "udp dst port 443")
            self.assert_open(browser.open(f"https://{OPEN}/"), "h2")
            page = eventually(lambda: by_quic(browser, OPEN), "HTTP/3 by Alt-Svc")
            self.assert_open(page)
            self.assert_several_initials(capture)
            self.assert_open(browser.open("https://record.open.test/"), "h3")
            self.assert_download(browser)
            self.assert_refused(browser.open(f"https://{CLOSED}/"))

    def test_closed(self):
        with self.bare.firefox(self.LEARNT) as browser:
            self.assert_open(browser.open(f"https://{CLOSED}/"), "h3")
        since = len(self.kept.caddy.requests())
        with self.kept.firefox(self.LEARNT) as browser:
            self.assert_open(browser.open(f"https://{OPEN}/"))
            self.assert_refused(browser.open(f"https://{CLOSED}/"))
            self.assert_refused(browser.open(f"https://{CLOSED}/again"))
        self.assert_unseen(self.kept, CLOSED, since)

    def test_post_quantum(self):
        self.assert_post_quantum(lambda town: town.firefox({
            "network.http.http3.enable": False, "network.dns.forceResolve": WEB4}))

    def test_shared_connection(self):
        by_tcp = {"network.http.http3.enable": False}
        by_quic_too = {"network.http.http3.alt-svc-mapping-for-testing":
                       ",".join(f"{name};h3=:443" for name in SHARED_NAMES)}
        self.assert_not_shared(lambda town: town.firefox(by_tcp), "HTTP/2.0")
        self.assert_not_shared(lambda town: town.firefox(by_quic_too), "HTTP/3.0")


if __name__ == "__main__":
    run_tests()
