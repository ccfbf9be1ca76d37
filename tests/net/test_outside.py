#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are not the child's own to the kernel: programs with the setuid bit, networks
behind this PC. What is held all the same, and what README says is left open.

usage: test_outside.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import WEB4, eventually, run_tests, slowed  # noqa: E402
from test_bypass import Bypass  # noqa: E402

BOX4, BOX_HOST4 = "10.78.0.2", "10.78.0.1"
# Opens a connection as the users that it is told: makes the socket, connects; then asks for a site.
# Its own user is whoever the setuid bit says, and may be any of them.
HELPER = """
import os, socket, sys
maker, user, address, site = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
os.seteuid(maker)
s = socket.socket()
s.settimeout(float(sys.argv[5]))
os.seteuid(0)
os.seteuid(user)
try:
    s.connect((address, 80))
    s.sendall(f"GET / HTTP/1.0\\r\\nHost: {site}\\r\\n\\r\\n".encode())
    print(s.makefile("rb").read().decode())
except OSError as error:
    print(type(error).__name__)
"""


class Setuid(Bypass):
    """A socket is its maker's, whoever runs the program or uses the socket later."""

    def with_bit(self, program, owner):
        """A copy of @program that runs as @owner whoever starts it."""
        folder = self.house.work / "setuid"
        folder.mkdir(mode=0o755, exist_ok=True)
        copy = folder / f"{os.path.basename(program)}-{owner}"
        shutil.copy(os.path.realpath(program), copy)
        uid = self.house.accounts[owner][0] if owner != "root" else 0
        shutil.chown(copy, uid, uid)
        os.chmod(copy, 0o4755)
        return str(copy)

    def fetch(self, curl, site):
        done = self.house.run_as("na", [curl, "-sS", "--max-time", str(slowed(5)), "--resolve",
                                        f"{site}:80:{WEB4}", f"http://{site}/"])
        return f"hello from {site}" in done.out

    def test_owner_counts(self):
        """Run by Na: as her brother it has his rules; as an account without rules it has none."""
        for owner, open_sites in (("na", {"school.test", "news.test"}),
                                  ("minh", {"school.test", "games.test"}),
                                  ("me", {"school.test", "news.test", "games.test"}),
                                  ("root", {"school.test", "news.test", "games.test"})):
            curl = self.with_bit("/usr/bin/curl", owner)
            for site in ("school.test", "news.test", "games.test"):
                with self.subTest(owner=owner, site=site):
                    self.assertEqual(self.fetch(curl, site), site in open_sites)

    def test_maker_counts(self):
        """A helper of root's that puts its rights aside before it makes the socket, or behind."""
        python = self.with_bit("/usr/bin/python3", "root")
        na = self.house.accounts["na"][0]
        for maker, user, opens in ((na, na, False), (na, 0, False), (0, na, True), (0, 0, True)):
            with self.subTest(maker=maker, user=user):
                since = len(self.log())
                done = self.house.run_as("na", [python, "-I", "-c", HELPER, str(maker), str(user),
                                                WEB4, "games.test", str(slowed(5))])
                self.assertEqual("hello from games.test" in done.out, opens, done)
                if not opens:
                    self.assertIn("ConnectionResetError", done.out)
                    self.assert_told(since, "listed")


class Behind(Bypass):
    """A box with an address of its own, whose packets this PC routes: a system service's container,
    a virtual machine. Only an administrator can make one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for words in ("ip netns add box", "ip link add box0 type veth peer name box1 netns box",
                      f"ip addr add {BOX_HOST4}/24 dev box0", "ip link set box0 up",
                      "ip -n box link set lo up", f"ip -n box addr add {BOX4}/24 dev box1",
                      "ip -n box link set box1 up", f"ip -n box route add default via {BOX_HOST4}",
                      "sysctl -qw net.ipv4.ip_forward=1", "nft add table ip box",
                      "nft add chain ip box post { type nat hook postrouting priority 100; }",
                      f"nft add rule ip box post ip saddr {BOX4} oifname lt0 masquerade"):
            done = cls.house.run_as("root", words.split())
            if done.rc != 0:
                raise RuntimeError(f"{words}: {done.err}")

    def in_box(self, user, argv):
        uid = str(self.house.accounts[user][0])
        return ["ip", "netns", "exec", "box", "setpriv", "--reuid", uid, "--regid", uid,
                "--init-groups", "--", *argv]

    def test_left_alone(self):
        """Nobody on this PC owns what comes out of the box, whose user may have any number."""
        before = self.health()["queued"]
        for user in ("na", "me"):
            done = self.house.run_as("root", self.in_box(user, [
                "curl", "-sS", "--max-time", str(slowed(5)), "--resolve", f"games.test:80:{WEB4}",
                "http://games.test/"]))
            self.assertIn("hello from games.test", done.out, done.err)
        self.assertEqual(self.health()["queued"], before)

    def test_way_into_it(self):
        """A child's connection to the box is the child's: no proxy in there helps."""
        socks = self.house.start_as("root", self.in_box("me", [
            "microsocks", "-i", BOX4, "-p", "1080"]), stdout=-3, stderr=-3)
        self.addCleanup(socks.stop)
        eventually(lambda: ":1080" in self.house.run_as(
            "root", ["ip", "netns", "exec", "box", "ss", "-Hltn"]).out, "the proxy in the box")
        self.assert_way("http://games.test/", "--resolve", f"games.test:80:{WEB4}", "--socks5",
                        f"{BOX4}:1080", reason="proxy")


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
