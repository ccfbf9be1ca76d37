# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as real clients make them: a TLS library's ClientHello, and it cut into records."""

import ssl
import struct


def client_hello(name, at_least=0):
    """The record of a ClientHello for @name, filled with protocol names up to @at_least."""
    context = ssl.create_default_context()
    protocols = ["http/1.1"]
    while True:
        context.set_alpn_protocols(protocols)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        hello = outgoing.read()
        if len(hello) >= at_least:
            return hello
        protocols.append(f"{len(protocols):x}".rjust(min(at_least - len(hello), 200), "x"))


def in_records(hello, size):
    """The same handshake in records of @size bytes."""
    kind, version, body = hello[0], hello[1:3], hello[5:]
    return b"".join(bytes([kind]) + version + struct.pack(">H", len(body[at:at + size]))
                    + body[at:at + size] for at in range(0, len(body), size))


def http_request(name, path="/", method="GET", headers=(), body=b""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {name}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pieces_of(data, *sizes):
    """@data cut into pieces: the given sizes, the last one repeated to the end."""
    pieces, at, index = [], 0, 0
    while at < len(data):
        size = sizes[min(index, len(sizes) - 1)]
        pieces.append(data[at:at + size])
        at += size
        index += 1
    return pieces
