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

N_BYTES = 400_000
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

SINK = """
import json, socket, sys, time
deadline, n = time.monotonic() + float(sys.argv[2]), 0
for _ in range(100):
    try:
        sock = socket.create_connection((sys.argv[3], int(sys.argv[1])), timeout=1)
        break
    except OSError:
        time.sleep(0.05)
start = time.monotonic()
while time.monotonic() < deadline and n < %d:
    try:
        more = sock.recv(65536)
    except TimeoutError:
        continue
    if not more:
        break
    n += len(more)
print(json.dumps({"bytes": n, "s": time.monotonic() - start}))
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

    def tunnel(self, kind, seconds):
        """What comes through within so many seconds."""
        name = self.proxy.folder / "iodine.log"
        log = open(name, "wb")
        self.addCleanup(log.close)
        process = self.house.start_as(
            "root", ["iodine", "-f", "-r", "-P", "secret", "-T", kind, "-O", "base32", DNS4,
                     DOMAIN], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.stop)
        eventually(lambda: b"Connection setup complete" in name.read_bytes()
                   or process.poll() is not None, "the tunnel", timeout=40)
        if process.poll() is not None:
            return {"bytes": 0, "log": name.read_text("utf-8", "replace")}
        done = self.house.run_as("root", ["/usr/bin/python3", "-c", SINK, str(PORT), str(seconds),
                                          FAR], timeout=120)
        process.stop()
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def set_vpn(self, action):
        changed = json.loads(json.dumps(POLICY))
        changed["profiles"]["most"]["sites"]["vpn"] = action
        self.proxy.publish(changed)

    def check_shut(self, kind):
        """Up to 8,192 units pass: far less than a page, and then nothing for ten minutes."""
        done = self.tunnel(kind, 8)
        self.assertLess(done["bytes"], N_BYTES / 10, (done, self.proxy.stats()))
        eventually(lambda: "30001 tunnel.test block vpn" in self.proxy.events, "the event")
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
                self.assertEqual(self.tunnel("NULL", 60)["bytes"], N_BYTES)
                self.assertEqual("30001 tunnel.test warn vpn" in self.proxy.events, True)


if __name__ == "__main__":
    run_tests()
