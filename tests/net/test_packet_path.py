#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packet path on real traffic: children's programs, real servers, what arrived there.

usage: test_packet_path.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from hello import client_hello, http_request, in_records, pieces_of  # noqa: E402
from lab import (  # noqa: E402
    LOGGER4, LOGGER6, SLOW, WEB4, WEB6, House, eventually, run_tests, slowed)

GUARD_RUN, KIND = os.path.abspath(sys.argv[1]), sys.argv[2]
CHILDREN = ["na:30001:1", "minh:30002:2"]
SITES = ("school.test", "games.test", "news.test")
RULES = {
    "luytre": 1,
    "profiles": {
        "na": {"sites": {"default": "allow", "block": ["games.test", "blocked.test"]}},
        "minh": {"sites": {"default": "block", "allow": ["school.test", "games.test"]}},
    },
    "children": [{"user": "na", "profile": "na"}, {"user": "minh", "profile": "minh"}],
}
# Sooner than TCP sends again (Linux: 200 ms, TCP_RTO_MIN): nobody has waited for that.
REFUSED_MS = slowed(150)


def rules_with(**sites):
    """RULES with other settings for Na's sites."""
    rules = json.loads(json.dumps(RULES))
    rules["profiles"]["na"]["sites"].update(sites)
    return rules


class Guarded(unittest.TestCase):
    """A house with servers and the packet path, one a class."""

    EXTRA_ZONE = ""

    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.servers = cls.house.start_servers(sites=SITES, aliases={}, extra_zone=cls.EXTRA_ZONE)
        cls.rules_file = cls.house.work / "rules.json"
        cls.write_rules(RULES)
        cls.start_guard()

    @classmethod
    def write_rules(cls, rules):
        cls.rules_file.write_text(json.dumps(rules), encoding="utf-8")
        os.chmod(cls.rules_file, 0o644)

    @classmethod
    def log(cls):
        path = cls.house.work / "agent.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @classmethod
    def start_guard(cls):
        n_ready = cls.log().count("ready\n")
        cls.guard = cls.house.start_agent(
            [GUARD_RUN, "/run/luytre", str(cls.rules_file), KIND, *CHILDREN])
        eventually(lambda: cls.log().count("ready\n") > n_ready or cls.guard.poll() is not None,
                   "the packet path")
        if cls.guard.poll() is not None:
            raise RuntimeError(cls.log())

    def reload(self, rules):
        n_reloaded = self.log().count("reloaded\n")
        self.write_rules(rules)
        self.guard.kill(signal.SIGHUP)
        eventually(lambda: self.log().count("reloaded\n") > n_reloaded, "new rules")

    def health(self):
        n_health = self.log().count("health ")
        self.guard.kill(signal.SIGUSR1)
        eventually(lambda: re.findall(r"health .*\n", self.log())[n_health:], "health")
        return json.loads(re.findall(r"health (.*)\n", self.log())[-1])

    def send(self, user, address, port, pieces, *modes):
        done = self.house.run_as(user, ["/usr/bin/python3", str(HERE / "client.py"), address,
                                        str(port), f"slow={SLOW:g}", *modes],
                                 stdin=json.dumps([piece.hex() for piece in pieces]))
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def n_received(self):
        """How many reads the logger has written down, once all that was sent has come."""
        counts = [-1]

        def is_quiet():
            counts.append(len(self.servers.received()))
            return counts[-1] == counts[-2]

        eventually(is_quiet, "silence at the server", pause=slowed(0.05))
        return counts[-1]

    def received(self, n_before):
        """What the logger got since, joined per connection."""
        streams = {}
        for item in self.servers.received()[n_before:]:
            streams.setdefault(item.connection, b"")
            streams[item.connection] += item.data
        return b"|".join(streams.values())

    def curl(self, user, url, *more):
        return self.house.run_as(user, [
            "curl", "-sS", "--max-time", str(slowed(5)), "-o", "/dev/null", "-w", "%{time_total}",
            *more, url])

    def assert_refused(self, result):
        self.assertIn(result["error"], ("ECONNRESET", "EPIPE", "ECONNABORTED"), result)
        self.assertLess(result["ms"], REFUSED_MS, result)


class Refused(Guarded):
    """No blocked request is ever complete at the server."""

    WAYS = [(LOGGER4, 443), (LOGGER6, 443), (LOGGER4, 80), (LOGGER6, 80)]

    def request(self, name, port):
        return client_hello(name) if port == 443 else http_request(name)

    def test_one_segment_never_arrives(self):
        for address, port in self.WAYS:
            for mode in ("wait", "close"):
                with self.subTest(address=address, port=port, mode=mode):
                    capture = self.house.capture("one.pcap", f"tcp port {port}")
                    n_before = self.n_received()
                    result = self.send("na", address, port, [self.request("blocked.test", port)],
                                       mode)
                    if mode == "wait":
                        self.assert_refused(result)
                    # Something allowed behind it shows that the way to the server is open.
                    self.send("na", address, port, [self.request("open.test", port)])
                    capture.stop()
                    self.assertFalse(capture.contains(b"blocked.test"))
                    self.assertTrue(capture.contains(b"open.test"))
                    self.assertNotIn(b"blocked.test", self.received(n_before))

    def test_pieces_are_never_complete(self):
        hello = client_hello("blocked.test")
        long_hello = client_hello("blocked.test", at_least=2500)
        request = http_request("blocked.test")
        cases = [
            ("two segments", 443, pieces_of(hello, len(hello) // 2)),
            ("a long hello", 443, [long_hello]),
            ("a long hello in two", 443, pieces_of(long_hello, 1300)),
            ("all but the last byte", 443, [hello[:-1], hello[-1:]]),
            ("the first byte alone", 443, [hello[:1], hello[1:]]),
            ("records of 20 bytes", 443, [in_records(hello, 20)]),
            ("records of 1 byte", 443, [in_records(hello, 1)]),
            ("records and segments", 443, pieces_of(in_records(hello, 100), 64)),
            ("HTTP in two", 80, pieces_of(request, 20)),
            ("HTTP, the last byte", 80, [request[:-1], request[-1:]]),
            ("HTTP, an absolute URI", 80, [b"GET http://blocked.test/ HTTP/1.1\r\nHost: open.test"
                                           b"\r\n\r\n"]),
            ("HTTP, two hosts", 80, [b"GET / HTTP/1.1\r\nHost: open.test\r\nHost: blocked.test"
                                     b"\r\n\r\n"]),
            ("HTTP, behind another", 80, [http_request("open.test") + request]),
        ]
        for label, port, pieces in cases:
            for mode in ("wait", "close"):
                with self.subTest(label, mode=mode):
                    n_before = self.n_received()
                    result = self.send("na", LOGGER4, port, pieces, mode, "pause=0.01")
                    if mode == "wait":
                        self.assert_refused(result)
                    whole = b"".join(pieces)
                    got = self.received(n_before)
                    self.assertNotIn(whole, got)
                    self.assertLess(len(got), len(whole))

    def test_server_that_answers_half_a_request(self):
        """Its bytes cross the refusal: the client must not wait for TCP to send again."""
        hello = client_hello("blocked.test", at_least=2500)
        for _ in range(20):
            for pieces in ([hello], pieces_of(hello, 1200)):
                self.assert_refused(self.send("na", LOGGER4, 443, pieces, "wait"))

    def test_one_byte_a_segment(self):
        hello = client_hello("blocked.test")
        for address in (LOGGER4, LOGGER6):
            n_before = self.n_received()
            result = self.send("na", address, 443, pieces_of(hello, 1), "pause=0.002")
            self.assert_refused(result)
            self.assertLess(len(self.received(n_before)), len(hello) - 1)

    def test_second_request_of_a_connection(self):
        n_before = self.n_received()
        pieces = [http_request("open.test"), http_request("blocked.test")]
        result = self.send("na", LOGGER4, 80, pieces, f"pause={slowed(0.1)}")
        self.assertEqual(result["sent"], 2)
        self.assert_refused(result)
        self.assertIn(b"open.test", self.received(n_before))
        self.assertNotIn(b"blocked.test", self.received(n_before))

    def test_requests_behind_bodies(self):
        chunked = http_request("open.test", method="POST", headers=["Transfer-Encoding: chunked"],
                               body=b"5\r\nhello\r\n0\r\n\r\n")
        counted = http_request("open.test", method="POST", headers=["Content-Length: 30"],
                               body=b"GET / HTTP/1.1\r\nHost: blocked")
        tunnel = (b"CONNECT open.test:443 HTTP/1.1\r\nHost: open.test:443\r\n\r\n")
        for label, first in (("chunked", chunked), ("counted", counted)):
            with self.subTest(label):
                n_before = self.n_received()
                result = self.send("na", LOGGER4, 80, [first, http_request("blocked.test")],
                                   f"pause={slowed(0.1)}")
                self.assert_refused(result)
                self.assertNotIn(b"blocked.test", self.received(n_before))
                self.assertIn(first, self.received(n_before))
        with self.subTest("tunnel"):
            n_before = self.n_received()
            result = self.send("na", LOGGER4, 80, [tunnel, client_hello("blocked.test")],
                               f"pause={slowed(0.1)}")
            self.assert_refused(result)
            self.assertNotIn(b"blocked.test", self.received(n_before))
        with self.subTest("CONNECT names it"):
            result = self.send("na", LOGGER4, 80,
                               [b"CONNECT blocked.test:443 HTTP/1.1\r\nHost: open.test\r\n\r\n"])
            self.assert_refused(result)

    def test_first_segment_lost_on_its_way(self):
        """The server gets the second half first, and the first half when it is sent again."""
        self.house.run_server(["nft", "add table inet lossy; add chain inet lossy in { type filter "
                               "hook input priority 0; }; add counter inet lossy lost; add rule "
                               "inet lossy in tcp dport 443 ct original packets 0-3 meta length > "
                               "200 numgen inc mod 3 == 0 counter name lost drop"])
        self.addCleanup(self.house.run_server, ["nft", "delete table inet lossy"])
        hello = client_hello("blocked.test")
        half = len(hello) // 2
        n_lost = 0
        for _ in range(4):
            n_before = self.n_received()
            result = self.send("na", LOGGER4, 443, [hello[:half], hello[half:]], "wait")
            self.assert_refused(result)
            self.assertNotIn(hello, self.received(n_before))
            self.assertLess(len(self.received(n_before)), len(hello))
        listing = self.house.run_server(["nft", "list", "counters", "table", "inet", "lossy"]).out
        n_lost = int(re.search(r"packets (\d+)", listing).group(1))
        self.assertGreater(n_lost, 0, listing)

    def test_what_names_no_site(self):
        for label, port, data in (("SSH", 8443, b"SSH-2.0-OpenSSH_9.2\r\n"),
                                  ("zeros", 443, bytes(64)),
                                  ("TLS to an address", 443, client_hello(LOGGER4))):
            with self.subTest(label):
                n_before = self.n_received()
                self.assert_refused(self.send("na", LOGGER4, port, [data]))
                self.assertEqual(self.received(n_before), b"")
        done = self.house.run_as("na", ["/usr/bin/python3", "-c", f"""
import socket
for port in (443, 4444):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout({slowed(1)})
        s.connect(("{LOGGER4}", port))
        try:
            s.send(b"x" * 1200)
            s.recv(100)
        except OSError as error:
            print(type(error).__name__)
"""])
        self.assertEqual(done.out.split(), ["ConnectionRefusedError"] * 2, done.err)

    def test_slow_hello_ends(self):
        hello = client_hello("open.test")
        n_before = self.n_received()
        result = self.send("na", LOGGER4, 443, [hello[:100], hello[100:]], "pause=5.2")
        self.assert_refused(result)
        self.assertEqual(self.received(n_before), hello[:100])


class Allowed(Guarded):
    def test_each_gets_its_own(self):
        expected = {"na": {"school.test", "news.test"}, "minh": {"school.test", "games.test"},
                    "me": set(SITES)}
        for family in ("-4", "-6"):
            started = {}
            for user in expected:
                for scheme in ("http", "https"):
                    for site in SITES:
                        address = WEB4 if family == "-4" else f"[{WEB6}]"
                        port = 80 if scheme == "http" else 443
                        started[user, scheme, site] = self.house.start_as(
                            user, ["curl", "-sS", "--max-time", str(slowed(5)), "-o", "/dev/null",
                                   family, "--resolve", f"{site}:{port}:{address}",
                                   f"{scheme}://{site}/"])
            for (user, scheme, site), process in started.items():
                with self.subTest(user=user, scheme=scheme, site=site, family=family):
                    opened = process.finish(timeout=10).rc == 0
                    self.assertEqual(opened, site in expected[user])

    def test_by_name(self):
        for family in ("-4", "-6"):
            self.assertEqual(self.curl("na", "https://school.test/", family).rc, 0)
            blocked = self.curl("na", "https://games.test/", family)
            self.assertEqual(blocked.rc, 6, blocked.err)  # curl: could not resolve
            self.assertLess(float(blocked.out) * 1000, REFUSED_MS)
            self.assertEqual(self.curl("me", "https://games.test/", family).rc, 0)

    def test_nobody_else_is_queued(self):
        before = self.health()["queued"]
        for url in ("http://games.test/", "https://games.test/", "https://school.test/"):
            self.assertEqual(self.curl("me", url).rc, 0)
            self.assertEqual(self.curl("root", url).rc, 0)
        self.assertEqual(self.health()["queued"], before)

    def test_kind_of_queue(self):
        """The queue is of the kind that was asked for, by the kernel's word and by the agent's."""
        # nft writes both kinds alike; the kernel's own words differ.
        words = self.house.run_as("root", ["nft", "--debug=netlink", "list", "chain", "inet",
                                           "luytre", "queue_tcp"]).out
        is_native = re.search(r"\[ queue num \d+ ", words) is not None
        self.assertEqual("[ target name NFQUEUE " not in words, is_native, words)
        health = self.health()
        self.assertEqual(bool(health["native"]), is_native, words)
        self.assertFalse(health["broken"], health)
        if KIND != "auto":
            self.assertEqual(is_native, KIND == "native", words)

    def test_trips(self):
        """How often the packets of one flow come up for judgement."""
        for label, run, most in (
                ("TLS, one segment",
                 lambda: self.curl("na", "https://school.test/", "--resolve",
                                   f"school.test:443:{WEB4}"), 2),
                ("TLS, two segments",
                 lambda: self.send("na", LOGGER4, 443, [client_hello("open.test", 2500)]), 3),
                ("HTTP", lambda: self.curl("na", "http://school.test/"), 2)):
            with self.subTest(label):
                trips = []
                for _ in range(5):
                    before = self.health()["queued"]
                    run()
                    trips.append(self.health()["queued"] - before)
                self.assertLessEqual(statistics.median(trips), most, trips)

    def test_large_download_and_upload(self):
        done = self.curl("na", "https://school.test/big", "-r", "0-50000000")
        self.assertEqual(done.rc, 0, done.err)
        blob = self.house.work / "blob"
        blob.write_bytes(bytes(3_000_000))
        for extra in (["-H", "Transfer-Encoding: chunked"], []):
            n_before = self.n_received()
            upload = self.house.start_as(
                "na", ["curl", "-sS", "-H", "Host: open.test", "--http0.9", "-o", "/dev/null",
                       "-T", str(blob), *extra, f"http://{LOGGER4}:80/"])
            # The logger never ends an answer; what counts is what it got.
            eventually(lambda: len(self.received(n_before)) > 3_000_000,
                       "the upload at the server", pause=0.1)
            upload.stop()

    def test_keep_alive(self):
        done = self.house.run_as("na", ["curl", "-sS", "--max-time", str(slowed(5)), "-o",
                                        "/dev/null", "-w", "%{http_code} %{num_connects}\n"]
                                 + ["http://school.test/", "-o", "/dev/null"] * 1
                                 + [f"http://school.test/{i}" for i in range(20)])
        codes = [line.split()[0] for line in done.out.splitlines() if line.startswith("200")]
        self.assertGreaterEqual(len(codes), 1, done.err)
        self.assertEqual(done.rc, 0, done.err)

    def test_loopback_is_the_child_s_own(self):
        server = self.house.start_as("na", ["/usr/bin/python3", "-m", "http.server", "-b",
                                            "127.0.0.1", "8000"], stderr=-3, stdout=-3)
        done = eventually(lambda: next(filter(lambda run: run.rc == 0,
                                              [self.curl("na", "http://127.0.0.1:8000/")]), None),
                          "the child's own server")
        self.assertEqual(done.rc, 0)
        server.stop()


class Changes(Guarded):
    """Rules that change while connections are open, and an agent that dies."""

    def tearDown(self):
        if self.guard.poll() is not None:
            self.start_guard()
        self.reload(RULES)

    def hold(self, user, site, port=80):
        """A program that keeps asking on one connection."""
        pieces = [client_hello(site), b"\x17\x03\x03\x00\x05hello"] if port == 443 else [
            http_request(site)]
        process = self.house.start_as(
            user, ["/usr/bin/python3", str(HERE / "client.py"), LOGGER4, str(port),
                   f"slow={SLOW:g}", "hold"],
            stdin=-1, stdout=-1)
        process.stdin.write(json.dumps([piece.hex() for piece in pieces]).encode())
        process.stdin.close()
        self.assertEqual(process.stdout.readline(), b"holding\n")
        return process

    def test_cut_within_a_second(self):
        for port in (80, 443):
            with self.subTest(port=port):
                process = self.hold("na", "open.test", port)
                other = self.hold("minh", "school.test", port)
                time.sleep(slowed(0.1))
                self.assertIsNone(process.poll())
                start = time.monotonic()
                self.reload(rules_with(block=["open.test"]))
                eventually(lambda: process.poll() is not None, "the cut", timeout=1)
                self.assertLess(time.monotonic() - start, slowed(1))
                result = json.loads(process.stdout.read())
                self.assertIn(result["error"], ("ECONNRESET", "EPIPE", "ECONNABORTED"))
                # The other child's connection goes on.
                time.sleep(slowed(0.2))
                self.assertIsNone(other.poll())
                other.stop()
                self.reload(RULES)

    def test_idle_connection_is_cut(self):
        quiet = ("import socket,sys; s=socket.create_connection((%r,443)); "
                 "s.sendall(bytes.fromhex(sys.argv[1])); s.recv(100); print('idle',flush=True);\n"
                 "try: s.recv(100); print('end')\n"
                 "except OSError as e: print(type(e).__name__)" % LOGGER4)
        process = self.house.start_as("na", ["/usr/bin/python3", "-c", quiet,
                                             client_hello("open.test").hex()], stdout=-1)
        self.assertEqual(process.stdout.readline(), b"idle\n")
        self.reload(rules_with(block=["open.test"]))
        eventually(lambda: process.poll() is not None, "the end of an idle connection", timeout=1)
        self.assertIn(b"Connection", process.stdout.read())

    def test_opened_at_once(self):
        url = ["https://games.test/", "--resolve", f"games.test:443:{WEB4}"]
        self.assertNotEqual(self.curl("na", *url).rc, 0)
        self.reload(rules_with(block=[]))
        start = time.monotonic()
        self.assertEqual(self.curl("na", *url).rc, 0)
        self.assertLess(time.monotonic() - start, slowed(1))
        self.assertEqual(self.curl("na", "https://games.test/").rc, 0)

    def test_connection_lives_through_many_changes(self):
        """More changes than there are epochs: they come round."""
        process = self.hold("na", "open.test", 443)
        for index in range(300):  # there are 255
            self.reload(rules_with(block=["games.test", f"x{index}.test"]))
        time.sleep(slowed(0.1))
        self.assertIsNone(process.poll(), self.log()[-500:])
        self.reload(rules_with(block=["open.test"]))
        eventually(lambda: process.poll() is not None, "the cut", timeout=1)

    def test_bad_rules_change_nothing(self):
        self.rules_file.write_text('{"luytre": 1, "profiles": {"na": {"sites": {"block": 5}}}}',
                                   encoding="utf-8")
        self.guard.kill(signal.SIGHUP)
        eventually(lambda: "refused\n" in self.log(), "the refusal")
        self.assertRegex(self.log(), r"rules\.json:1:\d+: /profiles/na/sites/block: ")
        self.assertNotEqual(self.curl("na", "https://games.test/").rc, 0)
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)

    def test_killed_while_children_browse(self):
        n_before = self.n_received()
        held = [self.hold("na", "open.test", port) for port in (80, 443)]
        for _ in range(5):
            self.guard.kill(signal.SIGKILL)
            eventually(lambda: self.guard.poll() is not None, "the end of the agent")
            # Nobody judges: nothing that is not judged gets through.
            self.assertNotEqual(
                self.curl("na", "https://games.test/", "--resolve", f"games.test:443:{WEB4}",
                          "--max-time", str(slowed(0.3))).rc, 0)
            self.send("na", LOGGER4, 443, [client_hello("blocked.test")], "close")
            self.assertEqual(self.curl("me", "https://games.test/").rc, 0)
            self.start_guard()
        # What they sent meanwhile comes again, after as long a pause as TCP has come to by then.
        n_late = len(self.servers.received())
        eventually(lambda: {80, 443} <= {item.port for item in self.servers.received()[n_late:]
                                         if item.data}, "both held connections", timeout=30)
        for process in held:
            self.assertIsNone(process.poll(), process.poll() is None or process.stdout.read())
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        self.assertNotIn(b"blocked.test", self.received(n_before))
        # The new agent knows what the connections are, and judges them.
        self.reload(rules_with(block=["open.test"]))
        for process in held:
            eventually(lambda: process.poll() is not None, "the cut", timeout=1)

    def test_stopped_means_open(self):
        self.guard.stop()
        self.assertEqual(self.curl("na", "https://games.test/").rc, 0)
        tables = self.house.run_as("root", ["nft", "list", "tables"]).out
        self.assertNotIn("luytre", tables)


# Makes the buffers of a process's packet queues as small as the kernel lets them be.
SMALL_BUFFERS = """
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
PIDFD_GETFD, SO_PROTOCOL, NETLINK_NETFILTER = 438, 38, 12
pid = int(sys.argv[1])
process = os.pidfd_open(pid)
n_found = 0
for name in os.listdir(f"/proc/{pid}/fd"):
    if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
        continue
    with socket.socket(fileno=libc.syscall(PIDFD_GETFD, process, int(name), 0)) as copy:
        if (copy.family == socket.AF_NETLINK and
                copy.getsockopt(socket.SOL_SOCKET, SO_PROTOCOL) == NETLINK_NETFILTER):
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            n_found += 1
print(n_found)
"""


class Unsendable(Guarded):
    def n_waiting(self):
        """In the queues, in a column of theirs."""
        table = self.house.run_as("root", ["cat", "/proc/net/netfilter/nfnetlink_queue"]).out
        return sum(int(line.split()[2]) for line in table.splitlines())

    def test_verdict_that_the_kernel_does_not_take(self):
        """A verdict over UDP carries the datagram: one that the kernel has no room for is dropped,
        and the next one goes on."""
        self.reload(rules_with(**{"unknown-protocols": "allow"}))
        done = subprocess.run([sys.executable, "-c", SMALL_BUFFERS, str(self.guard.pid)],
                              capture_output=True, text=True, check=True)
        self.assertGreaterEqual(int(done.stdout), 2)
        capture = self.house.capture("unsendable.pcap", "udp")
        before = self.health()["queued"]
        for letter, size in (("x", 8000), ("y", 800)):
            self.house.run_as("na", ["/usr/bin/python3", "-c", "import socket\n"
                              "udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                              f"udp.sendto(b'{letter}' * {size}, ({LOGGER4!r}, 7000))"])
        eventually(lambda: self.health()["queued"] == before + 2, "both datagrams")
        self.assertEqual(self.n_waiting(), 0)
        capture.stop()
        self.assertEqual([capture.contains(letter * 700) for letter in (b"x", b"y")],
                         [False, True])


class Others(Guarded):
    """What others have set on the machine stays."""

    def test_marks_of_others(self):
        self.house.run_as("root", ["nft", "table inet others { chain out { type filter hook output "
                                   "priority raw; meta mark set 0x60000005; }; chain late { type "
                                   "filter hook output priority 10; ct mark set ct mark | "
                                   "0x80000001; }; chain seen { type filter hook postrouting "
                                   "priority 0; meta mark != 0x60000005 counter; }; }"])
        self.addCleanup(self.house.run_as, "root", ["nft", "delete table inet others"])
        self.house.run_as("root", ["conntrack", "-F"])
        for url in ("http://school.test/", "https://school.test/", "https://news.test/"):
            self.assertEqual(self.curl("na", url).rc, 0)
        self.assertNotEqual(self.curl("na", "https://games.test/", "--resolve",
                                      f"games.test:443:{WEB4}").rc, 0)
        self.reload(rules_with(block=["games.test", "other.test"]))
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        marks = [int(mark) for mark in re.findall(
            r"mark=(\d+)", self.house.run_as("root", ["conntrack", "-L", "-p", "tcp"]).out)]
        self.assertTrue(marks)
        for mark in marks:
            self.assertEqual(mark & 0x80000001, 0x80000001, hex(mark))
        listing = self.house.run_as("root", ["nft", "list", "chain", "inet", "others", "seen"]).out
        self.assertIn("counter packets 0", listing)

    def test_small_system(self):
        """Without the files that give names to protocols and services."""
        self.guard.stop()
        for name in ("protocols", "services"):
            self.house.path(f"/etc/{name}").unlink(missing_ok=True)
        self.start_guard()
        self.assertTrue(eventually(lambda: self.health()["table"], "the table"))
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        self.assertNotEqual(self.curl("na", "https://games.test/").rc, 0)

    def test_flow_older_than_the_agent(self):
        self.guard.stop()
        process = self.house.start_as("na", ["curl", "-sS", "--max-time", str(slowed(10)), "-o",
                                             "/dev/null", "--limit-rate", "200k",
                                             "https://school.test/big"],
                                      stderr=-1)
        eventually(lambda: ":443" in self.house.run_as("root", ["ss", "-Htn"]).out, "the download")
        self.start_guard()
        # Nobody knows what it is: it ends, and the program may come again.
        eventually(lambda: process.poll() is not None, "the end of an unknown flow")
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
