#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of TCP that pass from one account to another. Those of QUIC and DNS: test_quic.py,
test_dns_flows.py.

usage: test_owners.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import CLIENT4, LOGGER4, run_tests, slowed  # noqa: E402
from test_packet_path import Guarded  # noqa: E402

# A child's program: one request from a port of its own, then it waits for more.
ONE_REQUEST = f"""
import socket, sys
made = socket.socket()
made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
made.bind(("", int(sys.argv[1])))
made.settimeout({slowed(3)})
try:
    made.connect(({LOGGER4!r}, 80))
    made.sendall(b"GET / HTTP/1.1\\r\\nHost: " + sys.argv[2].encode() + b"\\r\\n\\r\\n")
    print("answer", made.recv(100), flush=True)
    made.recv(100)
except OSError as error:
    print(error)
"""


class Owners(Guarded):
    def lose(self, user, port, name):
        """A connection of @user's to @name from @port that is lost at both ends without a word: the
        kernel still tracks it."""
        first = self.house.start_as(user, ["/usr/bin/python3", "-c", ONE_REQUEST, str(port), name],
                                    stdout=subprocess.PIPE)
        self.addCleanup(first.stop)
        self.assertIn(b"answer", first.stdout.readline())
        for change in ("add", "del"):
            self.house.client_ip(f"route {change} unreachable {LOGGER4}")
            self.house.server_ip(f"route {change} unreachable {CLIENT4}")
            if change == "add":
                self.house.run_as("root", ["ss", "-K", "-tn", "sport", "=", f":{port}"])
                self.house.run_server(["ss", "-K", "-tn", "dport", "=", f":{port}"])
                self.house.finish(first, timeout=slowed(10))

    def test_port_of_another_user(self):
        """Who has the port of a lost connection of another's gets what his own rules say."""
        for port, (first, name, second, asked, is_open) in enumerate((
                ("minh", "games.test", "na", "games.test", False),
                ("na", "school.test", "minh", "games.test", True),
                ("na", "school.test", "me", "blocked.test", True)), start=5003):
            with self.subTest(first=first, second=second):
                self.lose(first, port, name)
                done = self.house.run_as(
                    second, ["/usr/bin/python3", "-c", ONE_REQUEST, str(port), asked])
                self.assertEqual("answer" in done.out, is_open, done.out)


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
