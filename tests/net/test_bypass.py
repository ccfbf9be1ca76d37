#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways around the agent with real programs: proxies, tunnels, other protocols, other users.

Each way is first shown to work (by a user without rules, or before the agent starts), then tried
as a child.

usage: test_bypass.py GUARD-RUN KIND   (KIND of queue: xt, native or auto)
"""

import json
import os
import pathlib
import re
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from hello import client_hello, http_request  # noqa: E402
from lab import Done, LOGGER4, WEB4, WEB6, eventually, run_tests, slowed  # noqa: E402
from test_packet_path import Guarded, REFUSED_MS, RULES, rules_with  # noqa: E402

FAR4 = "10.77.0.4"
# A parent who lets unknown protocols be, but no tunnels.
UNKNOWN_OPEN = rules_with(**{"unknown-protocols": "allow"})
VPN_OPEN = rules_with(vpn="allow")


class Bypass(Guarded):
    """Helpers: programs in the background, and what the agent told of a child."""

    def background(self, process, port, where="client"):
        """Keeps a program that listens on @port until the test's end."""
        self.addCleanup(process.stop)
        run = self.house.run_server if where == "server" else (
            lambda argv: self.house.run_as("root", argv))
        eventually(lambda: re.search(rf":{port}\s", run(["ss", "-Hltn"]).out), f"port {port}")
        return process

    def start_quiet(self, user, argv, **popen):
        popen.setdefault("stdout", open(os.devnull, "wb"))
        popen.setdefault("stderr", popen["stdout"])
        with popen["stdout"]:
            return self.house.start_as(user, argv, **popen)

    def start_far(self, argv):
        with open(os.devnull, "wb") as null:
            return self.house.start_server(argv, stdout=null, stderr=null)

    def with_rules(self, rules):
        self.reload(rules)
        self.addCleanup(self.reload, RULES)

    def events(self, since=0):
        """(uid, action, reason, name) of each notice, oldest first."""
        return [tuple(line.split()[1:]) for line in self.log()[since:].splitlines()
                if line.startswith("event ")]

    def assert_told(self, since, reason):
        eventually(lambda: any(event[0] == "30001" and event[2] == reason
                               for event in self.events(since)),
                   f"a notice of {reason}: {self.log()[since:]}")

    def assert_way(self, *curl, reason=None, opens=True):
        """A way to a blocked site: open to a user without rules, closed to the child."""
        if opens:
            done = self.curl("me", *curl)
            self.assertEqual(done.rc, 0, done.err)
        since = len(self.log())
        done = self.curl("na", *curl)
        self.assertNotEqual(done.rc, 0, done.err)
        self.assertLess(float(done.out) * 1000, slowed(2000), done.err)
        if reason:
            self.assert_told(since, reason)


    def start_tinyproxy(self, user, address, port):
        folder = self.house.work / f"tinyproxy-{port}"
        folder.mkdir(mode=0o777)
        os.chmod(folder, 0o777)
        config = folder / "conf"
        config.write_text(f"Port {port}\nListen {address}\nTimeout 60\nMaxClients 50\n"
                          "DisableViaHeader Yes\n", encoding="ascii")
        argv = ["tinyproxy", "-d", "-c", str(config)]
        if user:
            self.background(self.start_quiet(user, argv), port)
        else:
            self.background(self.start_far(argv), port, "server")


class FarProxies(Bypass):
    """Proxies and tunnels on another machine."""

    def start_microsocks(self):
        self.background(self.start_far(["microsocks", "-i", FAR4, "-p", "1080"]), 1080, "server")

    def test_socks5(self):
        self.start_microsocks()
        for rules in (RULES, UNKNOWN_OPEN):
            self.with_rules(rules)
            for way in ("--socks5-hostname", "--socks5"):
                with self.subTest(way=way):
                    self.assert_way("http://games.test/", "--resolve", f"games.test:80:{WEB4}",
                                    way, f"{FAR4}:1080", reason="proxy")

    def test_socks5_with_a_lax_greeting(self):
        """A greeting that is never complete is answered all the same: it must not go on."""
        self.start_microsocks()
        self.with_rules(UNKNOWN_OPEN)
        ask = b"\x05\x01\x00\x03\x0agames.test\x00\x50"
        for pieces in ([b"\x05\xff\x00", ask], [b"\x05", b"\x01\x00", ask]):
            capture = self.house.capture("socks.pcap", "tcp port 1080")
            result = self.send("na", FAR4, 1080, pieces, "pause=0.1")
            self.assert_refused(result)
            capture.stop()
            self.assertFalse(capture.contains(b"games.test"))

    def test_proxychains(self):
        self.start_microsocks()
        config = self.house.work / "proxychains.conf"
        config.write_text("strict_chain\nquiet_mode\nproxy_dns\ntcp_connect_time_out 2000\n"
                          f"tcp_read_time_out 3000\n[ProxyList]\nsocks5 {FAR4} 1080\n",
                          encoding="ascii")
        self.with_rules(UNKNOWN_OPEN)
        argv = ["proxychains4", "-f", str(config), "curl", "-sS", "--max-time", str(slowed(5)),
                "http://games.test/"]
        self.assertIn("hello from games.test", self.house.run_as("me", argv).out)
        since = len(self.log())
        self.assertNotEqual(self.house.run_as("na", argv).rc, 0)
        self.assert_told(since, "proxy")

    def test_socks4(self):
        self.with_rules(UNKNOWN_OPEN)
        for label, data in (
                ("SOCKS 4", b"\x04\x01\x00\x50" + bytes([10, 77, 0, 2]) + b"na\0"),
                ("SOCKS 4a", b"\x04\x01\x00\x50\0\0\0\x01\0games.test\0")):
            with self.subTest(label):
                n_before, since = self.n_received(), len(self.log())
                self.assert_refused(self.send("na", LOGGER4, 8443, [data]))
                self.assertEqual(self.received(n_before), b"")
                self.assert_told(since, "proxy")

    def test_allowed_socks_is_judged_by_name(self):
        self.start_microsocks()
        self.with_rules(VPN_OPEN)
        proxy = ("--socks5-hostname", f"{FAR4}:1080")
        self.assertEqual(self.curl("na", "http://school.test/", *proxy).rc, 0)
        self.assert_way("http://games.test/", *proxy, reason="listed")

    def test_http_proxy(self):
        self.start_tinyproxy(None, FAR4, 3128)
        proxy = ("-x", f"http://{FAR4}:3128")
        for scheme in ("http", "https"):
            self.assertEqual(self.curl("na", f"{scheme}://school.test/", *proxy).rc, 0)
            self.assert_way(f"{scheme}://games.test/", *proxy, reason="listed")
        # The name inside the tunnel counts, too, and an address is nobody's name.
        self.assert_way("https://games.test/", *proxy, "--connect-to",
                        "games.test:443:school.test:443", reason="listed")
        self.assert_way("https://games.test/", *proxy, "--connect-to",
                        f"games.test:443:{WEB4}:443", reason="address")

    def test_ssh(self):
        """ssh -D to an account of the child's own on another machine."""
        far = self.house.work / "ssh"
        far.mkdir()
        self.house.run_as("root", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                                   str(far / "host")])
        keys = {}
        for user in ("na", "me"):
            key = self.house.work / f"ssh-{user}"
            self.house.run_as("root", ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                                       str(key)])
            uid = self.house.accounts[user][0]
            shutil.chown(key, uid, uid)
            keys[user] = str(key)
        known = far / "authorized"
        known.write_text("".join(pathlib.Path(f"{key}.pub").read_text(encoding="ascii")
                                 for key in keys.values()), encoding="ascii")
        self.house.run_as("root", ["mkdir", "-p", "/run/sshd"])
        self.background(self.start_far([
            "/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", str(far / "host"), "-o", "UsePAM=no",
            "-o", f"ListenAddress={FAR4}:22", "-o", f"AuthorizedKeysFile={known}",
            "-o", "StrictModes=no", "-o", f"PidFile={far}/pid"]), 22, "server")
        for index, user in enumerate(("me", "na")):
            port = 1090 + index
            argv = ["ssh", "-N", "-D", str(port), "-i", keys[user], "-o", "BatchMode=yes", "-o",
                    "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                    "ExitOnForwardFailure=yes", f"me@{FAR4}"]
            if user == "me":
                self.background(self.start_quiet(user, argv), port)
                self.assertEqual(self.curl(user, "http://games.test/", "--socks5-hostname",
                                           f"127.0.0.1:{port}").rc, 0)
            else:
                since = len(self.log())
                self.assertNotEqual(self.house.run_as(user, argv).rc, 0)
                self.assert_told(since, "unknown-protocol")
        # What another user's tunnel would do for the child.
        self.assert_way("http://games.test/", "--socks5-hostname", "127.0.0.1:1090",
                        reason="proxy")

    def test_openvpn_over_tcp(self):
        work = self.house.work / "openvpn"
        work.mkdir(mode=0o755)
        os.chmod(work, 0o755)
        servers = self.servers.work
        for name in ("ca.crt", "school.test.crt", "school.test.key"):
            shutil.copy(servers / name, work / name)
            os.chmod(work / name, 0o644)
        common = ["--dev", "null", "--ca", str(work / "ca.crt"), "--cert",
                  str(work / "school.test.crt"), "--key", str(work / "school.test.key"),
                  "--verb", "1", "--cipher", "AES-256-GCM"]
        key = work / "static.key"
        self.house.run_as("root", ["openvpn", "--genkey", "secret", str(key)])
        os.chmod(key, 0o644)
        self.with_rules(UNKNOWN_OPEN)
        ways = ([], ["--tls-auth", str(key)], ["--tls-crypt", str(key)])
        for index, sign in enumerate(ways):
            with self.subTest(sign=sign[:1]):
                done = self.run_openvpn("me", [*common, *sign], 1194 + 2 * index)
                self.assertIn("Initialization Sequence Completed", done.out)
                since = len(self.log())
                done = self.run_openvpn("na", [*common, *sign], 1195 + 2 * index)
                self.assertNotIn("Initialization Sequence Completed", done.out)
                self.assert_told(since, "vpn")

    def run_openvpn(self, user, words, port):
        """A server that ends with its one client, and the client until it is up or refused."""
        self.background(self.start_far([
            "openvpn", *words, "--proto", "tcp-server", "--tls-server", "--dh", "none", "--local",
            FAR4, "--lport", str(port)]), port, "server")
        log = self.house.work / "openvpn" / f"{user}-{port}.log"
        with open(log, "wb") as output:
            client = self.house.start_as(user, [
                "openvpn", *words, "--proto", "tcp-client", "--tls-client", "--remote", FAR4,
                str(port), "--connect-retry-max", "1", "--connect-timeout", "3", "--nobind"],
                stdout=output, stderr=output)
        eventually(lambda: client.poll() is not None or b"Completed" in log.read_bytes() or
                   b"reset" in log.read_bytes(), "an end of OpenVPN")
        client.stop()
        return Done(client.poll(), log.read_text(encoding="utf-8"), "", 0)


class Loopback(Bypass):
    """Programs of other users on the same PC."""

    HERE = (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("10.77.0.1", "10.77.0.1"))

    def test_socks_of_another_user(self):
        for index, (address, text) in enumerate(self.HERE):
            port = 1080 + index
            self.background(self.start_quiet("me", ["microsocks", "-i", address, "-p", str(port)]),
                            port)
            with self.subTest(address):
                self.assert_way("http://games.test/", "--socks5-hostname", f"{text}:{port}",
                                reason="proxy")

    def test_http_proxy_of_another_user(self):
        for index, (address, text) in enumerate(self.HERE):
            port = 3130 + index
            self.start_tinyproxy("me", address, port)
            proxy = ("-x", f"http://{text}:{port}")
            for scheme in ("http", "https"):
                with self.subTest(address=address, scheme=scheme):
                    self.assertEqual(self.curl("na", f"{scheme}://school.test/", *proxy).rc, 0)
                    self.assert_way(f"{scheme}://games.test/", *proxy, reason="listed")
            # Each request of a connection counts.
            done = self.house.run_as("na", ["curl", "-sS", *proxy, "http://school.test/",
                                            "http://games.test/"])
            self.assertIn("hello from school.test", done.out)
            self.assertNotIn("hello from games.test", done.out)

    def test_another_protocol_first(self):
        """Ports of a connection that was let be, used again by a proxy's greeting."""
        self.background(self.start_quiet("me", ["microsocks", "-i", "127.0.0.1", "-p", "1080"]),
                        1080)
        done = self.house.run_as("na", ["/usr/bin/python3", "-c", """
import socket, struct
answers = []
for data in (bytes(range(200, 216)), b"\\x05\\x01\\x00"):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.settimeout(2)
        s.bind(("127.0.0.1", 40404))
        s.connect(("127.0.0.1", 1080))
        s.sendall(data)
        try:
            answers.append(s.recv(100).hex())
        except OSError as error:
            answers.append(type(error).__name__)
print(answers[1])
"""])
        self.assertEqual(done.out.strip(), "ConnectionResetError", done.err)

    def test_own_web_server(self):
        for index, (user, address) in enumerate((("na", "127.0.0.1"), ("na", "::1"),
                                                 ("me", "127.0.0.1"))):
            port = 8080 + index
            self.background(self.start_quiet(user, [
                "/usr/bin/python3", "-m", "http.server", "--bind", address, "-d", "/etc/skel",
                str(port)]), port)
            text = f"[{address}]" if ":" in address else address
            for name in (text, "localhost"):
                with self.subTest(user=user, name=name):
                    self.assertEqual(self.curl("na", f"http://{name}:{port}/").rc, 0)

    def test_x11(self):
        self.background(self.start_quiet("me", ["Xvfb", ":7", "-ac", "-listen", "tcp"]), 6007)
        done = self.house.run_as("na", ["xdpyinfo", "-display", "localhost:7"])
        self.assertIn("name of display:", done.out, done.err)

    def test_server_speaks_first(self):
        server = """
import socketserver
class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 pc ESMTP\\r\\n")
        for line in self.rfile:
            is_end = line.upper().startswith(b"QUIT")
            self.wfile.write(b"221 bye\\r\\n" if is_end else b"250 ok\\r\\n")
            if is_end:
                break
socketserver.ThreadingTCPServer(("127.0.0.1", 2525), Mail).serve_forever()
"""
        self.background(self.start_quiet("me", ["/usr/bin/python3", "-c", server]), 2525)
        client = "import smtplib; m = smtplib.SMTP('localhost', 2525); print(m.noop(), m.quit())"
        done = self.house.run_as("na", ["/usr/bin/python3", "-c", client])
        self.assertIn("221", done.out, done.err)

    def test_dbus_over_tcp(self):
        config = self.house.work / "dbus-tcp.conf"
        config.write_text('''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration
1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd"><busconfig>
<listen>tcp:host=localhost,port=5560,family=ipv4</listen><auth>ANONYMOUS</auth><allow_anonymous/>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
''', encoding="ascii")
        self.background(self.start_quiet("me", [
            "dbus-daemon", "--nofork", f"--config-file={config}"]), 5560)
        done = self.house.run_as("na", [
            "dbus-send", "--bus=tcp:host=localhost,port=5560,family=ipv4", "--print-reply",
            "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListNames"])
        self.assertIn("org.freedesktop.DBus", done.out, done.err)


SEND = """
import socket, sys
kind, family, address, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
family = socket.AF_INET6 if family == "6" else socket.AF_INET
types = {"tcp": (socket.SOCK_STREAM, 0), "udp": (socket.SOCK_DGRAM, 0),
         "udplite": (socket.SOCK_DGRAM, 136)}
type, protocol = types.get(kind) or (socket.SOCK_RAW, int(kind))
try:
    with socket.socket(family, type, protocol) as s:
        s.settimeout(2)
        s.connect((address, port))
        s.send(b"luytre-bypass" + bytes(40))
    print("sent")
except OSError as error:
    print(error.__class__.__name__)
"""


class OtherProtocols(Bypass):
    """What is neither TCP to a site nor a plain ping."""

    RAW = ("--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw")

    def try_send(self, user, kind, family, address, port=0):
        uid = str(self.house.accounts[user][0])
        caps = self.RAW if kind.isdigit() else ("--inh-caps=-all",)
        done = self.house.run_as("root", [
            "setpriv", "--reuid", uid, "--regid", uid, "--init-groups", *caps, "--",
            "/usr/bin/python3", "-c", SEND, kind, family, address, str(port)])
        self.assertEqual(done.rc, 0, done.err)
        return done.out.strip()

    def test_ip_protocols(self):
        """6in4, GRE, ESP, DCCP, SCTP, L2TP by raw sockets; UDP-Lite as anybody may."""
        kinds = ["41", "47", "50", "33", "132", "115", "udplite"]
        for family, address in (("4", WEB4), ("6", WEB6)):
            for kind in kinds:
                with self.subTest(kind=kind, family=family):
                    capture = self.house.capture("protocols.pcap", f"dst host {address}")
                    self.assertEqual(self.try_send("na", kind, family, address, 5000 if
                                                   kind == "udplite" else 0), "PermissionError")
                    self.assertEqual(self.try_send("me", kind, family, address, 5000 if
                                                   kind == "udplite" else 0), "sent")
                    eventually(lambda: capture.contains(b"luytre-bypass"), "the other user's")
                    capture.stop()
                    self.assertEqual(capture.path.read_bytes().count(b"luytre-bypass"), 1)

    def test_ports_of_encrypted_dns(self):
        listen = """
import selectors, socket
selector = selectors.DefaultSelector()
for port in (784, 853, 8853):
    for family in (socket.AF_INET, socket.AF_INET6):
        s = socket.create_server(("", port), family=family)
        selector.register(s, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
"""
        self.background(self.start_far(["/usr/bin/python3", "-c", listen]), 8853, "server")
        for port in (784, 853, 8853):
            for family, address in (("4", WEB4), ("6", WEB6)):
                with self.subTest(port=port, family=family):
                    self.assertEqual(self.try_send("me", "tcp", family, address, port), "sent")
                    self.assertEqual(self.try_send("na", "tcp", family, address, port),
                                     "ConnectionRefusedError")
                    self.assertEqual(self.try_send("na", "udp", family, address, port),
                                     "PermissionError")

    def test_tunnel_addresses(self):
        """6to4 and Teredo, as if the way there were a tunnel."""
        for address in ("2002:a4d:2::1", "2001:0:a4d:2::1", "192.88.99.1"):
            words = "-6 " if ":" in address else ""
            self.house.server_ip(f"{words}addr add {address} dev lt1")
        self.background(self.start_far(["/usr/bin/python3", "-m", "http.server", "-d", "/etc/skel",
                                        "--bind", "::", "8000"]), 8000, "server")
        for name in ("[2002:a4d:2::1]", "[2001:0:a4d:2::1]", "192.88.99.1"):
            with self.subTest(name):
                self.assert_way(f"http://{name}:8000/", "-H", "Host: school.test")
        self.assertEqual(self.curl("na", f"http://[{WEB6}]:8000/", "-H", "Host: school.test").rc,
                         0)

    def ping(self, user, address, *words):
        """How many answers came."""
        done = self.house.run_as(user, ["ping", "-n", "-q", "-W", "1", *words, address],
                                 timeout=20)
        return int(re.search(r"(\d+) received", done.out).group(1))

    def test_ping(self):
        for address in (WEB4, WEB6):
            with self.subTest(address):
                self.assertEqual(self.ping("na", address, "-c", "3", "-i", "0.2"), 3)
                self.assertEqual(self.ping("me", address, "-c", "2", "-i", "0.2", "-s", "1000"), 2)
                self.assertEqual(self.ping("na", address, "-c", "2", "-i", "0.2", "-s", "129"), 0)
                self.assertEqual(self.ping("na", address, "-c", "1", "-s", "128"), 1)

    def test_ping_rate(self):
        words = ("-c", "100", "-i", "0.005")
        self.assertGreaterEqual(self.ping("me", WEB4, *words), 95)
        self.assertLessEqual(self.ping("na", WEB4, *words), 50)
        # One child's pings are no other's.
        self.assertEqual(self.ping("minh", WEB4, "-c", "2", "-i", "0.2"), 2)

    def test_answers_of_a_tunnel(self):
        """A server that puts more into its answers than it was asked."""
        self.house.run_server(["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1"])
        self.addCleanup(self.house.run_server,
                        ["sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=0"])
        self.house.run_as("root", ["sysctl", "-qw", "net.ipv4.ping_group_range=0 60000"])
        far = self.house.work / "answers.log"
        server = """
import socket, struct, sys
def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
print("ready", flush=True)
while True:
    packet, (address, _) = s.recvfrom(2000)
    if packet[20] != 8:
        continue
    body = packet[24:28] + packet[28:].ljust(packet[28] * 10, b"x")
    head = struct.pack("!BBH", 0, 0, 0)
    s.sendto(struct.pack("!BBH", 0, 0, checksum(head + body)) + body, (address, 0))
"""
        with open(far, "wb") as output:
            process = self.house.start_server(["/usr/bin/python3", "-c", server], stdout=output,
                                              stderr=output)
        self.addCleanup(process.stop)
        eventually(lambda: b"ready" in far.read_bytes(), "the answering server")
        client = """
import socket
for tens in (10, 100):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    s.settimeout(1)
    s.connect(("%s", 0))
    s.send(bytes([8, 0, 0, 0, 0, 0, 0, 1, tens]) + bytes(3))
    try:
        print(len(s.recv(2000)))
    except TimeoutError:
        print("nothing")
""" % WEB4
        for user, expected in (("me", ["108", "1008"]), ("na", ["108", "nothing"])):
            done = self.house.run_as(user, ["/usr/bin/python3", "-c", client])
            self.assertEqual(done.out.split(), expected, done.err)


class OtherUsers(Bypass):
    """The child's programs under other names: containers, jobs, helpers."""

    def test_containers(self):
        """Rootless containers: users of a namespace that the child's /etc/subuid gives it."""
        url = ("http://games.test/", "--resolve", f"games.test:80:{WEB4}")
        for inside in ("0", "1000"):
            argv = ["unshare", "--user", "--map-auto", "--map-root-user", "setpriv", "--reuid",
                    inside, "--regid", inside, "--clear-groups", "curl", "-sS", "--max-time", "5",
                    *url]
            with self.subTest(inside=inside):
                done = self.house.run_as("me", argv)
                self.assertIn("hello from games.test", done.out, done.err)
                done = self.house.run_as("na", argv)
                self.assertNotEqual(done.rc, 0)
                self.assertIn("reset", done.err)
                argv[-1] = f"school.test:80:{WEB4}"
                done = self.house.run_as("na", [*argv[:-3], "http://school.test/", *argv[-2:]])
                self.assertIn("hello from school.test", done.out, done.err)

    def test_jobs(self):
        """cron starts a program without any session of the child."""
        spool = self.house.work / "spool"
        (spool / "crontabs").mkdir(parents=True)
        for user in ("na", "me"):
            tab = spool / "crontabs" / user
            tab.write_text("".join(
                f"@reboot curl -sS --max-time 5 --resolve {site}:80:{WEB4} http://{site}/ "
                f">$HOME/{site}.out 2>$HOME/{site}.err; echo $? >$HOME/{site}.rc\n"
                for site in ("school.test", "games.test")), encoding="ascii")
            os.chmod(tab, 0o600)
            shutil.chown(tab, self.house.accounts[user][0])
        self.house.run_as("root", ["mount", "--bind", str(spool), "/var/spool/cron"])
        with open(self.house.path("/etc/shadow"), "a", encoding="ascii") as shadow:
            shadow.write("na:*:19000:0:99999:7:::\nme:*:19000:0:99999:7:::\n")
        cron = self.start_quiet("root", ["/usr/sbin/cron", "-f"])
        self.addCleanup(cron.stop)
        got = {}
        for user in ("na", "me"):
            for site in ("school.test", "games.test"):
                rc = self.house.path(f"/home/{user}/{site}.rc")
                eventually(lambda: rc.exists() and rc.read_text(encoding="ascii").strip(),
                           f"the job of {user}")
                got[user, site] = rc.read_text(encoding="ascii").strip() == "0"
        self.assertEqual(got, {("na", "school.test"): True, ("na", "games.test"): False,
                               ("me", "school.test"): True, ("me", "games.test"): True})


if __name__ == "__main__":
    del sys.argv[1:3]
    run_tests()
