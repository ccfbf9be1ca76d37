#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real tunnel through DNS: iodine. Arguments: the program dns-proxy-run."""

import json
import subprocess

from dns_case import DNS4, HOSTILE4, ProxyCase, eventually, run_tests

POLICY = {
    "luytre": 1,
    "profiles": {"most": {"sites": {"default": "allow"}}},
    "children": [{"user": "na", "profile": "most"}, {"user": "minh", "profile": "most"}],
}

N_BYTES = 100_000
# Before a tunnel is found: far less than a page.
MOST_BYTES = 40_000
PORT = 9000

# Sends its bytes to whoever comes; the tunnel cannot make them fewer.
SOURCE = """
import os, socket
data = os.urandom(%d)
server = socket.create_server(("", %d))
print("ready", flush=True)
while True:
    client, _ = server.accept()
    try:
        client.sendall(data)
    except OSError:
        pass
    client.close()
""" % (N_BYTES, PORT)

# Reads until it has all, for 90 s at most, or for so many seconds more once its input has ended.
SINK = """
import json, os, select, socket, sys, time
deadline, n, sock, waiting = time.monotonic() + 90, 0, None, [0]
while time.monotonic() < deadline and n < %d:
    if sock is None:
        try:
            sock = socket.create_connection((sys.argv[2], int(sys.argv[1])), timeout=0.2)
        except OSError:
            time.sleep(0.05)
    ready = select.select(waiting + ([sock] if sock else []), [], [], 0 if not sock else 0.2)[0]
    if 0 in ready:
        deadline, waiting = time.monotonic() + float(sys.argv[3]), []
    if sock in ready:
        more = sock.recv(65536)
        if not more:
            break
        n += len(more)
print(json.dumps(n))
""" % N_BYTES

DOMAIN = "t.tunnel.test"
FAR = "10.78.0.1"


class Tunnel(ProxyCase):
    policy = POLICY
    servers = (HOSTILE4,)

    def setUp(self):
        super().setUp()
        # iodine wants to be root, which the house's is: its questions are taken for the child's.
        rules = "table inet t { chain o {\ntype nat hook output priority -100\n" \
                "meta skuid 0 meta l4proto { tcp, udp } th dport 53 " \
                f"redirect to :{self.proxy.port['na']}\n}}\n}}\n"
        self.assertEqual(self.house.run_as("root", ["nft", "-f", "-"], stdin=rules).rc, 0)
        self.addCleanup(self.house.run_as, "root", ["nft", "delete table inet t"])
        self.serve("source", ["/usr/bin/python3", "-c", SOURCE], b"ready")
        self.serve("iodined", ["iodined", "-f", "-c", "-P", "secret", "-l", HOSTILE4, f"{FAR}/24",
                               DOMAIN], b"Listening to dns")

    def serve(self, name, argv, ready):
        log = self.proxy.folder / f"{name}.log"
        output = open(log, "wb")  # closed with the test
        process = self.house.start_server(argv, stdout=output, stderr=output)
        self.addCleanup(output.close)
        self.addCleanup(process.stop)
        eventually(lambda: ready in log.read_bytes(), name)

    def open_tunnel(self, kind, *more):
        """iodine, and somebody who waits for bytes at its end."""
        log = open(self.proxy.folder / "iodine.log", "wb")
        self.addCleanup(log.close)
        iodine = self.house.start_as(
            "root", ["iodine", "-f", "-r", "-P", "secret", "-T", kind, "-O", "base32", *more, DNS4,
                     DOMAIN], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(iodine.stop)
        sink = self.house.start_as("root", ["/usr/bin/python3", "-c", SINK, str(PORT), FAR, "2"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(sink.stop)
        return iodine, sink

    def set_vpn(self, action):
        changed = json.loads(json.dumps(POLICY))
        changed["profiles"]["most"]["sites"]["vpn"] = action
        self.proxy.publish(changed)

    def check_shut(self, kind):
        """Up to 8,192 units pass, and then nothing for ten minutes."""
        _, sink = self.open_tunnel(kind)
        eventually(lambda: "30001 tunnel.test block vpn" in self.proxy.events, "the event",
                   timeout=40)
        sink.stdin.close()
        self.assertLess(json.loads(sink.stdout.read()), MOST_BYTES, self.proxy.stats())
        self.assertEqual(self.proxy.events.count("30001 tunnel.test block vpn"), 1)
        self.assert_refused(self.dig("na", "www.tunnel.test"))
        # Other names and other children are not touched.
        self.proxy.write_servers([DNS4], replace=True)
        self.assert_found(self.dig("na", "school.test"))
        self.assertFalse(self.dig("minh", "www.tunnel.test").filtered)

    def test_shut_null(self):
        self.check_shut("NULL")

    def test_shut_cname(self):
        self.check_shut("CNAME")

    def test_shut_a(self):
        self.check_shut("A")

    def test_as_the_child_may(self):
        for action in ("warn", "allow"):
            with self.subTest(action=action):
                self.set_vpn(action)
                # It does not try out for half a minute how much fits into an answer.
                iodine, sink = self.open_tunnel("NULL", "-m", "200")
                self.assertEqual(json.loads(sink.stdout.read()), N_BYTES)
                iodine.stop()
                self.assertEqual("30001 tunnel.test warn vpn" in self.proxy.events, True)


if __name__ == "__main__":
    run_tests()
