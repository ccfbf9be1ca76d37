# SPDX-License-Identifier: GPL-3.0-or-later
"""A child's own program that speaks QUIC; runs in Debian 13 (aioquic).

usage: quic_client.py connect JSON    real connections, one after another on one socket
       quic_client.py raw JSON        datagrams made as told, from any number of sockets
       quic_client.py swap JSON       Initials in pages that change after they were sent

connect: {"host", "port", "ca", "asked": [{"name", "version"}], "keep": seconds}; prints a list of
{"name", "status", "version", "error", "ms"}, each from one request over HTTP/3; "ms" are those from
the last datagram sent to the end. With "keep" the first connection asks once more after the others.
"sport" is the client's port, otherwise any.
raw: {"host", "port", "steps": [{"socket", "port", "gso", "pause", "until", "datagrams": [...]}],
"quiet": seconds, "unconnected"}; a step with "until" is sent again and again until it fails with
this errno, one with "port" goes there, from an "unconnected" socket; a datagram is
{"name", "version", "cid", "key_version", "pieces": [[from, to], ...], "pn", "fill"}:
an Initial with these pieces of a ClientHello for that name, or {"hex"}. Prints {"sent": [hex of
each], "errors": [errno's name of each sending], "answers": bytes that came to each socket}.
swap: {"host", "port", "names": [sent, changed into], "times"}: each time on a socket of its own,
for connections of their own; prints {}.
"""

import ctypes
import errno
import hashlib
import json
import mmap
import os
import random
import socket
import ssl
import struct
import sys
import time

from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.crypto import CryptoPair

UDP_SEGMENT = 103
VERSIONS = {1: 1, 2: 0x6B3343CF}


# Real connections

class Client:
    """One connection on a socket that others may use, too."""

    def __init__(self, udp, peer, asked, ca):
        configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN,
                                          server_name=asked["name"])
        configuration.load_verify_locations(cafile=ca)
        configuration.verify_mode = ssl.CERT_REQUIRED
        version = VERSIONS[asked.get("version", 1)]
        configuration.original_version = version
        configuration.supported_versions = [version]
        self.udp, self.peer, self.name = udp, peer, asked["name"]
        self.quic = QuicConnection(configuration=configuration)
        self.http = None
        self.start = self.sent = self.ended = time.monotonic()
        self.status = None
        self.error = ""

    def ask(self):
        """One request from the beginning to its end or an error; seconds matter to nobody here."""
        self.status = None
        if self.http is None:
            self.quic.connect(self.peer, now=time.monotonic())
        else:
            self._request()
        while self.status is None and not self.error:
            self._turn()
        self.ended = time.monotonic()

    def _request(self):
        stream = self.quic.get_next_available_stream_id()
        self.http.send_headers(stream, [(b":method", b"GET"), (b":scheme", b"https"),
                                        (b":authority", self.name.encode()), (b":path", b"/")],
                               end_stream=True)

    def _turn(self):
        try:
            for data, _ in self.quic.datagrams_to_send(now=time.monotonic()):
                self.sent = time.monotonic()
                self.udp.send(data)
            timer = self.quic.get_timer()
            wait = 5 if timer is None else timer - time.monotonic()
            self.udp.settimeout(max(wait, 0.001))
            data = self.udp.recv(65536)
            self.quic.receive_datagram(data, self.peer, now=time.monotonic())
        except TimeoutError:
            self.quic.handle_timer(now=time.monotonic())
        except OSError as error:
            self.error = errno.errorcode.get(error.errno, str(error))
        while (event := self.quic.next_event()) is not None:
            self._take(event)
        if time.monotonic() - self.start > 8:
            self.error = self.error or "timeout"

    def _take(self, event):
        if isinstance(event, events.ProtocolNegotiated):
            self.http = H3Connection(self.quic)
            self._request()
        if isinstance(event, events.ConnectionTerminated):
            self.error = event.reason_phrase or f"closed: {event.error_code}"
        for item in self.http.handle_event(event) if self.http else ():
            if isinstance(item, HeadersReceived):
                self.status = int(dict(item.headers)[b":status"])
            assert isinstance(item, (HeadersReceived, DataReceived)), item

    def result(self):
        return {"name": self.name, "status": self.status, "error": self.error,
                "version": self.quic._version, "ms": (self.ended - self.sent) * 1000}


def connect(plan):
    with connected(plan) as udp:
        peer = udp.getpeername()[:2]
        clients, results = [], []
        for asked in plan["asked"]:
            client = Client(udp, peer, asked, plan["ca"])
            client.ask()
            clients.append(client)
            results.append(client.result())
        if "keep" in plan:
            time.sleep(plan["keep"])
            clients[0].ask()
            results.append(clients[0].result())
    print(json.dumps(results))


def connected(plan):
    udp = unconnected(plan)
    udp.connect((plan["host"], plan["port"]))
    return udp


def unconnected(plan):
    family = socket.AF_INET6 if ":" in plan["host"] else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    if "sport" in plan:
        udp.bind(("", plan["sport"]))
    return udp


# Datagrams of one's own

def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def client_hello(name, at_least=0):
    """A ClientHello that servers of HTTP/3 take; the same bytes each time."""
    fixed = hashlib.sha256(name.encode()).digest()
    host = name.encode()
    entry = b"\0" + struct.pack(">H", len(host)) + host
    extensions = b"".join([
        extension(0x39, b"\x0f\x08" + b"client!!"),  # initial_source_connection_id
        extension(0x10, b"\x00\x03\x02h3"),
        extension(0x2B, b"\x02\x03\x04"),
        extension(0x0A, b"\x00\x02\x00\x1d"),
        extension(0x0D, b"\x00\x08\x04\x03\x08\x04\x05\x03\x08\x05"),
        extension(0x33, struct.pack(">HHH", 36, 0x1D, 32) + fixed),
        extension(0x00, struct.pack(">H", len(entry)) + entry)])
    if (missing := at_least - len(extensions)) > 0:
        extensions = extension(0x15, bytes(missing)) + extensions
    body = (b"\x03\x03" + fixed + b"\0" + b"\x00\x02\x13\x01" + b"\x01\x00"
            + struct.pack(">H", len(extensions)) + extensions)
    return b"\x01" + struct.pack(">I", len(body))[1:] + body


def frames_of(spec):
    hello = client_hello(spec["name"], spec.get("at_least", 0))
    frames = b""
    for start, end in spec.get("pieces", [[0, None]]):
        piece = hello[start:end]
        frames += b"\x06" + encode_uint_var(start) + encode_uint_var(len(piece)) + piece
    return frames


def datagram(spec):
    if "hex" in spec:
        return bytes.fromhex(spec["hex"])
    version = spec.get("version", 1)
    number = VERSIONS.get(version, version)
    cid = spec.get("cid", "8 bytes!").encode()
    pair = CryptoPair()
    key_version = VERSIONS.get(spec.get("key_version", version), 1)
    pair.setup_initial(cid, is_client=True, version=key_version)
    frames = frames_of(spec)
    source = b"client!!"
    head = 12 + len(cid) + len(source)
    frames += bytes(max(spec.get("fill", 1200) - head - len(frames) - 16, 0))
    first = 0xC1 | (0x10 if version == 2 else 0)
    pn = spec.get("pn", 0)
    header = (bytes([first]) + struct.pack(">I", number) + bytes([len(cid)]) + cid
              + bytes([len(source)]) + source + b"\0"
              + struct.pack(">H", 0x4000 | (2 + len(frames) + 16)) + struct.pack(">H", pn))
    return pair.encrypt_packet(header, frames, pn)


def send(udp, datagrams, is_burst, peer=None):
    """errno's name, "" if all were taken. @peer: where an unconnected socket sends to."""
    try:
        if peer:
            for data in datagrams:
                udp.sendto(data, peer)
        elif is_burst:
            udp.sendmsg([b"".join(datagrams)],
                        [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("=H", len(datagrams[0])))])
        else:
            for data in datagrams:
                udp.send(data)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return ""


def send_until(udp, datagrams, wanted):
    errors = []
    end = time.monotonic() + 10
    while (not errors or errors[-1] != wanted) and time.monotonic() < end:
        errors.append(send(udp, datagrams, False))
        time.sleep(0.01)
    return errors


def raw(plan):
    sockets, result = {}, {"sent": [], "errors": [], "answers": {}}
    for step in plan["steps"]:
        number = str(step.get("socket", 0))
        if number not in sockets:
            sockets[number] = (unconnected if plan.get("unconnected") else connected)(plan)
        datagrams = [datagram(spec) for spec in step["datagrams"]]
        result["sent"] += [data.hex() for data in datagrams]
        time.sleep(step.get("pause", 0))
        if "until" in step:
            result["errors"] += send_until(sockets[number], datagrams, step["until"])
        else:
            peer = (plan["host"], step.get("port", plan["port"]))
            result["errors"].append(send(sockets[number], datagrams, step.get("gso", False),
                                         peer if plan.get("unconnected") else None))
    for number, udp in sockets.items():
        udp.settimeout(plan.get("quiet", 0.3))
        result["answers"][number] = 0
        try:
            while data := udp.recv(65536):
                result["answers"][number] += len(data)
        except TimeoutError:
            pass
        except OSError as error:
            result["errors"].append(errno.errorcode.get(error.errno, str(error)))
    print(json.dumps(result))


# Pages that change

SO_NO_CHECK = 11


def gift(udp, pages, size):
    """Sends the first @size bytes of @pages without a copy (vmsplice, splice)."""
    libc = ctypes.CDLL(None, use_errno=True)
    reading, writing = os.pipe()
    address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    vector = struct.pack("PN", address, size)
    if libc.vmsplice(writing, vector, ctypes.c_ulong(1), 0) != size:
        raise OSError(ctypes.get_errno(), "vmsplice")
    os.splice(reading, udp.fileno(), size)
    return reading, writing


def swap(plan):
    """Somewhere within 0.2 ms of the sending stands the moment between judgement and departure."""
    for i in range(plan["times"]):
        sent, other = (datagram({"name": name, "cid": f"{i:08}"}) for name in plan["names"])
        with connected(plan) as udp:
            udp.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
            pages = mmap.mmap(-1, mmap.PAGESIZE)
            pages[:len(sent)] = sent
            pipe = gift(udp, pages, len(sent))
            end = time.monotonic() + random.uniform(0, 2e-4)
            while time.monotonic() < end:
                pass
            pages[:len(other)] = other
            for fd in pipe:
                os.close(fd)
    print("{}")


{"connect": connect, "raw": raw, "swap": swap}[sys.argv[1]](json.loads(sys.argv[2]))
