#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Tor client and a real bridge of Tor's: the connection to it is what the rules can see.

usage: test_tor.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import WEB4, eventually, run_tests  # noqa: E402
from test_bypass import Bypass, UNKNOWN_OPEN, VPN_OPEN  # noqa: E402
from test_packet_path import RULES, rules_with  # noqa: E402

# A bridge has no private address; these are nobody's (RFC 5737).
BRIDGE4, SITE4 = "198.51.100.9", "198.51.100.10"
PORT = 9001
# The client has shaken hands with a relay: TLS, then Tor's own.
CONNECTED = "(handshake_done)"


class Tor(Bypass):
    EXTRA_ZONE = f"www.oldsite.com. A {SITE4}\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for address in (BRIDGE4, SITE4):
            cls.house.server_ip(f"addr add {address} dev lt1")
        cls.n_clients = 0

    def start_tor(self, start, folder, lines):
        """Tor with a folder of its own; returns its process and a way to read its log."""
        config, log = folder / "torrc", folder / "log"
        config.write_text("\n".join([
            f"DataDirectory {folder}/data", f"Log notice file {log}", "SocksPort 0",
            "ControlPort 0", *lines]) + "\n", encoding="ascii")
        process = start(["tor", "-f", str(config), "--defaults-torrc", os.devnull, "--quiet"])
        self.addCleanup(process.stop)
        return process, lambda: log.read_text(encoding="utf-8") if log.exists() else ""

    def folder(self, name, user="root"):
        path = self.house.work / name
        path.mkdir(mode=0o700)
        uid = self.house.accounts[user][0] if user != "root" else 0
        shutil.chown(path, uid, uid)
        return path

    def start_bridge(self):
        process, _log = self.start_tor(self.start_far, self.folder("bridge"), [
            "BridgeRelay 1", "PublishServerDescriptor 0", "AssumeReachable 1",
            f"ORPort {BRIDGE4}:{PORT} IPv4Only", f"Address {BRIDGE4}", "ExtORPort 0"])
        self.background(process, PORT, "server")

    def start_client(self, user):
        type(self).n_clients += 1
        return self.start_tor(lambda argv: self.start_quiet(user, argv),
                              self.folder(f"client-{self.n_clients}", user),
                              ["UseBridges 1", f"Bridge {BRIDGE4}:{PORT}"])

    def assert_connects(self, user):
        process, log = self.start_client(user)
        eventually(lambda: CONNECTED in log(), "a handshake with the bridge")
        return process

    def test_client(self):
        self.start_bridge()
        self.assert_connects("me").stop()
        for rules in (RULES, UNKNOWN_OPEN, rules_with(default="block")):
            self.with_rules(rules)
            since = len(self.log())
            process, log = self.start_client("na")
            self.assert_told(since, "vpn")
            # What the parent reads is the address, not a name that Tor made up.
            self.assertEqual({event[3] for event in self.events(since)}, {BRIDGE4})
            eventually(lambda: "Problem bootstrapping" in log(), "the client's defeat")
            process.stop()
            self.assertNotIn(CONNECTED, log())
        self.with_rules(VPN_OPEN)
        since = len(self.log())
        connected = self.assert_connects("na")
        self.assertEqual(self.events(since), [])
        # It ends with the permission.
        self.reload(RULES)
        self.assertFalse(self.house.run_as("root", [
            "ss", "-Hnt", "state", "established", "dst", BRIDGE4]).out)
        connected.stop()

    def test_old_program(self):
        """A library that offers what Tor offers, for a site that it has looked up."""
        certificate, key = self.servers.certificate(("www.oldsite.com",))
        self.background(self.start_far([
            "openssl", "s_server", "-accept", f"{SITE4}:4433", "-cert", certificate, "-key", key,
            "-www", "-quiet"]), 4433, "server")
        for where, expected in (("www.oldsite.com", True), (SITE4, False)):
            with self.subTest(where):
                argv = ["openssl", "s_client", "-connect", f"{where}:4433", "-servername",
                        "www.oldsite.com" if expected else "www.neverasked.com", "-groups",
                        "P-256:X25519:P-224", "-brief"]
                self.assertIn("CONNECTION ESTABLISHED", self.house.run_as("me", argv).err)
                done = self.house.run_as("na", argv)
                self.assertEqual("CONNECTION ESTABLISHED" in done.err, expected, done.err)

    def test_obfs4(self):
        """A bridge that looks like nothing. Tor's helper for it is a SOCKS proxy on this PC, which
        is asked for an address."""
        lines = ["UseBridges 1", "ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy",
                 f"Bridge obfs4 {WEB4}:80 {'0123456789' * 4} cert={'A' * 70} iat-mode=0"]
        capture = self.house.capture("obfs4.pcap", "tcp port 80")
        for index, (rules, reason) in enumerate(((RULES, "proxy"), (VPN_OPEN, "address"))):
            self.with_rules(rules)
            since = len(self.log())
            process, _log = self.start_tor(lambda argv: self.start_quiet("na", argv),
                                           self.folder(f"obfs4-{index}", "na"), lines)
            self.assert_told(since, reason)
            process.stop()
        self.assertEqual(capture.stop(), 0)


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
