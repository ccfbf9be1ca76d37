#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows of DNS in the kernel's table: many of one child's, and one port of two users.

usage: test_dns_flows.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import DNS4, DNS6, eventually, run_tests, slowed  # noqa: E402
from test_packet_path import Guarded  # noqa: E402

# More than the flows of other kinds that a child may have at one time (agent/net/ruleset.h) ...
N_SOCKETS, PER_S = 6000, 1000
# ... and what the kernel remembers of questions (agent/net/ruleset-dns.h).
FLOW_S = 5
# Of an answer: no error, and no such name.
OPEN, CLOSED = 0, 3

CLIENT = """
import json, socket, struct, sys, time

def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\\0\\0\\1\\0\\1"

def ask(sock, address, name):
    "The answer's RCODE, or what the kernel says."
    try:
        sock.connect((address, 53))
        sock.send(question(name))
        return sock.recv(4096)[3] & 15
    except OSError as error:
        return type(error).__name__

def new_socket(address, port=0):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.bind(("", port))
    return sock

def one(address, name, port):
    return ask(new_socket(address, int(port)), address, name)

def many(addresses, name, count, per_s):
    "A socket for each question, whose answer nobody waits for."
    begin = time.monotonic()
    for number in range(int(count)):
        address = addresses.split(",")[number % 2]
        with new_socket(address) as sock:
            sock.connect((address, 53))
            try:
                sock.send(question(name))
            except OSError:
                pass
        time.sleep(max(0, begin + number / int(per_s) - time.monotonic()))

def fill(address, name, first, count):
    "A question from each of the ports; how many went out."
    n_sent = 0
    for port in range(int(first), int(first) + int(count)):
        try:
            with new_socket(address, port) as sock:
                sock.connect((address, 53))
                n_sent += sock.send(question(name)) > 0
        except OSError:
            pass
    return n_sent

def some(address, pattern, count):
    "New names, one after the other."
    return [ask(new_socket(address), address, pattern.replace("%", str(n)))
            for n in range(int(count))]

print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
"""


class DnsFlows(Guarded):
    EXTRA_ZONE = "\n".join(f"*.{site} A 10.77.0.2" for site in ("school.test.", "news.test."))

    def client(self, user, *words, timeout=60):
        done = self.house.run_as(user, ["/usr/bin/python3", "-c", CLIENT, *map(str, words)],
                                 timeout=timeout)
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def n_entries(self):
        """Of questions, in the kernel's table."""
        return sum(len(re.findall("^udp ", self.house.run_as("root", [
            "conntrack", "-L", "-f", family, "-p", "udp", "--dport", "53"]).out, re.M))
                   for family in ("ipv4", "ipv6"))

    def get(self, user):
        return self.curl(user, "http://school.test/").rc

    def tearDown(self):
        # Also of a test that failed: the next one begins with an empty table.
        eventually(lambda: self.n_entries() < 500, "the end of the flows",
                   timeout=slowed(FLOW_S + 5))
        super().tearDown()

    def test_many_sockets(self):
        """A child's other traffic and the others' go on."""
        process = self.house.start_as(
            "na", ["/usr/bin/python3", "-c", CLIENT, "many", f"{DNS4},{DNS6}", "school.test",
                   str(N_SOCKETS), str(PER_S)], stdout=subprocess.DEVNULL)
        self.addCleanup(process.stop)
        counts, pages = [], []
        while process.poll() is None:
            pages.append((self.get("na"), self.get("minh")))
            counts.append(self.n_entries())
        self.assertEqual(process.poll(), 0)
        pages.append((self.get("na"), self.get("minh")))
        self.assertEqual(set(pages), {(0, 0)}, counts)
        self.assertGreater(max(counts), 1000)
        self.assertLess(max(counts), N_SOCKETS - 200, counts)  # the first ones are forgotten

    def test_ports_of_the_proxy(self):
        """A child asks from an eighth of the ports that the proxy asks from: it takes others."""
        self.assertEqual(self.client("na", "one", DNS4, "school.test", 0), 0)
        self.assertGreater(self.client("na", "fill", DNS4, "school.test", 16384, 3000), 1900)
        self.assertEqual(self.client("minh", "some", DNS4, "n%.school.test", 80), [0] * 80)

    def test_port_of_another_user(self):
        """Within a flow's time: each is judged by his own rules, and nobody is refused."""
        expected = {"na": [OPEN, CLOSED], "minh": [CLOSED, OPEN], "me": [OPEN, OPEN]}
        for port, address in ((20001, DNS4), (20002, DNS6)):
            for user in ("na", "minh", "me", "na", "me", "minh", "na"):
                with self.subTest(address=address, user=user):
                    self.assertEqual([self.client(user, "one", address, name, port)
                                      for name in ("news.test", "games.test")], expected[user])

    def test_many_ports_of_a_sibling(self):
        """Every question from a port that a sibling asked from a moment ago."""
        self.client("na", "fill", DNS4, "school.test", 21000, 100)
        for user in ("minh", "me"):
            self.assertEqual(self.client(user, "fill", DNS4, "school.test", 21000, 100), 100)


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
