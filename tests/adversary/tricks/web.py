#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1 that some servers read otherwise than others, and protocols that hide behind it."""

from child import (QUIET_S, connected, hello, main, read_for, request, time)

# The names of a target have the same length.
OPEN, CLOSED = "site.allowed.test", "site.blocked.test"
END = "\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"


def http2_get(name):
    """HEADERS of stream 1: GET / for @name, its letters as they are (RFC 7541)."""
    block = b"\x82\x84\x86\x01" + bytes([len(name)]) + name.encode()
    return len(block).to_bytes(3, "big") + b"\x01\x05\0\0\0\x01" + block


def raw(*pieces, pause=0.0):
    """A trick that sends @pieces as they are, with the target's site."""
    def run(target):
        with connected(target) as connection:
            for piece in pieces:
                data = piece if isinstance(piece, bytes) else piece.encode()
                data = data.replace(b"site.", target.site.encode() + b".")
                connection.sendall(data.replace(b"SITE.", target.site.upper().encode() + b"."))
                time.sleep(pause)
            read_for(connection, QUIET_S * target.slow)
    return run


def smuggled(*headers, body):
    """A request for an open site; behind what one reader takes for its end stands another."""
    return raw(f"POST / HTTP/1.1\r\nHost: {OPEN}\r\n" + "\r\n".join(headers) + END
               + body.format(closed=f"GET / HTTP/1.1\r\nHost: {CLOSED}{END}"))


def tunnel(inner, *headers, together=False):
    """What @inner(target) gives, in a tunnel to the open site's address."""
    head = "\r\n".join([f"CONNECT {OPEN}:443 HTTP/1.1", f"Host: {OPEN}:443", *headers])
    head = (head + END).encode()

    def run(target):
        data = inner(target)
        pieces = [head + data] if together else [head, data]
        raw(*pieces, pause=0.0 if together else 0.1)(target)
    return run


UPGRADE = f"GET / HTTP/1.1\r\nHost: {OPEN}\r\nConnection: Upgrade, HTTP2-Settings\r\n"
GET_CLOSED = f"GET / HTTP/1.1\r\nHost: {CLOSED}{END}"

VARIANTS = {
    "second-in-one": raw(request(OPEN) + request(CLOSED)),
    "second": raw(request(OPEN), request(CLOSED), pause=0.1),
    "tenth": raw(*[request(OPEN)] * 9, request(CLOSED), pause=0.05),
    "absolute": raw(f"GET http://{CLOSED}/ HTTP/1.1\r\nHost: {OPEN}{END}"),
    "absolute-other-host": raw(f"GET http://{OPEN}/ HTTP/1.1\r\nHost: {CLOSED}{END}"),
    "userinfo": raw(f"GET http://{OPEN}@{CLOSED}/ HTTP/1.1\r\nHost: {OPEN}{END}"),
    "two-hosts": raw(f"GET / HTTP/1.1\r\nHost: {OPEN}\r\nHost: {CLOSED}{END}"),
    "two-hosts-turned": raw(f"GET / HTTP/1.1\r\nHost: {CLOSED}\r\nHost: {OPEN}{END}"),
    "folded": raw(f"GET / HTTP/1.1\r\nHost:\r\n {CLOSED}{END}"),
    "folded-behind": raw(f"GET / HTTP/1.1\r\nX: y\r\n Host: {OPEN}\r\nHost: {CLOSED}{END}"),
    "upper-case": raw(f"GET / HTTP/1.1\r\nhOST: {CLOSED.upper()}{END}"),
    "dot": raw(f"GET / HTTP/1.1\r\nHost: {CLOSED}.{END}"),
    "port": raw(f"GET / HTTP/1.1\r\nHost: {CLOSED}:80{END}"),
    "blank-before-colon": raw(f"GET / HTTP/1.1\r\nHost : {CLOSED}\r\nHost: {OPEN}{END}"),
    "tab": raw(f"GET / HTTP/1.1\r\nHost:\t{CLOSED}\t{END}"),
    "bare-lf": raw(f"GET / HTTP/1.1\nHost: {CLOSED}\n\n"),
    "bare-cr": raw(f"GET / HTTP/1.1\r\nX: y\rHost: {OPEN}\r\nHost: {CLOSED}{END}"),
    "empty-lines": raw(f"\r\n\r\n\n\r\nGET / HTTP/1.1\r\nHost: {CLOSED}{END}"),
    "first-line-blank": raw(f"GET / HTTP/1.1\r\n X: y\r\nHost: {CLOSED}{END}"),
    "odd-method": raw(f"{'A' * 300} / HTTP/1.1\r\nHost: {CLOSED}{END}"),
    "long-head": raw(f"GET / HTTP/1.1\r\nX: {'y' * 6000}\r\nHost: {CLOSED}{END}"),
    "http-1.0": raw(f"GET / HTTP/1.0\r\nHost: {CLOSED}{END}"),
    "http-0.9": raw(f"GET http://{CLOSED}/\r\n"),
    "length-and-chunks": smuggled("Content-Length: 5", "Transfer-Encoding: chunked",
                                  body="0\r\n\r\n{closed}"),
    "chunks-and-length": smuggled("Transfer-Encoding: chunked", "Content-Length: 90",
                                  body="0\r\n\r\n{closed}"),
    "two-lengths": smuggled("Content-Length: 0", "Content-Length: 90", body="{closed}"),
    "odd-length": smuggled("Content-Length: +0", body="{closed}"),
    "odd-coding": smuggled("Transfer-Encoding: xchunked", body="0\r\n\r\n{closed}"),
    "twice-chunked": smuggled("Transfer-Encoding: chunked, identity", body="0\r\n\r\n{closed}"),
    "chunk-extension": smuggled("Transfer-Encoding: chunked",
                                body="1;a=\"\r\n\"\r\nx\r\n0\r\n\r\n{closed}"),
    "huge-chunk": smuggled("Transfer-Encoding: chunked",
                           body="10000000000000000\r\n\r\n0\r\n\r\n{closed}"),
    "trailer": smuggled("Transfer-Encoding: chunked", body="0\r\nHost: x\r\n\r\n{closed}"),
    "length-ends": smuggled("Content-Length: 3", body="abc{closed}"),
    "get-with-body": raw(f"GET / HTTP/1.1\r\nHost: {OPEN}\r\nContent-Length: 2{END}ab"
                         + GET_CLOSED),
    "http-2": raw(PREFACE + http2_get(CLOSED)),
    "http-2-in-pieces": raw(PREFACE[:10], PREFACE[10:] + http2_get(CLOSED), pause=0.05),
    "upgrade-h2c": raw(UPGRADE + f"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk{END}",
                       PREFACE + http2_get(CLOSED), pause=0.1),
    "upgrade-at-once": raw(UPGRADE + f"Upgrade: websocket{END}" + GET_CLOSED),
    "upgrade-then-request": raw(UPGRADE + f"Upgrade: websocket{END}", GET_CLOSED, pause=0.1),
    "upgrade-then-tls": lambda target: raw(UPGRADE + f"Upgrade: TLS/1.2{END}",
                                           hello(target.closed), pause=0.1)(target),
    "upgrade-then-blank": raw(UPGRADE + f"Upgrade: websocket{END}", " " + GET_CLOSED, pause=0.1),
    "upgrade-then-odd-blank": raw(UPGRADE + f"Upgrade: websocket{END}",
                                  "\f" + GET_CLOSED.replace(" ", "\v", 1), pause=0.1),
    "user-with-backslash": raw(f"GET http://{CLOSED}\\@{OPEN}/ HTTP/1.1\r\nHost: {OPEN}{END}"),
    "user-with-blank": raw(f"GET http://{CLOSED} @{OPEN}/ HTTP/1.1\r\nHost: {OPEN}{END}"),
    "tunnel-with-length": tunnel(lambda target: hello(target.closed), "Content-Length: 9000"),
    "tunnel-with-chunks": tunnel(lambda target: b"800\r\n" + hello(target.closed),
                                 "Transfer-Encoding: chunked"),
    "tunnel": tunnel(lambda target: hello(target.closed)),
    "tunnel-at-once": tunnel(lambda target: hello(target.closed), together=True),
    "tunnel-request": tunnel(lambda target: request(target.closed)),
    "tunnel-two-hellos": tunnel(lambda target: hello(target.open) + hello(target.closed),
                                together=True),
    "tunnel-in-tunnel": tunnel(
        lambda target: f"CONNECT {target.closed}:443 HTTP/1.1\r\nHost: x{END}".encode()),
}

if __name__ == "__main__":
    main(VARIANTS)
