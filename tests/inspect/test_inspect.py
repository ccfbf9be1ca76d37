#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""luytrectl inspect on capture files that are made here: usage: test_inspect.py LUYTRECTL."""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import capture as c
import quic

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()

HELLO = c.records(c.hello("tls.example"))
TLS_ROW = ("tls", c.CLIENT4, "40000", c.SERVER4, "443", "tcp", "tls.example")
TLS_ROW6 = ("tls", c.CLIENT6, "40000", c.SERVER6, "443", "tcp", "tls.example")


def run(*arguments):
    command = [LUYTRECTL, "inspect", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def segments(payload, size, version=4, sport=40000, dport=443, syn=True):
    """@payload in TCP segments of @size bytes, behind a SYN; sequence numbers wrap inside."""
    start = 0xFFFFFFF8
    out = [c.ip(c.tcp(b"", start - 1, 0x02, sport, dport), 6, version)] if syn else []
    for at in range(0, len(payload), size):
        out.append(c.ip(c.tcp(payload[at : at + size], start + at, 0x18, sport, dport), 6, version))
    return out


class InspectTest(unittest.TestCase):
    """Rows without the frame, as sets; frames where they matter."""

    def inspect(self, content, *options, status=0):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            done = run(*options, file.name)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def rows(self, content, status=0):
        out = self.inspect(content, status=status)
        lines = [tuple(line.split("\t")) for line in out.splitlines()]
        self.assertEqual(len(lines), len(set(line[1:] for line in lines)), "a row came twice")
        return [line[1:] for line in lines]

    def expect(self, packets, *rows):
        """IP packets in a raw capture."""
        self.assertCountEqual(self.rows(c.pcap(packets, c.RAW)), rows)

    def test_links(self):
        """The same hello behind every link, label and file format."""
        packet = c.ip(c.tcp(HELLO), 6)
        sll = bytes(14) + b"\x08\x00"
        sll2 = b"\x08\x00" + bytes(18)
        pppoe = bytes(12) + b"\x88\x64\x11\x00" + struct.pack(">HHH", 9, len(packet) + 2, 0x21)
        mpls = bytes(12) + b"\x88\x47" + struct.pack(">II", 16 << 12, 17 << 12 | 0x100)
        snap = bytes(12) + struct.pack(">H", len(packet) + 8) + b"\xaa\xaa\x03\0\0\0\x08\x00"
        cases = {
            "raw": (packet, c.RAW),
            "ethernet": (c.ethernet(packet), c.ETHERNET),
            "vlan": (c.ethernet(packet, [(0x8100, 5)]), c.ETHERNET),
            "qinq": (c.ethernet(packet, [(0x88A8, 5), (0x8100, 6)]), c.ETHERNET),
            "e-tag": (c.ethernet(packet, [(0x893F, 5)], 4), c.ETHERNET),
            "service tag": (c.ethernet(packet, [(0x88E7, 5)], 14), c.ETHERNET),
            "sll": (sll + packet, c.SLL),
            "sll2": (sll2 + packet, c.SLL2),
            "null": (b"\x02\0\0\0" + packet, c.NULL),
            "null, other order": (b"\0\0\0\x02" + packet, c.NULL),
            "ppp": (b"\xff\x03\x00\x21" + packet, c.PPP),
            "pppoe": (pppoe + packet, c.ETHERNET),
            "mpls": (mpls + packet, c.ETHERNET),
            "snap": (snap + packet, c.ETHERNET),
            "padded": (c.ethernet(packet) + bytes(20), c.ETHERNET),
        }
        for label, (frame, link) in cases.items():
            with self.subTest(label):
                self.assertEqual(self.rows(c.pcap([frame], link)), [TLS_ROW])
                self.assertEqual(self.rows(c.pcap([frame], link, ">")), [TLS_ROW])
                self.assertEqual(self.rows(c.pcapng([frame], link)), [TLS_ROW])

    def test_vlans_apart(self):
        """The same addresses in two VLANs are two flows: their segments don't mix."""
        parts = [segments(c.records(c.hello(name)), 40) for name in ("one.example", "two.example")]
        frames = []
        for pair in zip(*parts):
            frames += [c.ethernet(packet, [(0x8100, 5 + i)]) for i, packet in enumerate(pair)]
        names = [row[-1] for row in self.rows(c.pcap(frames))]
        self.assertCountEqual(names, ["one.example", "two.example"])

    def test_tunnels(self):
        packet = c.ip(c.tcp(HELLO), 6)
        frame = c.ethernet(packet)
        cases = {
            "IP in IP": c.ip(packet, 4),
            "6in4": c.ip(c.ip(c.tcp(HELLO), 6, 6), 41),
            "GRE": c.ip(b"\0\0\x08\0" + packet, 47),
            "GRE with a key": c.ip(b"\x20\0\x08\0\0\0\0\x01" + packet, 47),
            "GRE with Ethernet": c.ip(b"\0\0\x65\x58" + frame, 47),
            "VXLAN": c.ip(c.udp(b"\x08\0\0\0\0\0\x07\0" + frame, dport=4789), 17),
            "Geneve": c.ip(c.udp(b"\x01\0\x65\x58\0\0\x07\0\0\0\0\0" + frame, dport=6081), 17),
            "GTP-U": c.ip(c.udp(b"\x30\xff\0\0\0\0\0\x07" + packet, dport=2152), 17),
        }
        for label, outer in cases.items():
            with self.subTest(label):
                self.expect([outer], TLS_ROW6 if label == "6in4" else TLS_ROW)

    def test_tunnels_end(self):
        """Packets in packets without end are given up, not followed."""
        packet = c.ip(c.tcp(HELLO), 6)
        for _ in range(7):
            packet = c.ip(packet, 4)
        self.expect([packet], TLS_ROW)
        self.expect([c.ip(packet, 4)])

    def test_segments(self):
        """Every size of segments, in order, backwards, twice, and over IPv6."""
        for size in (1, 7, 60, 2000):
            packets = segments(HELLO, size)
            with self.subTest(size=size):
                self.expect(packets, TLS_ROW)
                self.expect(packets + packets, TLS_ROW)
                self.expect(segments(HELLO, size, 6), TLS_ROW6)
        packets = segments(HELLO, 10)
        self.expect(packets[:1] + packets[:0:-1], TLS_ROW)
        self.expect(packets[:1] + packets[1::2] + packets[2::2], TLS_ROW)
        self.expect(packets[:-1])

    def test_records(self):
        """A hello in records of one byte, and one of 20 kB in segments."""
        self.expect(segments(c.records(c.hello("tls.example"), 1), 100), TLS_ROW)
        self.expect(segments(c.records(c.hello("tls.example", 20000), 16384), 1400), TLS_ROW)

    def test_names(self):
        """What is shown for a hello or a request that names nobody, or nothing good."""
        cases = (
            (c.records(c.hello(None)), "tls", "-"),
            (c.records(c.hello("")), "tls", "-"),
            (c.records(c.hello("TLS.Example.")), "tls", "tls.example"),
            (c.records(c.hello("192.0.2.9")), "tls", "192.0.2.9"),
            (c.records(c.hello("what is this")), "tls", "what is this"),
            (c.records(c.hello("tab\tline\n")), "tls", "tab\\009line\\010"),
            (c.http("Http.Example:80"), "http", "http.example"),
            (c.http("[2001:DB8::0:1]:80"), "http", "2001:db8::1"),
            (b"GET / HTTP/1.1\r\n\r\n", "http", "-"),
            (c.http("x.example", "CONNECT y.example:443 HTTP/1.1"), "http", "y.example"),
            (c.http("x.example", "GET http://y.example/ HTTP/1.1"), "http", "y.example"),
        )
        for payload, proto, name in cases:
            with self.subTest(name):
                row = (proto, *TLS_ROW[1:6], name)
                self.expect(segments(payload, 30), row)

    def test_requests(self):
        """Each name of a connection once, behind bodies of every kind, and TLS in a tunnel."""
        post = "POST / HTTP/1.1"
        body = "GET /no HTTP/1.1\r\nHost: no.example\r\n\r\n"
        chunks = f"{len(body):x};x=y\r\n{body}\r\n0\r\nTrailer: x\r\n\r\n"
        stream = (
            c.http("a.example")
            + c.http("b.example", post, f"Content-Length: {len(body)}\r\n", body)
            + c.http("c.example", post, "Transfer-Encoding: chunked\r\n", chunks)
            + c.http("a.example")
            + c.http("d.example", "CONNECT d.example:443 HTTP/1.1")
            + HELLO
        )
        found = [(proto, *TLS_ROW[1:6], f"{name}.example") for proto, name in
                 (("http", "a"), ("http", "b"), ("http", "c"), ("http", "d"), ("tls", "tls"))]
        for size in (1, 50, 5000):
            with self.subTest(size=size):
                self.expect(segments(stream, size), *found)

    def test_direction(self):
        """A server's stream shows nothing; who asks is the client, whatever the ports are."""
        body = b"HTTP/1.1 200 OK\r\n\r\n" + c.http("no.example")
        answer = c.ip(c.tcp(body, sport=80, dport=40000), 6, back=True)
        ask = c.ip(c.tcp(c.http("a.example"), sport=80, dport=40000), 6)
        self.expect([answer])
        self.expect([ask], ("http", c.CLIENT4, "80", c.SERVER4, "40000", "tcp", "a.example"))

    def test_holes(self):
        """What was not captured costs one request, not the connection."""
        first, second = segments(c.http("a.example"), 2000)[1], c.http("b.example")
        lost = c.ip(c.tcp(second, 0xFFFFFFF8 + len(c.http("a.example")) + 500), 6)
        rows = [("http", *TLS_ROW[1:6], name) for name in ("a.example", "b.example")]
        self.expect([first, lost], *rows)
        self.expect(segments(HELLO, 10)[2:])

    def test_another_protocol_first(self):
        """STARTTLS: the hello starts a segment of its own."""
        start = 0xFFFFFFF8
        words = b"STARTTLS\r\n"
        self.expect(
            [c.ip(c.tcp(words, start), 6), c.ip(c.tcp(HELLO, start + len(words)), 6)], TLS_ROW
        )

    def test_ports_again(self):
        """A new SYN with another number begins another connection."""
        second = [c.ip(c.tcp(b"", 999, 0x02), 6), c.ip(c.tcp(c.http("b.example"), 1000), 6)]
        self.expect(segments(HELLO, 2000) + second, TLS_ROW, ("http", *TLS_ROW[1:6], "b.example"))

    def test_fragments(self):
        """IPv4 and IPv6 fragments in any order; one missing: nothing."""
        whole = c.udp(c.dns("dns.example"))
        v4, v6 = [], []
        for at in range(0, len(whole), 16):
            part, more = whole[at : at + 16], at + 16 < len(whole)
            v4.append(c.ipv4(part, 17, fragment=at // 8 | (0x2000 if more else 0)))
            v6.append(c.ipv6(struct.pack(">BBHI", 17, 0, at | more, 7) + part, 44))
        for packets, ends in ((v4, (c.CLIENT4, c.SERVER4)), (v6, (c.CLIENT6, c.SERVER6))):
            row = ("dns", ends[0], "40000", ends[1], "53", "udp", "dns.example")
            self.expect(packets, row)
            self.expect(packets[::-1], row)
            self.expect(packets[:-1])
            self.expect(packets[1:])

    def test_dns(self):
        """Questions over UDP and TCP; a response alone shows the question too, from its client."""
        row = ("dns", c.CLIENT4, "40000", c.SERVER4, "53", "udp", "dns.example")
        query, answer = c.dns("DNS.example"), c.dns("dns.example", flags=0x8180)
        self.expect([c.ip(c.udp(query), 17)], row)
        self.expect([c.ip(c.udp(answer, 53, 40000), 17, back=True)], row)
        self.expect([c.ip(c.udp(query), 17), c.ip(c.udp(answer, 53, 40000), 17, back=True)], row)
        self.expect([c.ip(c.udp(c.dns("")), 17)], (*row[:-1], "."))
        self.expect([c.ip(c.udp(query, dport=5353), 17)])
        over_tcp = b"".join(struct.pack(">H", len(m)) + m for m in (query, c.dns("two.example")))
        tcp_rows = [(*row[:5], "tcp", name) for name in ("dns.example", "two.example")]
        for size in (1, 200):
            self.expect(segments(over_tcp, size, dport=53), *tcp_rows)

    def expect_quic(self, datagrams, *names, port=443):
        rows = [("quic", c.CLIENT4, "40000", c.SERVER4, str(port), "udp", name) for name in names]
        self.expect([c.ip(c.udp(datagram, dport=port), 17) for datagram in datagrams], *rows)

    def test_quic(self):
        """Both versions, hellos over several datagrams in any order, any port; nobody's name."""
        for version in quic.V1, quic.V2:
            with self.subTest(version=version):
                whole = quic.initial(quic.crypto(c.hello("quic.example")), version=version)
                self.expect_quic([whole], "quic.example")
                self.expect_quic([whole, whole], "quic.example", port=53)
                self.expect_quic([whole[:-1] + b"x"])
                nameless = quic.initial(quic.crypto(c.hello(None)), version=version)
                self.expect_quic([nameless], "-", port=8443)
                hello = c.hello("large.example", 1500)
                parts = [quic.initial(quic.crypto(hello, at, at + 600), version=version, number=at)
                         for at in range(0, len(hello), 600)]
                self.expect_quic(parts, "large.example")
                self.expect_quic(parts[::-1], "large.example")
                self.expect_quic(parts[:-1])

    def test_quic_again(self):
        """A Retry, another connection on the same ports, a second hello, no server's packets."""
        one, two = c.hello("one.example"), c.hello("two.example")
        first = quic.initial(quic.crypto(one))
        self.expect_quic([first, quic.initial(quic.crypto(two), b"of retry", token=b"token")],
                         "one.example", "two.example")
        self.expect_quic([first, quic.initial(quic.crypto(two), b"other ID")],
                         "one.example", "two.example")
        later = quic.initial(quic.crypto(one + two, len(one)), b"server's", number=1,
                             key_cid=b"8 bytes!")
        self.expect_quic([first, later], "one.example", "two.example")
        self.expect_quic([quic.initial(quic.crypto(one), size=0)])
        self.expect_quic([quic.initial(quic.crypto(one), b"client's", key_cid=b"8 bytes!")])

    def test_frames(self):
        """The frame is where the name is complete."""
        out = self.inspect(c.pcap(segments(HELLO, 50), c.RAW))
        self.assertEqual(int(out.split("\t")[0]), len(segments(HELLO, 50)))

    def test_options(self):
        content = c.pcap([c.ip(c.tcp(HELLO), 6)], c.RAW)
        header, row = self.inspect(content, "--header").splitlines()
        self.assertEqual(header.split("\t"), "frame proto client port server port l4 name".split())
        self.assertEqual(tuple(row.split("\t")), ("1", *TLS_ROW))
        shown = json.loads(self.inspect(content, "--json"))
        self.assertEqual(shown["frame"], 1)
        self.assertEqual((shown["client"], shown["client-port"]), (c.CLIENT4, 40000))
        self.assertEqual(shown["name"], "tls.example")
        bad = c.pcap([c.ip(c.tcp(c.records(c.hello('a"\\\n'))), 6)], c.RAW)
        self.assertEqual(json.loads(self.inspect(bad, "--json"))["name"], 'a"\\\\010')

    def test_status(self):
        """A file that breaks off shows what it has, and says so."""
        content = c.pcap([c.ip(c.tcp(HELLO), 6)], c.RAW)
        self.assertEqual(self.rows(content + b"\0\0\0\0\0", status=2), [TLS_ROW])
        self.inspect(b"no capture", status=2)
        self.assertEqual(run("/nonexistent").returncode, 2)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(run("--help").returncode, 0)
        self.assertEqual(self.rows(c.pcap([])), [])

    def test_cut_frames(self):
        """Every cut of every frame of a few kinds: no crash, and never another name."""
        vxlan = b"\x08\0\0\0\0\0\x07\0" + c.ethernet(c.ip(c.tcp(HELLO), 6))
        frames = [
            c.ethernet(c.ip(c.tcp(HELLO), 6), [(0x8100, 5)]),
            c.ethernet(c.ip(c.udp(vxlan, dport=4789), 17)),
            c.ethernet(c.ip(c.udp(c.dns("tls.example")), 17, 6)),
        ]
        for frame in frames:
            cuts = c.pcap([frame[:n] for n in range(len(frame) + 1)])
            self.assertEqual([row[-1] for row in self.rows(cuts)], ["tls.example"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
