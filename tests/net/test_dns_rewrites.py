#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that the DNS proxy changes: ECH keys, canaries, filtered search, and what it keeps.
Arguments: the program dns-proxy-run."""

import json
import os
import pathlib
import re
import time

from dns_case import DNS4, ProxyCase, eventually, run_tests

SECOND4 = "10.77.0.4"
PLAIN, SAFE, SAFE6 = "10.77.0.2", "10.77.0.5", "fd00:77::5"
STRICT, MODERATE = "10.77.0.6", "10.77.0.7"

HINTS = "alpn=h2 ipv4hint=10.77.0.2 ipv6hint=fd00:77::2"


def svcb(priority, target, *params):
    """RDATA in the form of RFC 3597, for any server."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in target.split(".") if label)
    data = priority.to_bytes(2, "big") + name + b"\0"
    for key, value in params:
        data += key.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
    return f"\\# {len(data)} {data.hex()}"


ALPN = (1, b"\2h3\2h2")
HINT4, HINT6 = (4, bytes([10, 77, 0, 2])), (6, bytes.fromhex("fd000077" + "0" * 23 + "2"))
ECH = (5, b"\0\x45\xfe\x0d" + b"k" * 65)
DOHPATH = (7, b"/dns-query{?dns}")

ZONE = "\n".join([
    f"ech.test. 300 TYPE65 {svcb(1, '', ALPN, HINT4, ECH, HINT6)}",
    f"ech.test. 300 TYPE65 {svcb(2, 'pool.test', (0, bytes([0, 1, 0, 5])), ALPN, (3, b'^s'), ECH)}",
    f"must.test. 300 TYPE65 {svcb(1, '', (0, bytes([0, 5])), ECH)}",
    f"plain.test. 300 TYPE65 {svcb(1, '', ALPN, HINT4)}",
    f"path.test. 300 TYPE64 {svcb(1, '', ALPN, HINT4, DOHPATH)}",
    f"_dns.resolver.arpa. 300 TYPE64 {svcb(1, 'doh.test', ALPN, DOHPATH)}",
    f"_dns.ns.test. 300 TYPE64 {svcb(1, 'doh.test', ALPN, DOHPATH)}",
    "use-application-dns.net. A 10.77.0.2", "mask.icloud.com. A 10.77.0.2",
    "mask-h2.icloud.com. A 10.77.0.2", "dns.google. A 10.77.0.2",
    "front.test. CNAME mozilla.cloudflare-dns.com.", "mozilla.cloudflare-dns.com. A 10.77.0.2",
    *[f"{host}. A {PLAIN}\n{host}. AAAA fd00:77::2\n"
      f"{host}. TYPE65 {svcb(1, '', ALPN, HINT4)}"
      for host in ("www.google.com", "www.google.com.vn", "images.google.com", "www.bing.com",
                   "www.youtube.com", "youtubei.googleapis.com", "pixabay.com", "yandex.com")],
    f"duckduckgo.com. A {PLAIN}", f"www.x.youtube.com. A {PLAIN}",
    f"forcesafesearch.google.com. 3600 A {SAFE}", f"forcesafesearch.google.com. AAAA {SAFE6}",
    f"strict.bing.com. CNAME edge.bing.test.", f"edge.bing.test. A {SAFE}",
    f"safesearch.pixabay.com. A {SAFE}", f"familysearch.yandex.ru. A {SAFE}",
    f"restrict.youtube.com. A {STRICT}", f"restrictmoderate.youtube.com. A {MODERATE}",
    "short.test. 2 A 10.77.0.2", "long.test. 86400 A 10.77.0.2", "zero.test. 0 A 10.77.0.2",
    "printer.home. 300 A 10.77.0.2", "empty.test. TXT x"]) + "\n"

POLICY = {
    "luytre": 1,
    "profiles": {
        "young": {"sites": {"default": "allow", "safe-search": True, "youtube": "strict",
                            "block": ["games.test"]}},
        "old": {"sites": {"default": "allow", "youtube": "moderate"}},
    },
    "children": [{"user": "na", "profile": "young"}, {"user": "minh", "profile": "old"}],
}


class Case(ProxyCase):
    policy, zone = POLICY, ZONE

    def addresses(self, user, *words):
        return sorted(record[-1] for record in self.dig(user, *words).answers
                      if record[3] in ("A", "AAAA"))


class HidingNames(Case):
    def test_keys_are_stripped(self):
        for way in ("+notcp", "+tcp", "+dnssec", "+nocookie"):
            with self.subTest(way=way):
                answer = self.dig("na", way, "ech.test", "HTTPS")
                self.assertEqual(answer.status, "NOERROR", answer.text)
                self.assertEqual(sorted(record[4] for record in answer.answers
                                        if record[3] in ("HTTPS", "TYPE65")),
                                 ['1 . alpn="h3,h2" ipv4hint=10.77.0.2 ipv6hint=fd00:77::2',
                                  "2 pool.test. mandatory=alpn alpn=\"h3,h2\" port=24179"],
                                 answer.text)
        self.assertIn("ech=", self.house.run_as("me", ["dig", f"@{DNS4}", "ech.test",
                                                       "HTTPS"]).out)

    def test_other_parameters(self):
        answer = self.dig("na", "must.test", "HTTPS")
        self.assertEqual([r[4] for r in answer.answers], ["1 ."])
        answer = self.dig("na", "plain.test", "HTTPS")
        self.assertEqual([r[4] for r in answer.answers], ['1 . alpn="h3,h2" ipv4hint=10.77.0.2'])
        answer = self.dig("na", "path.test", "SVCB")
        self.assertEqual([r[4] for r in answer.answers], ['1 . alpn="h3,h2" ipv4hint=10.77.0.2'])

    def test_discovery_of_resolvers(self):
        for name in ("_dns.resolver.arpa", "resolver.arpa", "_dns.ns.test", "_853._dns.ns.test"):
            answer = self.dig("na", name, "SVCB")
            self.assertEqual((answer.status, [r[3] for r in answer.records]), ("NOERROR", ["SOA"]))
            self.assertFalse(answer.filtered)

    def test_canaries(self):
        for name in ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"):
            answer = self.dig("na", name)
            self.assertEqual((answer.status, answer.filtered), ("NXDOMAIN", False))
        self.assert_refused(self.dig("na", "dns.google"))
        eventually(lambda: self.proxy.events == ["30001 dns.google block encrypted-dns"],
                   "one event, and none of a canary")

    def test_alias_of_a_resolver(self):
        self.assert_refused(self.dig("na", "front.test"))


class FilteredSearch(Case):
    def test_search_engines(self):
        for host in ("www.google.com", "www.google.com.vn", "www.bing.com", "pixabay.com",
                     "yandex.com"):
            for way in ("+notcp", "+tcp", "+noedns"):
                with self.subTest(host=host, way=way):
                    self.assertEqual(self.addresses("na", way, host), [SAFE])
                    self.assertEqual(self.addresses("minh", way, host), [PLAIN])

    def test_form_of_the_answer(self):
        answer = self.dig("na", "WWW.Google.COM")
        self.assertEqual([(r[0], r[3], r[4]) for r in answer.answers],
                         [("WWW.Google.COM.", "CNAME", "forcesafesearch.google.com."),
                          ("forcesafesearch.google.com.", "A", SAFE)])
        self.assertLessEqual(max(int(r[1]) for r in answer.answers), 60)
        self.assertEqual([(r[3], r[4]) for r in self.dig("na", "www.bing.com").answers],
                         [("CNAME", "strict.bing.com."), ("CNAME", "edge.bing.test."),
                          ("A", SAFE)])
        self.assertEqual(self.addresses("na", "www.google.com", "AAAA"), [SAFE6])
        # A safe host without IPv6, and one that is not there at all: never the plain one.
        answer = self.dig("na", "www.youtube.com", "AAAA")
        self.assertEqual((answer.status, self.addresses("na", "www.youtube.com", "AAAA")),
                         ("NOERROR", []))
        answer = self.dig("na", "duckduckgo.com")
        self.assertEqual((answer.status, self.addresses("na", "duckduckgo.com")), ("NXDOMAIN", []))

    def test_hints_do_not_lead_around(self):
        for kind in ("HTTPS", "SVCB", "ANY"):
            answer = self.dig("na", "+notcp", "www.google.com", kind)
            self.assertEqual((answer.status, [r[3] for r in answer.records]), ("NOERROR", ["SOA"]))
        self.assertIn("HTTPS", [r[3] for r in self.dig("minh", "www.google.com", "HTTPS").answers])

    def test_youtube(self):
        for host in ("www.youtube.com", "youtubei.googleapis.com"):
            self.assertEqual(self.addresses("na", host), [STRICT])
            self.assertEqual(self.addresses("minh", host), [MODERATE])

    def test_other_names_and_users(self):
        self.assertEqual(self.addresses("na", "images.google.com"), [PLAIN])
        self.assertEqual(self.addresses("na", "www.x.youtube.com"), [PLAIN])
        done = self.house.run_as("me", ["dig", f"@{DNS4}", "+short", "www.google.com"])
        self.assertEqual(done.out.strip(), PLAIN)

    def test_settings_change(self):
        changed = json.loads(json.dumps(POLICY))
        changed["profiles"]["young"]["sites"]["safe-search"] = False
        self.proxy.publish(changed)
        self.assertEqual(self.addresses("na", "+nocookie", "www.google.com"), [PLAIN])
        self.proxy.publish(POLICY)
        self.assertEqual(self.addresses("na", "+nocookie", "www.google.com"), [SAFE])
        changed["profiles"]["young"]["sites"]["block"] = ["google.com"]
        self.proxy.publish(changed)
        self.assert_refused(self.dig("na", "+nocookie", "www.google.com"))

    def test_programs(self):
        """As the packet path does it: the child's own programs see the filtered host alone."""
        uid = self.house.accounts["na"][0]
        rules = "table inet t { chain o {\ntype nat hook output priority -100\n" \
                f"meta skuid {uid} meta l4proto {{ tcp, udp }} th dport 53 " \
                f"redirect to :{self.proxy.port['na']}\n}}\n}}\n"
        self.assertEqual(self.house.run_as("root", ["nft", "-f", "-"], stdin=rules).rc, 0)
        self.addCleanup(self.house.run_as, "root", ["nft", "delete table inet t"])
        found = self.house.run_as("na", ["getent", "ahosts", "www.google.com"]).out
        self.assertEqual(set(re.findall(r"^\S+", found, re.M)), {SAFE, SAFE6})
        found = self.house.run_as("me", ["getent", "ahosts", "www.google.com"]).out
        self.assertIn(PLAIN, found)


class Kept(Case):
    """What the proxy keeps: asked without a cookie, as programs do."""

    def ask(self, user, name, *words):
        """The answer, and whether the servers were asked."""
        before = self.proxy.stats()["forwarded"]
        answer = self.dig(user, "+nocookie", name, *words)
        return answer, self.proxy.stats()["forwarded"] > before

    def test_second_answer_is_kept(self):
        for words in (("long.test",), ("long.test", "+noedns"), ("long.test", "+tcp"),
                      ("long.test", "AAAA"), ("long.test", "+dnssec"), ("long.test", "+cd")):
            with self.subTest(words=words):
                first, was_asked = self.ask("na", *words)
                second, is_asked = self.ask("na", *words)
                self.assertEqual((first.status, is_asked), (second.status, False))
                self.assertEqual([r[4] for r in first.answers], [r[4] for r in second.answers])
        self.assertEqual(self.ask("na", "LONG.test")[0].answers[0][0], "LONG.test.")

    def test_what_is_not_kept(self):
        for name in ("zero.test", "printer.home", "printer", "1.0.77.10.in-addr.arpa"):
            self.ask("na", name)
            self.assertTrue(self.ask("na", name)[1], name)
        self.ask("na", "long.test")
        self.assertTrue(self.ask("na", "long.test", "+cookie")[1])
        self.assertTrue(self.ask("na", "long.test", "+subnet=10.0.0.0/8")[1])
        # Another child cannot see by its watch what this one has looked up.
        self.assertTrue(self.ask("minh", "long.test")[1])

    def test_never_stale(self):
        first, _ = self.ask("na", "short.test")
        start = time.monotonic()
        self.assertEqual(first.answers[0][1], "2")
        left = set()

        def is_asked_again():
            answer, is_asked = self.ask("na", "short.test")
            left.add(int(answer.answers[0][1]))
            return is_asked
        eventually(is_asked_again, "the end of its two seconds")
        self.assertGreater(time.monotonic() - start, 1.5)
        self.assertEqual(left, {1, 2})

    def test_no_such_name(self):
        for words in (("nothing.test",), ("empty.test",)):
            self.ask("na", *words)
            self.assertFalse(self.ask("na", *words)[1])

        def is_asked_again():
            return self.ask("na", "nothing.test")[1]
        eventually(is_asked_again, "the end of the zone's five seconds", timeout=15)

    def test_rules_judge_what_is_kept(self):
        self.assert_found(self.ask("na", "long.test")[0])
        changed = json.loads(json.dumps(POLICY))
        changed["profiles"]["young"]["sites"]["block"] = ["long.test"]
        self.proxy.publish(changed)
        self.assert_refused(self.ask("na", "long.test")[0])
        self.proxy.publish(POLICY)
        self.assert_found(self.ask("na", "long.test")[0])

    def test_other_servers(self):
        self.ask("na", "long.test")
        self.assertFalse(self.ask("na", "long.test")[1])
        self.proxy.write_servers([SECOND4], replace=True)
        eventually(lambda: self.ask("na", "long.test")[1], "a question for the new server")


class Memory(Case):
    # AddressSanitizer holds back what was freed, to find its users; here as little as it can.
    proxy_env = {"ASAN_OPTIONS": ":".join(filter(None, [
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"]))}

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.proxy.process.pid}/status").read_text("ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def test_bursts_take_no_more_each_time(self):
        """The first one makes the tables. A kilobyte lost with each question would show."""
        self.dig("na", "long.test")
        at_first, held = self.resident_kib(), []
        for number in range(4):
            self.client("burst", "na", f"news{number}.test", 5000, 1)
            held.append(self.resident_kib() - at_first)
        self.assertLess(held[0], 12000, held)
        grown = [later - earlier for earlier, later in zip(held, held[1:])]
        self.assertLess(min(grown), 450, held)
        self.assert_found(self.dig("na", "long.test"))


if __name__ == "__main__":
    run_tests()
