#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names bound to addresses: what DNS gave a child, and sites that are somewhere else.

usage: test_name_binding.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import pathlib
import re
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import WEB4, eventually, run_tests  # noqa: E402
from test_packet_path import Guarded, RULES, rules_with  # noqa: E402

# Addresses that are nobody's (RFC 5737, RFC 3849), but for the last: a known resolver's.
SITE4, SITE6, CDN4, STRANGER4, STRANGER6 = (
    "198.51.100.1", "2001:db8::1", "198.51.100.2", "203.0.113.9", "2001:db8::9")
RESOLVER4 = "1.1.1.1"
STRICT = rules_with(**{"name-binding": "strict"})
OBSERVE = rules_with(**{"name-binding": "observe"})
PAGE = """<title>shop</title>hello from shop
<img src="http://static.shop.test/1"><img src="http://shop-images.cdn.test/2">
<script src="http://www.shop.test/3"></script><img src="http://img.other.test/4">"""


class Bound(Guarded):
    EXTRA_ZONE = f"""
shop.test. A {SITE4}
shop.test. AAAA {SITE6}
www.shop.test. A {SITE4}
www.shop.test. AAAA {SITE6}
static.shop.test. CNAME edge.cdn.test.
shop-images.cdn.test. CNAME edge.cdn.test.
edge.cdn.test. A {CDN4}
img.other.test. CNAME many.cdn.test.
many.cdn.test. A {CDN4}
many.cdn.test. A {SITE4}
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        addresses = (SITE4, SITE6, CDN4, STRANGER4, STRANGER6, RESOLVER4)
        for address in addresses:
            cls.house.server_ip(f"{'-6 ' if ':' in address else ''}addr add {address} dev lt1"
                                + (" nodad" if ":" in address else ""))
        cls.start_web(addresses)

    @classmethod
    def start_web(cls, addresses):
        """nginx at all of @addresses, for any name."""
        work = cls.house.work / "bound"
        work.mkdir()
        (work / "index.html").write_text(PAGE, encoding="ascii")
        text = [f"[{address}]" if ":" in address else address for address in addresses]
        listen = "".join(f"listen {address}:80; listen {address}:443 ssl; " for address in text)
        servers = cls.servers.work
        (work / "conf").write_text(f"""
daemon off; worker_processes 1; pid {work}/pid; error_log {work}/error.log; user root;
events {{ }}
http {{
  access_log {work}/access.log;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3;
  uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  server {{ {listen}
    ssl_certificate {servers}/school.test.crt; ssl_certificate_key {servers}/school.test.key;
    location / {{ default_type text/html; return 200 "hello"; }}
    location = / {{ root {work}; default_type text/html; try_files /index.html =404; }}
  }}
}}
""", encoding="ascii")
        cls.house.start_server(["nginx", "-c", str(work / "conf"), "-e", str(work / "error.log")])
        eventually(lambda: f"{RESOLVER4}:443" in cls.house.run_server(["ss", "-Hltn"]).out,
                   "the second web server")

    def with_rules(self, rules):
        self.reload(rules)
        self.addCleanup(self.reload, RULES)

    def get(self, user, name, address=None, scheme="http", *more):
        """Whether the page came; @address: past DNS."""
        port = 80 if scheme == "http" else 443
        text = f"[{address}]" if address and ":" in address else address
        where = ["--resolve", f"{name}:{port}:{text}"] if address else []
        return self.curl(user, f"{scheme}://{name}/", "-k", *where, *more).rc == 0

    def refused_because(self, name, address, scheme="http"):
        since = len(self.log())
        self.assertTrue(self.get("me", name, address, scheme))
        self.assertFalse(self.get("na", name, address, scheme))
        told = eventually(
            lambda: re.findall(r"event 30001 block (\S+) (\S+)", self.log()[since:]), "a notice")
        return told[-1]

    def test_strict(self):
        self.with_rules(STRICT)
        for scheme in ("http", "https"):
            for family in ("-4", "-6"):
                self.assertTrue(self.get("na", "www.shop.test", None, scheme, family))
            self.assertTrue(self.get("na", "static.shop.test", None, scheme))
            # Another name of the same owner, at an address that is known for it.
            self.assertTrue(self.get("na", "new.shop.test", SITE4, scheme))
            for address in (STRANGER4, STRANGER6):
                with self.subTest(scheme=scheme, address=address):
                    self.assertEqual(self.refused_because("www.shop.test", address, scheme),
                                     ("other-address", "www.shop.test"))
            # An address that was given out, but for another owner's name.
            self.assertEqual(self.refused_because("never-asked.example", SITE4, scheme),
                             ("other-address", "never-asked.example"))
        # Names of the house's own network come from elsewhere.
        self.assertTrue(self.get("na", "school.test", WEB4))

    def test_second_request(self):
        """A connection that began with a name that belongs there."""
        self.with_rules(STRICT)
        since = len(self.log())
        done = self.house.run_as("na", [
            "curl", "-sS", "--resolve", f"school.test:80:{SITE4}", "http://www.shop.test/x",
            "--next", "-sS", "-H", "Host: school.test", "http://www.shop.test/y"])
        self.assertIn("hello", done.out)
        self.assertNotEqual(done.rc, 0)
        eventually(lambda: "block other-address school.test" in self.log()[since:], "a notice")

    def test_address_that_a_parent_named(self):
        rules = rules_with(**{"name-binding": "strict", "allow": [STRANGER4]})
        self.with_rules(rules)
        self.assertTrue(self.get("na", "www.shop.test", STRANGER4))
        self.assertFalse(self.get("na", "www.shop.test", STRANGER6))

    def test_remembered_over_a_crash(self):
        self.with_rules(STRICT)
        self.assertTrue(self.get("na", "img.other.test"))
        self.guard.kill(signal.SIGKILL)
        eventually(lambda: self.guard.poll() is not None, "the end of the agent")
        self.start_guard()
        self.assertTrue(self.get("na", "img.other.test", CDN4))
        self.assertFalse(self.get("na", "img.other.test", STRANGER4))

    def test_observe(self):
        self.with_rules(OBSERVE)
        before = self.health()["elsewhere"]
        self.assertTrue(self.get("na", "www.shop.test"))
        self.assertEqual(self.health()["elsewhere"], before)
        self.assertTrue(self.get("na", "www.shop.test", STRANGER4))
        self.assertTrue(self.get("na", "www.shop.test", STRANGER4, "https"))
        self.assertEqual(self.health()["elsewhere"], before + 2)
        self.reload(RULES)
        self.assertTrue(self.get("na", "www.shop.test", STRANGER4))
        self.assertEqual(self.health()["elsewhere"], before + 2)

    def test_browser(self):
        """A page with pictures from a delivery network: no false alarm."""
        self.with_rules(OBSERVE)
        before = self.health()
        done = self.house.run_as("na", [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--user-data-dir=/home/na/chromium-bound", "--dump-dom", "http://shop.test/"],
            timeout=60)
        self.assertIn("hello from shop", done.out, done.err)
        log = (self.house.work / "bound" / "access.log").read_text(encoding="utf-8")
        for number in range(1, 5):
            self.assertIn(f"GET /{number} ", log)
        after = self.health()
        self.assertGreaterEqual(after["judged"] - before["judged"], 4)
        self.assertEqual(after["elsewhere"], before["elsewhere"])

    def test_another_name_at_a_resolver(self):
        """Nothing but encrypted DNS is there, whatever the hello names."""
        self.reload(RULES)
        for scheme in ("http", "https"):
            self.assertTrue(self.get("me", "school.test", RESOLVER4, scheme))
            self.assertFalse(self.get("na", "school.test", RESOLVER4, scheme))
        self.with_rules(rules_with(allow=["school.test"]))
        self.assertTrue(self.get("na", "school.test", RESOLVER4))


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
