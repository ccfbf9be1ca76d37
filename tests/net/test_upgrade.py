#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests for another protocol: only the server's "101" makes an end of judging.

usage: test_upgrade.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from hello import http_request  # noqa: E402
from lab import LOGGER4, WEB4, eventually, run_tests, slowed  # noqa: E402
from test_packet_path import Guarded, rules_with, RULES  # noqa: E402

FAR4 = "10.77.0.4"
ASK = http_request("school.test", headers=["Connection: Upgrade", "Upgrade: websocket"])
CLOSED = http_request("games.test")
# A frame of a WebSocket (RFC 6455 section 5.2), which is no HTTP.
FRAME = b"\x81\x05hello"
# Answers in segments, each when the client has said something; the rest comes back as it is.
SERVER = r"""
import socket, sys
port, log = int(sys.argv[1]), open(sys.argv[2], "ab", buffering=0)
answers = [bytes.fromhex(word) for word in sys.argv[3:]]
with socket.create_server((%r, port)) as listening:
    while True:
        with listening.accept()[0] as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            left = list(answers)
            try:
                while data := s.recv(65536):
                    log.write(data)
                    s.sendall(left.pop(0) if left else data)
            except ConnectionError:
                pass
""" % FAR4
# Sends a piece, waits for the answer, and so on; prints the answers, or how it ended. The last one
# goes out again and again.
CLIENT = r"""
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=float(sys.argv[3])) as s:
    words = sys.argv[5:]
    for word in words + words[-1:] * int(sys.argv[4]):
        try:
            s.sendall(bytes.fromhex(word))
            print(s.recv(65536).hex(), flush=True)
        except OSError as error:
            print(type(error).__name__)
            break
"""
AGREES = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


class Upgrade(Guarded):
    def start(self, port, *answers):
        log = self.house.work / f"upgrade-{port}"
        server = self.house.start_server([
            "/usr/bin/python3", "-c", SERVER, str(port), str(log),
            *(answer.hex() for answer in answers)])
        self.addCleanup(server.stop)
        eventually(lambda: f"{FAR4}:{port}" in self.house.run_server(["ss", "-Hltn"]).out,
                   "the server")
        return log

    def talk(self, user, address, port, *pieces):
        done = self.house.run_as(user, [
            "/usr/bin/python3", "-c", CLIENT, address, str(port), str(slowed(3)), "0",
            *(piece.hex() for piece in pieces)], timeout=20)
        return done.out.split()

    def assert_refused_behind(self, answers):
        self.assertIn(answers[-1], ("ConnectionResetError", "BrokenPipeError"), answers)

    def test_agreed(self):
        self.start(8080, AGREES)
        frames = [FRAME + bytes([index]) for index in range(20)]
        before = self.health()["queued"]
        answers = self.talk("na", FAR4, 8080, ASK, *frames, b"\0" * 3)
        self.assertEqual(answers, [AGREES.hex(), *(frame.hex() for frame in frames), "000000"])
        self.assertLessEqual(self.health()["queued"] - before, 1)

    def test_not_agreed_yet(self):
        """An answer before the answer: a client that does not wait for that is refused."""
        hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
        log = self.start(8082, hints)
        answers = self.talk("na", FAR4, 8082, ASK, FRAME)
        self.assertEqual(answers[0], hints.hex())
        self.assert_refused_behind(answers)
        self.assertEqual(log.read_bytes(), ASK)

    def test_ends_with_the_permission(self):
        self.start(8083, AGREES)
        client = self.house.start_as("na", [
            "/usr/bin/python3", "-c", CLIENT, FAR4, "8083", "30", "10000000",
            ASK.hex(), FRAME.hex()], stdout=-1)
        client.stdout.readline()
        client.stdout.readline()
        self.reload(rules_with(block=["school.test"]))
        self.addCleanup(self.reload, RULES)
        # Thousands of answers may stand in the pipe before it.
        eventually(lambda: any(b"Error" in client.stdout.readline() for _ in range(1000)),
                   "the end of the connection")

    def test_ignored(self):
        """A server that goes on with HTTP, and would skip what it does not know."""
        for junk in (b"", FRAME, b"\0"):
            with self.subTest(junk=junk):
                n_before = self.n_received()
                self.assert_refused_behind(self.talk("na", LOGGER4, 80, ASK, junk + CLOSED))
                self.assertEqual(self.received(n_before), ASK)

    def test_ignored_by_a_web_server(self):
        hello = http_request("school.test", path="/second")
        answers = self.talk("na", WEB4, 80, ASK, hello)
        self.assertEqual([bytes.fromhex(answer)[:12] for answer in answers], [b"HTTP/1.1 200"] * 2)
        for junk in (b"", FRAME):
            with self.subTest(junk=junk):
                self.assert_refused_behind(self.talk("na", WEB4, 80, ASK, hello, junk + CLOSED))
        self.assertNotIn("games.test", {request.host for request in self.servers.requests()})

    def test_agreement_in_a_page(self):
        """Bytes of a page that look like an agreement, at the head of a segment."""
        page = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
        second = http_request("school.test", path="/second")
        for port, half in ((8084, second[:9]), (8085, second)):
            with self.subTest(half=half):
                log = self.start(port, page, AGREES)
                answers = self.talk("na", FAR4, port, ASK, half, FRAME + CLOSED)
                self.assertEqual(answers[:2], [page.hex(), AGREES.hex()])
                self.assert_refused_behind(answers)
                self.assertEqual(log.read_bytes(), ASK + half)


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
