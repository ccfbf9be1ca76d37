# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture files and what is in them, built byte by byte."""

import ipaddress
import struct

ETHERNET, NULL, RAW, SLL, SLL2, PPP = 1, 0, 101, 113, 276, 9
CLIENT4, SERVER4 = "192.0.2.1", "198.51.100.2"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8::2"


def pcap(frames, link=ETHERNET, order="<"):
    """A classic capture file; @order is the byte order of the machine that wrote it."""
    out = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for i, frame in enumerate(frames):
        out.append(struct.pack(order + "IIII", i, 0, len(frame), len(frame)) + frame)
    return b"".join(out)


def pcapng(frames, link=ETHERNET):
    """A section, an interface, a block for each frame."""

    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

    out = [
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack("<HHI", link, 0, 262144)),
    ]
    for i, frame in enumerate(frames):
        out.append(block(6, struct.pack("<IIIII", 0, 0, i, len(frame), len(frame)) + frame))
    return b"".join(out)


def ethernet(payload, tags=(), more=0):
    """@tags: (EtherType, label) from the outside in; @more: bytes of a tag behind its label."""
    kind = 0x86DD if payload[0] >> 4 == 6 else 0x0800
    head = bytes(12)
    for ethertype, label in tags:
        head += struct.pack(">HH", ethertype, label) + bytes(more)
    return head + struct.pack(">H", kind) + payload


def addresses(source, target):
    return ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed


def ipv4(payload, protocol, source=CLIENT4, target=SERVER4, fragment=0):
    """@fragment: flags and offset as they stand in the header."""
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0x77, fragment, 64, protocol, 0)
    return head + addresses(source, target) + payload


def ipv6(payload, protocol, source=CLIENT6, target=SERVER6):
    head = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
    return head + addresses(source, target) + payload


def ip(payload, protocol, version=4, back=False):
    """Between the client and the server of that version."""
    build = ipv4 if version == 4 else ipv6
    ends = (CLIENT4, SERVER4) if version == 4 else (CLIENT6, SERVER6)
    return build(payload, protocol, *(reversed(ends) if back else ends))


def tcp(payload, seq=1, flags=0x18, sport=40000, dport=443):
    seq &= 0xFFFFFFFF
    return struct.pack(">HHIIBBHHH", sport, dport, seq, 1, 0x50, flags, 8192, 0, 0) + payload


def udp(payload, sport=40000, dport=53):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def hello(name, padding=0):
    """A ClientHello without records."""
    extensions = struct.pack(">HH", 21, padding) + bytes(padding)
    if name is not None:
        entry = struct.pack(">BH", 0, len(name)) + name.encode()
        extensions += struct.pack(">HHH", 0, len(entry) + 2, len(entry)) + entry
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
    body += struct.pack(">H", len(extensions)) + extensions
    return b"\x01" + len(body).to_bytes(3, "big") + body


def records(message, size=16384):
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + struct.pack(">H", len(part)) + part for part in parts)


def dns(name, qtype=1, flags=0x0100, number=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    header = struct.pack(">HHHHHH", number, flags, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack(">HH", qtype, 1)


def http(host, line="GET / HTTP/1.1", more="", body=""):
    return f"{line}\r\nHost: {host}\r\n{more}\r\n{body}".encode()
