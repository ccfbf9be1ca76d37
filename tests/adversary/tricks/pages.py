#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes that change after they were given to the kernel: what is sent again is another request.

The road loses what begins with one of the marks below, so that TCP sends it again (LOST in
tests/adversary/scene.py). `queued` waits for a line on standard input between sending and changing,
and prints one before.
"""

import sys
import tempfile

from child import (QUIET_S, Pages, connected, main, os, read_for, read_some, request, socket,
                   time)

SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
IP_TTL, IPV6_UNICAST_HOPS = 2, 16
TCP_MD5SIG = 14
LOST_S = 0.05  # TCP sends again after 0.2 s
LOST_RECORD, LOST_METHOD, LOST_CHUNK = b"\x16\x03\x04", b"LOST ", b"064\r\n"


def lost(data):
    """@data with the mark that the road knows."""
    return LOST_RECORD + data[3:] if data[0] == 0x16 else data.replace(b"GET /", b"LOST ", 1)


def swap(target, before=None, after=None, mark=lost):
    """Sends one request in pages and changes them to the other before they are sent again."""
    pages = Pages(mark(target.first()))
    closed = target.asking()
    with connected(target) as connection:
        if before:
            before(connection)
        pages.send(connection)
        time.sleep(LOST_S)
        pages.change(closed)
        if after:
            after(connection)
        read_for(connection, 4 * QUIET_S * target.slow)


def spliced(target):
    swap(target)


def second_request(target):
    """The swapped request is not the first of its connection."""
    pages = Pages(lost(target.first()))
    with connected(target) as connection:
        connection.sendall(target.first())
        read_some(connection)
        pages.send(connection)
        time.sleep(LOST_S)
        pages.change(target.asking())
        read_for(connection, 4 * QUIET_S * target.slow)


def chunks(target):
    """A body in chunks is lost on its way; when it is sent again it ends early."""
    body = LOST_CHUNK + b"x" * 100 + b"\r\n0\r\n\r\n"
    other = b"0\r\n\r\n" + target.asking()
    pages = Pages(body)
    with connected(target) as connection:
        connection.sendall(request(target.open, method="POST",
                                   headers=["Transfer-Encoding: chunked"]))
        read_some(connection)
        pages.send(connection)
        time.sleep(LOST_S)
        pages.change(other.ljust(len(body), b"\n"))
        read_for(connection, 4 * QUIET_S * target.slow)


def queued(target):
    pages = Pages(target.first())
    closed = target.asking()
    with connected(target) as connection:
        pages.send(connection)
        pages.change(closed)
        print("changed", flush=True)
        sys.stdin.readline()
        read_for(connection, 4 * QUIET_S * target.slow)


def zerocopy(target):
    """MSG_ZEROCOPY: the kernel sends from the program's own memory."""
    data = bytearray(lost(target.first()))
    with connected(target) as connection:
        connection.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        connection.send(data, MSG_ZEROCOPY)
        time.sleep(LOST_S)
        data[:] = target.asking()
        read_for(connection, 4 * QUIET_S * target.slow)


def sendfile(target):
    """A file that changes after it was sent."""
    data = lost(target.first())
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with connected(target) as connection:
            os.sendfile(connection.fileno(), file.fileno(), 0, len(data))
            time.sleep(LOST_S)
            os.pwrite(file.fileno(), target.asking(), 0)
            read_for(connection, 4 * QUIET_S * target.slow)


def set_hops(connection, hops):
    if connection.family == socket.AF_INET:
        connection.setsockopt(socket.IPPROTO_IP, IP_TTL, hops)
    else:
        connection.setsockopt(socket.IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)


def low_ttl(target):
    """The decoy dies on its way by itself."""
    swap(target, before=lambda connection: set_hops(connection, 2),
         after=lambda connection: set_hops(connection, 64), mark=bytes)


def set_key(connection, key):
    peer = connection.getpeername()
    if connection.family == socket.AF_INET:
        address = b"\x02\x00\0\0" + socket.inet_aton(peer[0])
    else:
        address = b"\x0a\x00\0\0\0\0\0\0" + socket.inet_pton(socket.AF_INET6, peer[0])
    # struct tcp_md5sig: address, flags, prefix, length of the key, interface, key
    connection.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, address.ljust(128, b"\0") + b"\0\0"
                          + len(key).to_bytes(2, "little") + bytes(4) + key.ljust(80, b"\0"))


def signed(target):
    """The decoy is signed (TCP-MD5), so the server drops it; then the key is taken away."""
    swap(target, before=lambda connection: set_key(connection, b"key"),
         after=lambda connection: set_key(connection, b""), mark=bytes)


VARIANTS = {"spliced": spliced, "second-request": second_request,
      "chunks": chunks, "queued": queued, "zerocopy": zerocopy, "sendfile": sendfile,
      "low-ttl": low_ttl, "signed": signed}

if __name__ == "__main__":
    main(VARIANTS)
