#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS proxy before real and hostile servers. Arguments: the program dns-proxy-run."""

import json
import os
import re

from dns_case import DNS4, HOSTILE4, HOSTILE6, Answer, ProxyCase, eventually, run_tests

DNS6 = "fd00:77::2"
SECOND4 = "10.77.0.4"
NOBODY4 = "10.77.0.66"   # on the cable, but nobody has it: silence

# Less than the time that a silent server costs with "timeout:1".
TRY_MS = 900

ZONE = "\n".join(
    ["big.test. TXT " + " ".join('"%s"' % (f"{number:03}" * 80) for number in range(20)),
     "chain1.test. CNAME chain2.test.", "chain2.test. CNAME chain3.test.",
     "chain3.test. CNAME games.test.", "late.test. CNAME news.test.",
     "hosting.test. CNAME edge.cdn.test.", "edge.cdn.test. A 10.77.0.2",
     "svc.test. TYPE65 \\# 14 0001 0567616d6573 0474657374 00",
     "open-svc.test. TYPE65 \\# 3 0001 00",
     "sub.dname.test. DNAME games.test.", "www.games.test. A 10.77.0.2",
     "1.0.77.10.in-addr.arpa. PTR pc.test.", "printer. A 10.77.0.5",
     "printer.local. A 10.77.0.5"]) + "\n"

POLICY = {
    "luytre": 1,
    "profiles": {
        # Many names of one site at once: not a tunnel's here (tests/net/test_dns_tunnel.py).
        "most": {"sites": {"default": "allow", "block": ["games.test", "bad.test"],
                           "categories": {}, "vpn": "allow"}},
        "few": {"sites": {"default": "block", "allow": ["school.test", "hosting.test", "svc.test",
                                                        "chain1.test", "printer.block.test"],
                          "block": ["games.test"]}},
    },
    "children": [{"user": "na", "profile": "most"}, {"user": "minh", "profile": "few"}],
}


class Case(ProxyCase):
    policy, zone = POLICY, ZONE


class RealServer(Case):
    WAYS = [(host, way) for host in ("127.0.0.1", "::1") for way in ("+notcp", "+tcp")]

    def test_each_way_in(self):
        for host, way in self.WAYS:
            with self.subTest(host=host, way=way):
                self.assert_found(self.dig("na", way, "school.test", host=host))
                self.assert_found(self.dig("na", way, "school.test", "AAAA", host=host),
                                  "fd00:77::2")
                self.assert_refused(self.dig("na", way, "games.test", host=host))
                self.assert_refused(self.dig("na", way, "x.Games.Test", "AAAA", host=host))

    def test_refusal_is_quick(self):
        """The best of three: a busy machine is not the proxy's fault."""
        for host, way in self.WAYS:
            with self.subTest(host=host, way=way):
                self.assertLess(min(self.dig("na", way, "games.test", host=host).ms
                                    for _ in range(3)), 50)

    def test_two_children_at_once(self):
        for _ in range(3):
            self.assert_found(self.dig("na", "news.test"))
            self.assert_refused(self.dig("minh", "news.test"))
            self.assert_found(self.dig("minh", "school.test"))
            self.assert_found(self.dig("na", "school.test"))
        eventually(lambda: "30002 news.test block default" in self.proxy.events, "the event")
        self.assertNotIn("30001 news.test", " ".join(self.proxy.events))

    def test_refusal_is_short_lived(self):
        answer = self.dig("na", "games.test")
        soa = [record for record in answer.records if record[3] == "SOA"]
        self.assertEqual(len(soa), 1, answer.text)
        self.assertLessEqual(int(soa[0][1]), 10)
        self.assertFalse(self.dig("na", "+noedns", "games.test").filtered)

    def test_aliases(self):
        for name in ("alias.test", "chain1.test", "chain2.test", "www.sub.dname.test"):
            with self.subTest(name=name):
                self.assert_refused(self.dig("na", name))
        eventually(lambda: any(event.startswith("30001 games.test block listed")
                               for event in self.proxy.events), "an event with the target")
        self.assert_refused(self.dig("na", "svc.test", "HTTPS"))
        self.assertEqual(self.dig("na", "open-svc.test", "HTTPS").status, "NOERROR")

    def test_alias_of_open_site_under_default_block(self):
        self.assert_found(self.dig("minh", "hosting.test"))
        self.assert_refused(self.dig("minh", "edge.cdn.test"))
        self.assert_refused(self.dig("minh", "chain1.test"))

    def test_names_that_are_no_sites(self):
        before = len(self.proxy.events)
        self.assertEqual(self.dig("minh", ".", "NS").status, "NOERROR")
        self.assertEqual(self.dig("minh", "-x", "10.77.0.1").status, "NOERROR")
        self.assert_found(self.dig("minh", "printer"), "10.77.0.5")
        self.assert_found(self.dig("minh", "printer.local"), "10.77.0.5")
        self.assertFalse(self.dig("minh", "localhost").filtered)
        self.assertFalse(self.dig("minh", "com.vn", "DS").filtered)
        self.assert_refused(self.dig("minh", "com.vn", "A"))
        eventually(lambda: len(self.proxy.events) > before, "the event of com.vn")
        self.assertEqual(self.proxy.events[before:], ["30002 com.vn block default"])

    def test_names_that_no_host_has(self):
        for name in (r"a\032b.school.test", r"\000.school.test", r"b\195\188.school.test"):
            self.assert_refused(self.dig("na", name))
        eventually(lambda: "30001 - block bad-name" in self.proxy.events, "the event")
        self.assertEqual(self.dig("na", "_dmarc.school.test", "TXT").status, "NXDOMAIN")
        self.assertFalse(self.dig("na", "_dmarc.school.test", "TXT").filtered)

    def test_large_answers_come_by_tcp(self):
        answer = self.dig("na", "+bufsize=1232", "big.test", "TXT")
        self.assertTrue(answer.truncated and answer.by_tcp, answer.text)
        self.assertGreater(answer.size, 4000)
        self.assertGreater(self.dig("na", "+noedns", "+tcp", "big.test", "TXT").size, 4000)
        answer = self.dig("na", "+bufsize=1232", "+ignore", "big.test", "TXT")
        self.assertRegex(answer.text, r"flags:[a-z ]* tc")

    def test_tcp_manners(self):
        many = ["school.test", "games.test", "news.test", "chat.test"] * 6
        done = self.client("pipeline", "na", *many)
        self.assertEqual(sorted(done["ids"]), list(range(len(many))))
        self.assertEqual(done["codes"], {"school.test": 0, "games.test": 3, "news.test": 0,
                                         "chat.test": 0})
        self.assertEqual(self.client("half-close", "na", "school.test"),
                         {"code": 0, "closed": True})
        self.assertEqual(self.client("bytewise", "na", "school.test"), {"code": 0})

    def test_zone_transfer(self):
        self.assertIn("Transfer failed", self.dig("na", "school.test", "AXFR").text)
        self.assertIn("Transfer failed", self.dig("na", "school.test", "IXFR=1").text)

    def test_rules_change(self):
        self.assert_found(self.dig("na", "news.test"))
        changed = json.loads(json.dumps(POLICY))
        changed["profiles"]["most"]["sites"]["block"] = ["news.test"]
        self.proxy.publish(changed)
        self.assert_refused(self.dig("na", "news.test"))
        self.assert_found(self.dig("na", "games.test"))

    def test_ports_open_and_close(self):
        same = self.proxy.command("open 1", "port 1 ")
        self.assertEqual(int(same.split()[2]), self.proxy.port["na"])
        self.proxy.command("close 1", "closed")
        eventually(lambda: self.dig("na", "school.test", time_s=1).status == "NONE", "closed door")
        self.assertEqual(self.dig("na", "+tcp", "school.test", time_s=1).status, "NONE")
        self.assert_found(self.dig("minh", "school.test"))
        self.proxy.port["na"] = int(self.proxy.command("open 1", "port 1 ").split()[2])
        self.assert_found(self.dig("na", "school.test"))
        for slot in range(3, 60):
            self.proxy.command(f"open {slot}", f"port {slot} ")
        # Nobody's slot: closed, and nobody is told.
        port = int(self.proxy.command("open 60", "port 60 ").split()[2])
        done = self.house.run_as("na", ["dig", "@127.0.0.1", "-p", str(port), "school.test"])
        self.assertIn("NXDOMAIN", done.out)

    def test_redirected_from_anywhere(self):
        """As the packet path does it, in short: any address, answers from the address asked."""
        uid = self.house.accounts["na"][0]
        rules = "table inet t { chain o {\ntype nat hook output priority -100\n" \
                f"meta skuid {uid} meta l4proto {{ tcp, udp }} th dport 53 " \
                f"redirect to :{self.proxy.port['na']}\n}}\n}}\n"
        done = self.house.run_as("root", ["nft", "-f", "-"], stdin=rules)
        self.assertEqual(done.rc, 0, done.err)
        self.addCleanup(self.house.run_as, "root", ["nft", "delete table inet t"])
        for server in (DNS4, DNS6, "127.0.0.53", "8.8.8.8", "2001:db8::53"):
            for way in ("+notcp", "+tcp"):
                with self.subTest(server=server, way=way):
                    ask = ["dig", f"@{server}", "+tries=1", "+time=3", way]
                    self.assert_refused(Answer(self.house.run_as("na", [*ask, "games.test"])))
                    self.assert_found(Answer(self.house.run_as("na", [*ask, "school.test"])))
        done = self.house.run_as("na", ["getent", "ahosts", "school.test"])
        self.assertIn("10.77.0.2", done.out)
        self.assertEqual(self.house.run_as("na", ["getent", "ahosts", "games.test"]).rc, 2)

    def test_deaf_reader(self):
        """Who asks for much and reads nothing is not served without end, and is cut off."""
        done = self.client("deaf", "na", "big.test", 20000)
        self.assertTrue(done["closed"])
        self.assertLess(self.proxy.stats()["questions"], 5000)
        self.assert_found(self.dig("na", "+tcp", "school.test"))

    def test_burst_is_bounded(self):
        done = self.client("burst", "na", "news.test", 5000)
        self.assertGreater(done["answers"], 0)
        stats = self.proxy.stats()
        self.assertEqual(stats["questions"], stats["forwarded"] + stats["dropped"])
        self.assert_found(self.dig("na", "news.test"))
        self.assert_found(self.dig("minh", "school.test"))


class FewDescriptors(Case):
    """Without descriptors questions go unanswered; as soon as there are some all is well."""

    max_files = 40

    def test_crowd_and_burst(self):
        done = self.client("crowd", "na", 60, "school.test")
        self.assertLess(done["open"], 40)
        self.assertEqual(done["code"], 0)
        self.client("burst", "na", "news.test", 2000)
        self.assert_found(self.dig("na", "news.test"))
        self.assert_found(self.dig("minh", "+tcp", "school.test"))


class ServersChange(Case):
    servers = (DNS4, SECOND4)

    def test_dead_first_server(self):
        self.proxy.write_servers([NOBODY4, SECOND4], replace=True)
        for name in ("school.test", "news.test", "hosting.test"):
            self.assert_found(self.dig("na", "+nocookie", name))
        # Three silences in a row: now the second is asked first.
        answer = self.dig("na", "school.test")
        self.assert_found(answer)
        self.assertLess(answer.ms, TRY_MS)
        self.assertGreater(self.proxy.stats()["timeouts"], 0)

    def test_first_server_refuses(self):
        # The machine is there, the port is closed: ICMP says so at once.
        self.proxy.write_servers([HOSTILE4, SECOND4])
        for way in ("+notcp", "+tcp"):
            answer = self.dig("na", way, "school.test")
            self.assert_found(answer)
            self.assertLess(answer.ms, TRY_MS)

    def test_all_refuse(self):
        self.proxy.write_servers([HOSTILE4, HOSTILE6])
        for way in ("+notcp", "+tcp"):
            answer = self.dig("na", way, "school.test")
            self.assertEqual(answer.status, "SERVFAIL")
            self.assertLess(answer.ms, TRY_MS)

    def test_resolv_conf_is_read_again(self):
        self.assertEqual(self.proxy.stats()["upstreams"], 2)
        self.proxy.write_servers([DNS6])
        self.assert_found(self.dig("na", "school.test"))
        self.assertEqual(self.proxy.stats()["upstreams"], 1)
        self.proxy.write_servers([DNS6, DNS4, SECOND4], replace=True)
        self.assert_found(self.dig("na", "school.test"))
        self.assertEqual(self.proxy.stats()["upstreams"], 3)
        link = self.proxy.folder / "link.conf"
        link.write_text(f"nameserver {DNS4}\nnameserver {SECOND4}\n", encoding="ascii")
        os.chmod(link, 0o644)
        self.proxy.resolv_conf.unlink()
        self.assert_found(self.dig("na", "school.test"))
        self.assertEqual(self.proxy.stats()["upstreams"], 3)
        self.proxy.resolv_conf.symlink_to("link.conf")
        self.assert_found(self.dig("na", "school.test"))
        self.assertEqual(self.proxy.stats()["upstreams"], 2)

    def test_link_local_server(self):
        done = self.house.run_server(["ip", "-6", "-o", "addr", "show", "dev", "lt1", "scope",
                                      "link"])
        address = re.search(r"fe80::[0-9a-f:]+", done.out).group(0)
        log = self.house.work / "link-local.log"
        with open(log, "wb") as output:
            server = self.house.start_server(
                ["/usr/bin/python3", str(self.house.work / "hostile_dns.py"),
                 f"{address}%lt1"],
                stdout=output, stderr=output)
            self.addCleanup(server.stop)
            eventually(lambda: b"ready" in log.read_bytes(), "the server")
        self.proxy.write_servers([f"{address}%lt0"])
        self.assert_found(self.dig("na", "honest.test"))
        self.assert_found(self.dig("na", "+tcp", "honest.test"))


class HostileServer(Case):
    servers = (HOSTILE4,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log = cls.house.work / "hostile.log"
        with open(cls.log, "wb") as output:
            cls.house.start_server(["/usr/bin/python3", str(cls.house.work / "hostile_dns.py"),
                                    HOSTILE4], stdout=output, stderr=output)
        eventually(lambda: b"ready" in cls.log.read_bytes(), "the hostile server")

    LIES = ("wrong-id", "wrong-question", "wrong-type", "query-bit", "loop", "forward-pointer",
            "long-name", "counts", "cut", "garbage", "empty", "header-only", "silent", "many-lies")

    def test_lies_over_udp(self):
        for lie in self.LIES:
            with self.subTest(lie=lie):
                before = self.proxy.stats()["bad_answers"]
                answer = self.dig("na", f"{lie}.test")
                self.assertEqual(answer.status, "SERVFAIL", answer.text)
                self.assertLess(answer.ms, 3 * TRY_MS)
                if lie != "silent":
                    self.assertGreater(self.proxy.stats()["bad_answers"], before)
        self.assert_found(self.dig("na", "honest.test"))

    def test_lies_over_tcp(self):
        for lie in self.LIES + ("close", "half", "short-length", "long-length"):
            with self.subTest(lie=lie):
                answer = self.dig("na", "+tcp", f"{lie}.test")
                self.assertEqual(answer.status, "SERVFAIL", answer.text)
                self.assertLess(answer.ms, 3 * TRY_MS)
        self.assert_found(self.dig("na", "+tcp", "honest.test"))
        self.assert_found(self.dig("na", "+tcp", "drip.test"))

    def test_the_truth_after_lies(self):
        self.assert_found(self.dig("na", "twice.test"))

    def test_odd_but_true(self):
        answer = self.dig("na", "tail.test")
        self.assert_found(answer)
        self.assertLess(answer.size, 100)
        self.assert_found(self.dig("na", "+bufsize=1232", "big-udp.test"))
        self.assertTrue(self.dig("na", "+bufsize=1232", "big-udp.test").by_tcp)
        self.assertRegex(self.dig("na", "+ignore", "tc.test").text, r"flags:[a-z ]* tc")
        self.assert_found(self.dig("na", "+tcp", "chain.test"))
        answer = self.dig("na", "servfail.test")
        self.assertEqual(answer.status, "SERVFAIL")
        self.assertLess(answer.ms, TRY_MS)
        self.assert_refused(self.dig("na", "bad-alias.test"))

    def test_silent_server_and_burst(self):
        """Nobody answers 5,000 questions: 256 wait, the rest is dropped, all that wait are told."""
        done = self.client("burst", "na", "silent.test", 5000)
        stats = self.proxy.stats()
        self.assertEqual(stats["questions"], stats["forwarded"] + stats["dropped"])
        self.assertGreater(stats["dropped"], 0)
        self.assertLess(stats["forwarded"], 5 * 256)
        self.assertEqual(done["codes"], {"2": stats["forwarded"]})
        self.assert_found(self.dig("na", "honest.test"))

    def test_blocked_never_reaches_the_server(self):
        self.assert_refused(self.dig("na", "secret.games.test"))
        self.assert_refused(self.dig("na", "+tcp", "secret.games.test"))
        self.assert_found(self.dig("na", "honest.test"))
        eventually(lambda: b"honest.test" in self.log.read_bytes(), "the server's log")
        self.assertNotIn(b"games.test", self.log.read_bytes())

    def test_bad_clients(self):
        self.client("garbage", "na")
        done = self.client("crowd", "na", 200, "honest.test")
        self.assertLessEqual(done["open"], 16)
        self.assertEqual(done["code"], 0)
        # Another child is not touched by the crowd, nor by what follows.
        self.assertGreater(self.client("slow", "na")["closed_after_s"], 5)
        self.assert_found(self.dig("na", "honest.test"))


if __name__ == "__main__":
    run_tests()
