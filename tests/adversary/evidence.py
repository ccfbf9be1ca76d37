# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sites did the bytes that a server received ask for? Generous: what any server may see."""

import re

HANDSHAKE, CLIENT_HELLO, SERVER_NAME = 22, 1, 0
NAME = rb"((?:\w+\.)*\w+\.test)"


def _server_name(hello):
    """The SNI of a ClientHello's body; "" without one. What is no hello raises IndexError."""
    at = 34
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 1 + hello[at] + 2
    while at + 4 <= len(hello):
        kind, size = (int.from_bytes(hello[at + i:at + i + 2], "big") for i in (0, 2))
        if kind == SERVER_NAME:
            return hello[at + 9:at + 4 + size].decode("ascii", "replace")
        at += 4 + size
    return ""


def _messages(stream):
    """Complete handshake messages of a stream of TLS records, whatever else is between them."""
    held, at = b"", 0
    while at + 5 <= len(stream) and 20 <= stream[at] <= 24:
        size = int.from_bytes(stream[at + 3:at + 5], "big")
        if at + 5 + size > len(stream):
            return
        if stream[at] == HANDSHAKE:
            held += stream[at + 5:at + 5 + size]
        at += 5 + size
        while len(held) >= 4 and len(held) >= 4 + int.from_bytes(held[1:4], "big"):
            size = int.from_bytes(held[1:4], "big")
            yield held[0], held[4:4 + size]
            held = held[4 + size:]


def _hellos(stream):
    """The names of all complete hellos from the start of @stream on."""
    for kind, message in _messages(stream):
        if kind == CLIENT_HELLO:
            try:
                yield _server_name(message).encode()
            except IndexError:
                pass


def asked_for(stream):
    """The names, in lower case, of all that @stream (bytes) asks for with a complete request or
    hello, wherever in it that begins."""
    names = set()
    for start in re.finditer(rb"\x16\x03|\x15\x03|\x14\x03|\x17\x03", stream):
        found = set(_hellos(stream[start.start():]))
        names |= found
        if found:
            break  # it has walked over the rest
    # HTTP/0.9 ends with its line, HTTP/1 with an empty one; HTTP/2 has the name in a frame.
    for found in re.finditer(rb"(?im)^get \S*?" + NAME + rb"\S*\r?\n", stream):
        names.add(found[1])
    last_end = max((found.end() for found in re.finditer(rb"\n\r?\n", stream)), default=0)
    names |= {found[1] for found in re.finditer(rb"(?i)" + NAME, stream[:last_end])}
    if b"PRI * HTTP/2.0" in stream:
        names |= {found[1] for found in re.finditer(NAME, stream)}
    return {name.decode("ascii", "replace").lower().rstrip(".") for name in names}
