#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server that answers as the label before the last one says, and mostly lies.

    hostile_dns.py ADDRESS     listens on port 53, UDP and TCP; a link-local one with its %interface

Labels: honest, wrong-id, wrong-question, wrong-type, query-bit, loop, forward-pointer, long-name,
counts, cut, garbage, empty, header-only, silent, twice (a lie, then the truth), many-lies,
tail (bytes behind the last record), big-udp (more than was asked for), tc, servfail, chain
(hundreds of aliases), bad-alias (an alias that no host name can be). Over TCP also: close, half,
short-length, long-length, drip. Any other label is honest. Each question is logged as
"PROTOCOL NAME".
"""

import os
import socket
import struct
import sys
import threading
import time

A, CNAME = 1, 5
POINTER = b"\xc0\x0c"
TRUTH = b"\x0a\x4d\x00\x02"


def question_end(message):
    at = 12
    while message[at]:
        at += 1 + message[at]
    return at + 5


def name_of(message):
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    return labels


def wire_name(text):
    return b"".join(bytes([len(label)]) + label.encode("latin-1")
                    for label in text.split(".") if label) + b"\0"


def record(owner, kind, data, ttl=60):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def response(query, records=(), flags=0x8180, counts=None, question=None):
    body = query[12:question_end(query)] if question is None else question
    counts = counts or (1, len(records), 0, 0)
    return query[:2] + struct.pack(">HHHHH", flags, *counts) + body + b"".join(records)


def honest(query):
    return response(query, [record(POINTER, A, TRUTH)])


def flip_id(message):
    return bytes([message[0] ^ 0x55]) + message[1:]


def chain(query):
    records, owner = [], POINTER
    for number in range(300):
        target = wire_name(f"hop{number}.test")
        records.append(record(owner, CNAME, target))
        owner = target
    return response(query, records + [record(owner, A, TRUTH)])


def answers(query):
    """What to say to a question, in order: bytes of whole messages."""
    kind = name_of(query)[-2]
    truth = honest(query)
    end = question_end(query)
    lies = {
        "wrong-id": lambda: [flip_id(truth)],
        "wrong-question": lambda: [response(query, [record(POINTER, A, TRUTH)],
                                            question=wire_name("other.test") + b"\0\1\0\1")],
        "wrong-type": lambda: [response(query, [record(POINTER, A, TRUTH)],
                                        question=query[12:end - 4] + b"\0\x1c\0\1")],
        "query-bit": lambda: [response(query, [record(POINTER, A, TRUTH)], flags=0x0100)],
        "loop": lambda: [response(query, [record(struct.pack(">H", 0xc000 | end), A, TRUTH)])],
        "forward-pointer": lambda: [response(query, [record(b"\xc3\xff", A, TRUTH)])],
        "long-name": lambda: [response(query, [record((b"\x3f" + b"a" * 63) * 5 + b"\0", A,
                                                      TRUTH)])],
        "counts": lambda: [response(query, [record(POINTER, A, TRUTH)], counts=(1, 65535, 9, 9))],
        "cut": lambda: [truth[:-3]],
        "garbage": lambda: [os.urandom(400), query[:2] + os.urandom(300)],
        "empty": lambda: [b""],
        "header-only": lambda: [response(query, counts=(0, 0, 0, 0), question=b"")],
        "silent": lambda: [],
        "twice": lambda: [flip_id(truth), truth[:-3], truth],
        "many-lies": lambda: [flip_id(truth)] * 500,
        "tail": lambda: [truth + b"hidden" * 20],
        "big-udp": lambda: [response(query, [record(POINTER, A, TRUTH)] * 200)],
        "tc": lambda: [response(query, flags=0x8380)],
        "servfail": lambda: [response(query, flags=0x8182)],
        "chain": lambda: [chain(query)],
        "bad-alias": lambda: [response(query, [record(POINTER, CNAME, b"\3a b\4test\0"),
                                               record(b"\3a b\4test\0", A, TRUTH)])],
    }
    return lies[kind]() if kind in lies else [truth]


def log(protocol, query):
    print(protocol, ".".join(name_of(query)), flush=True)


def serve_udp(sock):
    while True:
        query, client = sock.recvfrom(65535)
        log("udp", query)
        for message in answers(query):
            sock.sendto(message, client)


def read_exactly(conn, size):
    data = b""
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def serve_conn(conn):
    with conn:
        try:
            query = read_exactly(conn, struct.unpack(">H", read_exactly(conn, 2))[0])
            log("tcp", query)
            kind = name_of(query)[-2]
            truth = honest(query)
            framed = struct.pack(">H", len(truth)) + truth
            if kind == "close":
                return
            if kind == "half":
                conn.sendall(framed[:len(framed) // 2])
            elif kind == "short-length":
                conn.sendall(b"\0\3" + truth)
            elif kind == "long-length":
                conn.sendall(b"\xff\xff" + truth)
            elif kind == "drip":
                for byte in framed:
                    conn.sendall(bytes([byte]))
                    time.sleep(0.002)
            else:
                if kind == "big-udp":
                    kind = "honest"
                for message in answers(query):
                    conn.sendall(struct.pack(">H", len(message)) + message)
            conn.recv(1)
        except (ConnectionError, OSError):
            pass


def main():
    family, _, _, _, address = socket.getaddrinfo(sys.argv[1], 53, type=socket.SOCK_DGRAM)[0]
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind(address)
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(address)
    tcp.listen(64)
    threading.Thread(target=serve_udp, args=(udp,), daemon=True).start()
    print("ready", flush=True)
    while True:
        conn, _ = tcp.accept()
        threading.Thread(target=serve_conn, args=(conn,), daemon=True).start()


if __name__ == "__main__":
    main()
