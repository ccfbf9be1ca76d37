#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""QUIC on real traffic: clients of Debian 13 against caddy, and what a clever child would try.

Each trick is first shown to reach the server when a user without rules does it.

usage: test_quic.py GUARD-RUN KIND LUYTRECTL   (KIND of queue: xt, native or auto)
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import LOGGER4, eventually, run_tests, slowed  # noqa: E402
from lab.caddy import Front  # noqa: E402
from lab.debian13 import Debian13  # noqa: E402
from test_packet_path import Guarded, RULES, rules_with  # noqa: E402

LUYTRECTL = os.path.abspath(sys.argv[3])
FAR4, FAR6 = "10.77.0.4", "fd00:77::4"
NAMES = ("school.test", "games.test", "news.test", "blocked.test")
RETRY_PORT = 4443
# A child's program has its answer by then, without a time to wait for.
REFUSED_MS = slowed(150)


class Quic(Guarded):
    """Servers and clients of HTTP/3."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newer = Debian13(cls.house)
        cls.caddy = cls.servers.start_caddy([Front("far", (FAR4, FAR6), NAMES)], NAMES)
        for name in ("quic_client.py", "quic_server.py"):
            shutil.copy(HERE / name, cls.house.work)

    def curl_argv(self, name, *more, family=4, path="/"):
        address = FAR4 if family == 4 else f"[{FAR6}]"
        return ["curl", "--http3-only", "-sS", "--cacert", self.servers.authority, "--max-time",
                str(slowed(10)), "-o", "/dev/null", "-w", "%{http_version} %{http_code} "
                "%{time_total} %{size_download}", "--resolve", f"{name}:443:{address}", *more,
                f"https://{name}{path}"]

    def curl3(self, user, name, *more, **how):
        return self.newer.run_as(user, self.curl_argv(name, *more, **how), timeout=30)

    def client(self, user, kind, **plan):
        plan = {"host": FAR4, "port": 443, "ca": self.servers.authority, **plan}
        done = self.newer.run_as(user, ["python3", str(self.house.work / "quic_client.py"), kind,
                                        json.dumps(plan)], timeout=30)
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def raw(self, user, *steps, **plan):
        """Sends datagrams, with a capture at the server; what was sent and got there, in order."""
        capture = self.house.capture("raw.pcap", "udp")
        result = self.client(user, "raw", steps=list(steps), **plan)
        capture.stop()
        result["arrived"] = [capture.contains(bytes.fromhex(data)) for data in result["sent"]]
        return result

    def assert_opened(self, done):
        self.assertEqual(done.rc, 0, done.err)
        self.assertEqual(done.out.split()[:2], ["3", "200"], done.out)

    def assert_refused3(self, done):
        self.assertEqual(done.rc, 7, done.err)  # curl: could not connect
        self.assertIn("refused", done.err)

    def names_at_server(self, capture):
        done = subprocess.run([LUYTRECTL, "inspect", str(capture.path)], capture_output=True,
                              text=True, check=False)
        return [line.split("\t")[-1] for line in done.stdout.splitlines() if "quic" in line]


class Allowed(Quic):
    def test_each_gets_its_own(self):
        """Two children with different rules, and a user without."""
        expected = {"na": {"school.test", "news.test"}, "minh": {"school.test", "games.test"},
                    "me": set(NAMES)}
        for family in (4, 6):
            for user, sites in expected.items():
                for name in NAMES:
                    with self.subTest(user=user, name=name, family=family):
                        done = self.curl3(user, name, family=family)
                        if name in sites:
                            self.assert_opened(done)
                        else:
                            self.assert_refused3(done)
        self.assertEqual({item.protocol for item in self.caddy.requests()}, {"HTTP/3.0"})

    def test_nobody_else_is_queued(self):
        before = self.health()["queued"]
        self.assert_opened(self.curl3("me", "games.test"))
        self.assertEqual(self.health()["queued"], before)

    def test_trips(self):
        """A connection comes up for its hello and for long headers, not for what follows."""
        for label, more, path, most in (
                ("post-quantum hello", [], "/", 7),
                ("hello in one datagram", ["--curves", "X25519"], "/", 5),
                ("a download", ["-r", "0-20000000"], "/big", 8)):
            with self.subTest(label):
                trips = []
                for _ in range(5):
                    before = self.health()["queued"]
                    done = self.curl3("na", "school.test", *more, path=path)
                    self.assertEqual(done.rc, 0, done.err)
                    trips.append(self.health()["queued"] - before)
                print(f"{label}: trips {trips}")
                self.assertLessEqual(sorted(trips)[len(trips) // 2], most, trips)

    def test_versions(self):
        """Version 2 of QUIC, through a Retry; version 1 against caddy."""
        certificate = self.servers.work / "school.test"
        process = self.newer.start_server(
            ["python3", str(self.house.work / "quic_server.py"), FAR4, str(RETRY_PORT),
             f"{certificate}.crt", f"{certificate}.key"], stdout=subprocess.PIPE)
        self.addCleanup(process.stop)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        for version in (1, 2):
            for name, is_open in (("school.test", True), ("blocked.test", False)):
                with self.subTest(version=version, name=name):
                    [result] = self.client("na", "connect", port=RETRY_PORT,
                                           asked=[{"name": name, "version": version}])
                    if is_open:
                        self.assertEqual(result["status"], 204, result)
                        self.assertEqual(result["version"], (1, 0x6B3343CF)[version - 1])
                    else:
                        self.assertEqual(result["error"], "ECONNREFUSED", result)
                        self.assertLess(result["ms"], REFUSED_MS, result)

    def test_pieces_of_an_allowed_hello(self):
        """However it is cut, the server gets it and answers."""
        pieces = {"halves": [[[0, 700]], [[700, None]]],
                  "the second half first": [[[700, None]], [[0, 700]]],
                  "shuffled": [[[900, 1000], [0, 100], [500, 900]], [[1000, None], [100, 500]]],
                  "overlapping": [[[0, 800]], [[600, None]]]}
        for label, parts in pieces.items():
            with self.subTest(label):
                # caddy sometimes loses the second of two that come at one moment: once more all.
                parts = [*parts, *parts]
                result = self.raw("na", *[
                    {"pause": 0.05, "datagrams": [
                        {"name": "school.test", "at_least": 1500, "pieces": part, "pn": number,
                         "cid": f"{label[:8]:8}"}]}
                    for number, part in enumerate(parts)], quiet=slowed(1))
                self.assertEqual(result["arrived"], [True] * len(parts))
                self.assertGreater(result["answers"]["0"], 1000, result["errors"])


class Refused(Quic):
    def test_at_once_and_nothing_arrives(self):
        for family, host in ((4, FAR4), (6, FAR6)):
            with self.subTest(family=family):
                capture = self.house.capture("refused.pcap", "udp")
                n_before = len(self.caddy.requests())
                for _ in range(3):
                    [result] = self.client("na", "connect", host=host,
                                           asked=[{"name": "blocked.test"}])
                    self.assertEqual(result["error"], "ECONNREFUSED", result)
                    self.assertLess(result["ms"], REFUSED_MS, result)
                    self.assert_refused3(self.curl3("na", "blocked.test", family=family))
                self.assert_opened(self.curl3("na", "school.test", family=family))
                capture.stop()
                self.assertEqual(set(self.names_at_server(capture)), {"school.test"})
                self.assertEqual([item.host for item in self.caddy.requests()[n_before:]],
                                 ["school.test"])
        self.assertIn("event 30001 block listed blocked.test", self.log())

    def test_refused_without_asking(self):
        """What a program sends on although it is refused costs no trip a datagram. Until the first
        verdict any number may go up; then sending itself fails, because the kernel refuses."""
        before = self.health()["queued"]
        short = {"datagrams": [{"hex": "40" + "00" * 60}]}
        result = self.raw("na", {**short, "until": "EPERM"}, *[short] * 50, port=4433)
        errors = result["errors"]
        n_until = errors.index("EPERM") + 1
        self.assertNotIn("", errors[n_until:])
        self.assertIn("EPERM", errors[n_until:])
        eventually(lambda: self.health()["queued"] - before == errors.count(""), "as many trips")

    def test_halves(self):
        hello = {"name": "blocked.test", "at_least": 1500}
        first = {**hello, "pieces": [[0, 700]]}
        second = {**hello, "pieces": [[700, None]], "pn": 1}
        # caddy sometimes loses the second of two that come at one moment.
        first_again = {"pause": 0.05, "datagrams": [first]}
        again = {"pause": 0.05, "datagrams": [second]}
        for label, steps, is_answered in (
                ("one flow", [{"datagrams": [first]}, {"datagrams": [second]}, again], True),
                ("the second first",
                 [{"datagrams": [second]}, {"datagrams": [first]}, first_again], True),
                # caddy looks at the connection ID alone.
                ("two flows", [{"datagrams": [first]}, {"socket": 1, "datagrams": [second]},
                               {**again, "socket": 2}], True),
                ("burst", [{"gso": True, "datagrams": [first, second]}], False)):
            for user in ("me", "na"):
                marked = json.loads(json.dumps(steps))
                for spec in (spec for step in marked for spec in step["datagrams"]):
                    spec["cid"] = f"{label[:6]:6}{user}"
                with self.subTest(label, user=user):
                    result = self.raw(user, *marked, quiet=slowed(1))
                    n_later = len(result["sent"]) - 1
                    self.assertEqual(result["arrived"], [True] + [user == "me"] * n_later, result)
                    if user == "na" or is_answered:
                        self.assertEqual(sum(result["answers"].values()) > 1000, user == "me",
                                         result)

    def test_changed_when_sent_again(self):
        good = {"name": "school.test", "at_least": 1500, "pieces": [[700, None]], "cid": "changed!"}
        other = {**good, "name": "blocked.test", "pieces": [[690, None]], "pn": 1}
        result = self.raw("na", {"datagrams": [good]}, {"pause": 0.05, "datagrams": [other]})
        self.assertEqual(result["arrived"], [True, False])
        self.assertIn("event 30001 block tampering", self.log())

    def test_second_connection_on_the_same_ports(self):
        """A closed site beside an open one: only the closed one's packets are refused."""
        results = self.client("na", "connect", keep=0.2, asked=[
            {"name": "school.test"}, {"name": "blocked.test"}, {"name": "news.test"}])
        self.assertEqual([item["status"] for item in results], [200, None, 200, 200], results)
        self.assertEqual(results[1]["error"], "ECONNREFUSED", results)

    def test_socket_of_many(self):
        """A socket that is not connected hears of no refusal: it is ended, unless it serves others
        that are open."""
        good = {"datagrams": [{"name": "school.test", "cid": "of many!"}]}
        closed = {"name": "blocked.test", "cid": "not open"}
        bad = {"pause": 0.2, "port": 444, "datagrams": [closed]}
        later = {**good, "pause": 0.2}
        result = self.raw("na", bad, later, unconnected=True)
        self.assertIn("ECONNABORTED", result["errors"])
        result = self.raw("na", good, bad, later, unconnected=True, quiet=slowed(1))
        self.assertEqual(result["errors"], ["", "", ""])
        self.assertGreater(result["answers"]["0"], 1000)
        self.assertEqual(result["arrived"], [True, False, True])

    def test_burst_behind_a_short_header(self):
        """The table sees the first of several datagrams that leave as one (UDP_SEGMENT)."""
        hello = {"name": "school.test", "fill": 1200, "cid": "allowed!"}
        for user, arrives in (("me", True), ("na", False)):
            with self.subTest(user=user):
                hidden = {"name": "blocked.test", "fill": 1200, "cid": f"hidden{user}"}
                result = self.raw(
                    user, {"datagrams": [hello]},
                    {"pause": 0.2, "gso": True, "datagrams": [{"hex": "40" + "00" * 1199}, hidden]})
                self.assertEqual(result["arrived"], [True, True, arrives], result["errors"])

    def test_half_hidden_in_a_burst(self):
        """The other half of a hello, too small for a beginning, in a burst on an open one."""
        for user, arrives in (("me", True), ("na", False)):
            with self.subTest(user=user):
                half = {"name": "blocked.test", "at_least": 1100, "cid": f"parted{user}"}
                rest = {**half, "pieces": [[1000, None]], "pn": 1, "fill": 500}
                result = self.raw(
                    user, {"datagrams": [{"name": "school.test", "cid": f"beside{user}"}]},
                    {"pause": 0.2, "socket": 1, "datagrams": [{**half, "pieces": [[0, 1000]]}]},
                    {"pause": 0.2, "gso": True, "datagrams": [{"hex": "40" + "00" * 499}, rest]})
                self.assertEqual(result["arrived"], [True, True, True, arrives], result["errors"])

    def test_port_of_another_user(self):
        """Who has the port of a flow that another had a moment ago gets what his own rules say."""
        rules = json.loads(json.dumps(RULES))
        rules["profiles"]["minh"]["sites"]["unknown-protocols"] = "allow"
        self.reload(rules)
        self.addCleanup(self.reload, RULES)
        server = ("import select, socket\n"
                  "made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]\n"
                  f"for udp, port in zip(made, (443, 7000)): udp.bind(({LOGGER4!r}, port))\n"
                  "while True:\n"
                  "    for udp in select.select(made, [], [])[0]:\n"
                  "        udp.sendto(b'@' + bytes(50), udp.recvfrom(2000)[1])\n")
        self.addCleanup(self.house.start_server(["/usr/bin/python3", "-c", server]).stop)
        eventually(lambda: f"{LOGGER4}:7000" in self.house.run_server(["ss", "-Hlun"]).out,
                   "a server that answers with short headers")
        half = {"name": "blocked.test", "at_least": 1500}
        halves = [{**half, "pieces": [[0, 700]]}, {**half, "pieces": [[700, None]], "pn": 1}]
        for port, sport, specs, expected in (
                (443, 5001, [{"name": "games.test"}], {"minh": [1], "na": [0], "me": [1]}),
                (443, 5002, halves, {"na": [1, 0], "me": [1, 1]}),
                (7000, 5003, [{"hex": "20" + "00" * 40}], {"minh": [1], "na": [0], "me": [1]})):
            for user in expected:
                with self.subTest(port=port, sport=sport, user=user):
                    # Each with bytes of its own, to be found at the server.
                    mine = [{**spec, "cid": f"{sport}{user:4}"} if "name" in spec else
                            {"hex": spec["hex"] + user.encode().hex()} for spec in specs]
                    result = self.raw(user, *[{"pause": 0.05, "datagrams": [spec]}
                                              for spec in mine],
                                      host=LOGGER4, port=port, sport=sport)
                    self.assertEqual([int(came) for came in result["arrived"]], expected[user],
                                     result["errors"])

    def test_changed_after_it_was_read(self):
        """Pages of the program's own, changed between judgement and departure: what was judged goes
        on. Otherwise some of two hundred arrive changed."""
        capture = self.house.capture("swap.pcap", "udp")
        self.client("na", "swap", names=["school.test", "blocked.test"], times=200)
        capture.stop()
        self.assertEqual(set(self.names_at_server(capture)), {"school.test"})

    def test_what_is_no_hello(self):
        rows = [
            ("another version", {"name": "blocked.test", "version": 0xFF000014}, False),
            ("a draft of version 1", {"name": "blocked.test", "version": 0xFF00001D}, False),
            ("a reserved version", {"name": "school.test", "version": 0x1A2A3A4A}, False),
            ("too small", {"name": "school.test", "fill": 900}, False),
            ("keys of another version", {"name": "blocked.test", "key_version": 2}, False),
            ("a short header", {"hex": "40" + "00" * 100}, False),
            ("noise", {"hex": "c000000001" + "ff" * 1300}, False),
        ]
        for label, spec, arrives in rows:
            with self.subTest(label):
                result = self.raw("na", {"datagrams": [spec]})
                self.assertEqual(result["arrived"], [arrives])

    def test_other_protocols(self):
        n_log = len(self.log())
        tunnel = {"hex": "01000000" + "00" * 144}
        stun = {"hex": "000100002112a442" + "00" * 12}
        result = self.raw("na", {"datagrams": [tunnel]}, {"socket": 1, "datagrams": [stun]},
                          port=5555)
        self.assertEqual(result["arrived"], [False, False])
        told = self.log()[n_log:]
        self.assertIn(f"event 30001 block vpn {FAR4}", told)
        self.assertIn(f"event 30001 block unknown-protocol {FAR4}", told)
        self.reload(rules_with(**{"unknown-protocols": "allow"}))
        self.addCleanup(self.reload, RULES)
        result = self.raw("na", {"datagrams": [stun]}, {"datagrams": [stun]},
                          {"datagrams": [tunnel]}, port=5556)
        self.assertEqual(result["arrived"], [True, True, False])

    def test_flood(self):
        """A child that sends to everywhere: the others' pages open, and the table stays bounded."""
        flood = self.house.start_as("na", ["/usr/bin/python3", "-c", f"""
import os, socket, time
end = time.monotonic() + {slowed(4)}
while time.monotonic() < end:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for port in range(1024, 1200):
            try:
                udp.sendto(os.urandom(100), ("{FAR4}", port))
            except OSError:
                pass
"""])
        self.addCleanup(flood.stop)
        before = self.health()["queued"]
        eventually(lambda: self.health()["queued"] > before + 1000, "the flood")
        times = []
        while flood.poll() is None and len(times) < 20:
            done = self.curl3("minh", "school.test")
            self.assert_opened(done)
            times.append(float(done.out.split()[2]))
        print(f"beside a flood: {len(times)} pages, at most {max(times):.3f} s")
        self.assertEqual(self.health()["queue_dropped"], 0)


class Changes(Quic):
    """Rules that change, and an agent that dies, while QUIC connections are open."""

    def tearDown(self):
        if self.guard.poll() is not None:
            self.start_guard()
        self.reload(RULES)

    def download(self, user, name, way="--http3-only"):
        _curl, _http3, *others = self.curl_argv(name, "--limit-rate", "400k", "--max-time", "60",
                                                path="/big")
        process = self.newer.start_as(user, ["curl", way, *others], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        self.addCleanup(process.stop)
        before = self.moved()
        eventually(lambda: self.moved() > before + 300_000, f"a download of {user}")
        return process

    def moved(self):
        """Bytes that came from the server so far."""
        link = self.house.run_as("root", ["ip", "-json", "-stats", "link", "show", "lt0"])
        return json.loads(link.out)[0]["stats64"]["rx"]["bytes"]

    def assert_goes_on(self, process):
        before = self.moved()
        eventually(lambda: self.moved() > before + 500_000 or process.poll() is not None,
                   "more of the download")
        self.assertIsNone(process.poll())

    def test_cut_and_others_go_on(self):
        mine, other = self.download("na", "school.test"), self.download("minh", "school.test")
        before = self.health()["queued"]
        self.reload(rules_with(block=["games.test"]))
        self.assert_goes_on(mine)
        self.assertLess(self.health()["queued"] - before, 20)
        start = time.monotonic()
        self.reload(rules_with(block=["school.test"]))
        eventually(lambda: mine.poll() is not None, "the cut", timeout=1)
        print(f"cut after {time.monotonic() - start:.3f} s")
        self.assertNotEqual(mine.poll(), 0)
        self.assert_goes_on(other)

    def test_released(self):
        """Who is no child any more keeps what he has open, whatever happens to the agent."""
        downloads = [self.download("na", "school.test"),
                     self.download("na", "school.test", "--http1.1")]
        others = {**RULES, "children": [{"user": "minh", "profile": "minh"}]}
        self.reload(others)
        self.assert_opened(self.curl3("na", "blocked.test"))
        self.guard.kill(signal.SIGKILL)
        eventually(lambda: self.guard.poll() is not None, "the end of the agent")
        self.start_guard()
        for process in downloads:
            self.assert_goes_on(process)
        # A child again: nobody has judged what is open.
        self.reload(RULES)
        for process in downloads:
            eventually(lambda p=process: p.poll() is not None, "the cut")

    def test_opened_at_once(self):
        self.assert_refused3(self.curl3("na", "games.test"))
        self.reload(rules_with(block=[]))
        self.assert_opened(self.curl3("na", "games.test"))

    def test_killed_while_a_download_runs(self):
        process = self.download("na", "school.test")
        for _ in range(3):
            self.guard.kill(signal.SIGKILL)
            eventually(lambda: self.guard.poll() is not None, "the end of the agent")
            self.assert_goes_on(process)
            capture = self.house.capture("killed.pcap", "udp")
            done = self.curl3("na", "blocked.test", "--max-time", str(slowed(0.5)))
            self.assertNotEqual(done.rc, 0)
            capture.stop()
            self.assertEqual(self.names_at_server(capture), [])
            self.start_guard()
            self.assert_goes_on(process)
        self.reload(rules_with(block=["school.test"]))
        eventually(lambda: process.poll() is not None, "the cut", timeout=1)


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
