#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are not the child's own to the kernel: programs with the setuid bit, networks
behind this PC, TUN devices. What is held all the same, and what README says is left open.

usage: test_outside.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from lab import LOGGER4, WEB4, eventually, run_tests, slowed  # noqa: E402
from test_bypass import Bypass  # noqa: E402

TUN4, TUN_HOST4 = "10.99.0.2", "10.99.0.1"
# Attaches to a TUN device (TUNSETIFF) and puts a datagram to each address into it. What comes in is
# dealt with when write() is back: the others, from a socket, come behind.
INJECTOR = """
import fcntl, os, socket, struct, sys
name, source, targets = sys.argv[1], sys.argv[2], sys.argv[3:]
device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1001))
def ip(target, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:] + body
for target in targets:
    text = b"INJECTED"
    os.write(device, ip(target, struct.pack("!HHHH", 4444, 7000, 8 + len(text), 0) + text))
print("sent")
"""
BEHIND = """
import socket, sys
for target in sys.argv[1:]:
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"BEHIND", (target, 7000))
"""
LISTENER = """
import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind((sys.argv[1], 7000))
print(s.recv(100).decode(), flush=True)
"""
# Holds a device that nobody else may have, and that ends with this.
HOLDER = """
import fcntl, os, struct, sys
device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001))
print("up", flush=True)
sys.stdin.read()
"""
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


class Tun(Bypass):
    """TUN devices: what a program puts into one comes in as if from outside, with no owner. What
    the device has is passed on to the world, as a shared connection's is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_root("sysctl -qw net.ipv4.ip_forward=1", "nft add table ip box",
                    "nft add chain ip box post { type nat hook postrouting priority 100; }",
                    f"nft add rule ip box post ip saddr {TUN4} oifname lt0 masquerade")

    @classmethod
    def as_root(cls, *commands):
        for words in commands:
            done = cls.house.run_as("root", words.split())
            if done.rc != 0:
                raise RuntimeError(f"{words}: {done.err}")

    def device(self, name, how):
        """A device that is up; made at once, as NetworkManager makes one."""
        self.as_root(f"ip tuntap add dev {name} mode tun {how}")
        self.addCleanup(self.remove, name)
        self.as_root(f"ip addr add {TUN_HOST4}/24 dev {name}", f"ip link set {name} up")

    def remove(self, name):
        """It may be gone."""
        self.house.run_as("root", ["ip", "link", "del", "dev", name])

    def is_closed(self, name):
        done = self.house.run_as("root", ["nft", "list", "ruleset", "netdev"])
        return f'device "{name}"' in done.out

    def arrived(self, user, name, *within):
        """Whether @user's datagrams came to a server outside, and to a program on this PC."""
        local = self.house.start_as("me", ["/usr/bin/python3", "-c", LISTENER, TUN_HOST4],
                                    stdout=-1)
        self.addCleanup(local.stop)
        capture = self.house.capture(f"{name}-{user}.pcap", "udp and port 7000")
        eventually(lambda: f"{TUN_HOST4}:7000" in self.house.run_as(
            "root", ["ss", "-Hlun"]).out, "the listener")
        done = self.house.run_as(user, [*within, "/usr/bin/python3", "-c", INJECTOR, name, TUN4,
                                        LOGGER4, TUN_HOST4])
        self.assertIn("sent", done.out, done.err)
        self.house.run_as("root", ["/usr/bin/python3", "-c", BEHIND, LOGGER4, TUN_HOST4])
        eventually(lambda: capture.contains(b"BEHIND"), "what came behind")
        capture.stop()
        return capture.contains(b"INJECTED"), local.stdout.readline() == b"INJECTED\n"

    def test_open_to_a_child(self):
        """His own, his subordinate user's, his group's, everybody's: closed, also for others."""
        with open(self.house.path("/etc/subuid"), "a", encoding="ascii") as file:
            file.write("na:200000:10\n")
        for name, how, user in (("own", "user 30001", "na"), ("sub", "user 200005", "root"),
                                ("class", "group lop-6a", "minh"), ("any", "", "na"),
                                ('a"b', "user 30001", "na")):
            with self.subTest(name=name):
                self.device(name, how)
                eventually(lambda: self.is_closed(name), "the device is closed")
                self.assertEqual(self.arrived(user, name), (False, False))
                self.remove(name)
                eventually(lambda: not self.is_closed(name), "nothing is closed any more")

    def test_from_a_namespace(self):
        """A child who is root in a user namespace: the kernel then tells of an owner 0."""
        self.device("own", "user 30001")
        eventually(lambda: self.is_closed("own"), "the device is closed")
        for _ in range(3):
            self.assertEqual(self.arrived("na", "own", "unshare", "-Ur"), (False, False))
        self.assertTrue(self.is_closed("own"))

    def test_of_others(self):
        """Root's, a parent's and a parent's group's devices are theirs."""
        for name, how, user in (("root", "user 0", "root"), ("me", "user 30000", "me"),
                                ("sudo", "group sudo", "me")):
            with self.subTest(name=name):
                self.device(name, how)
                self.assertEqual(self.arrived(user, name), (True, True))
                self.assertFalse(self.is_closed(name))
                self.remove(name)

    def test_held(self):
        """A VPN's or a virtual machine's: it ends with its program, which alone has it."""
        holder = self.house.start_as("root", ["/usr/bin/python3", "-c", HOLDER, "vpn"],
                                     stdout=-1, stdin=-1)
        self.addCleanup(holder.stop)
        self.assertEqual(holder.stdout.readline(), b"up\n")
        self.as_root("ip link set vpn up")
        self.device("own", "user 30001")
        eventually(lambda: self.is_closed("own"), "the child's device is closed")
        self.assertFalse(self.is_closed("vpn"))

    def test_without_the_agent(self):
        """What a dead agent closed stays closed; what was made meanwhile is closed at the start."""
        self.device("own", "user 30001")
        eventually(lambda: self.is_closed("own"), "the device is closed")
        self.guard.kill()
        self.guard.wait(5)
        self.assertTrue(self.is_closed("own"))
        self.as_root("ip tuntap add dev late mode tun user 30001", "ip link set late up")
        self.addCleanup(self.remove, "late")
        self.start_guard()
        eventually(lambda: self.is_closed("late"), "the other device")
        self.as_root("nft flush ruleset")
        eventually(lambda: self.is_closed("own") and self.is_closed("late"), "closed again")


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
