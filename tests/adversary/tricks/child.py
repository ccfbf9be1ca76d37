# SPDX-License-Identifier: GPL-3.0-or-later
"""What a child's tricks share: names, sockets, requests, and how a trick says what became of it.

A trick is a program of the child's own, run without any right:

    TRICK.py VARIANT ADDRESS PORT [SITE [SLOW]]

It asks for SITE.blocked.test, or first for SITE.allowed.test, and prints one JSON object: `refused`
(errno's name: the kernel did not let it try) and `error` (what its connection ended with). SLOW
widens its own pauses. player.py plays many.
"""

import ctypes
import errno
import json
import mmap
import os
import pathlib
import select
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "net"))
from hello import client_hello, http_request, in_records, pieces_of  # noqa: E402,F401

QUIET_S = 0.3


class NotAllowed(Exception):
    """The kernel refused the trick itself."""


def only_for_root(call, *args):
    """Tries what needs rights: it must not work."""
    try:
        result = call(*args)
    except OSError as error:
        raise NotAllowed(errno.errorcode.get(error.errno, str(error))) from error
    return result


def hello(name, at_least=0):
    return client_hello(name, at_least)


def request(name, **more):
    return http_request(name, **more)


def new_socket(target):
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.settimeout(8 * target.slow)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def connected(target):
    made = new_socket(target)
    made.connect(tuple(target))
    return made


def read_for(connection, seconds):
    """What comes until there is silence for @seconds, or the connection ends."""
    data = b""
    while select.select([connection], [], [], seconds)[0]:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def read_some(connection, seconds=3.0):
    """The next bytes that come, b"" if none do."""
    return connection.recv(65536) if select.select([connection], [], [], seconds)[0] else b""


class Pages:
    """Bytes in pages that a socket sends without a copy: they can be changed afterwards."""

    SPLICE_F_GIFT = 8

    def __init__(self, data):
        self._len = len(data)
        self._map = mmap.mmap(-1, (len(data) // mmap.PAGESIZE + 1) * mmap.PAGESIZE)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        self.change(data)

    def change(self, data):
        self._map[:len(data)] = data

    def send(self, connection):
        """Gives the pages to @connection through a pipe (vmsplice, splice)."""
        libc = ctypes.CDLL(None, use_errno=True)
        reading, writing = os.pipe()
        vector = struct.pack("PN", self._address, self._len)
        if libc.vmsplice(writing, vector, ctypes.c_ulong(1), self.SPLICE_F_GIFT) != self._len:
            raise OSError(ctypes.get_errno(), "vmsplice")
        sent = 0
        while sent < self._len:
            sent += os.splice(reading, connection.fileno(), self._len - sent)


class Target(tuple):
    """(address, port) of a server; `site`, four letters; `open` and `closed`, its names, of one
    length, so that one can stand in the other's place; how much slower than usual the machine is.
    """

    def __new__(cls, address, port, site="site", slow=1.0):
        made = super().__new__(cls, (address, int(port)))
        made.site = site
        made.open, made.closed = f"{site}.allowed.test", f"{site}.blocked.test"
        made.slow = float(slow)
        return made

    def first(self):
        """What asks for the open site here."""
        return request(self.open) if self[1] == 80 else hello(self.open)

    def asking(self):
        """What asks for the blocked site here."""
        return request(self.closed) if self[1] == 80 else hello(self.closed)


def play(variant, target):
    """What became of a trick."""
    result = {"refused": "", "error": ""}
    try:
        variant(target)
    except NotAllowed as error:
        result["refused"] = str(error)
    except OSError as error:
        result["error"] = errno.errorcode.get(error.errno, str(error) or type(error).__name__)
    return result


def main(variants):
    """Plays the variant that the command line names."""
    print(json.dumps(play(variants[sys.argv[1]], Target(*sys.argv[2:6]))), flush=True)
    os._exit(0)


__all__ = ["NotAllowed", "Pages", "QUIET_S", "Target", "connected", "hello", "in_records", "main",
           "new_socket", "only_for_root", "os", "pieces_of", "play", "read_for", "read_some",
           "request", "select", "socket", "ssl", "struct", "time"]
