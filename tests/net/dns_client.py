#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS clients that dig does not offer: bursts, pipelines and bad manners. Prints one JSON object.

    dns_client.py burst PORT NAME N [S]    N questions over UDP at once, then until S s of silence
    dns_client.py pipeline PORT NAME...    one TCP connection, all questions before any answer
    dns_client.py half-close PORT NAME     the same with one, then an end of file
    dns_client.py bytewise PORT NAME       a question over TCP, one byte a segment
    dns_client.py crowd PORT N NAME        N idle TCP connections, then a question on a new one
    dns_client.py slow PORT                half a question over TCP, then a byte now and then
    dns_client.py deaf PORT NAME N         N questions over TCP and no reading
    dns_client.py garbage PORT             UDP and TCP bytes that are no questions
    dns_client.py times PORT NAME N [IP]   N questions, one after another; their times; '%' in NAME
                                           is another number each time
    dns_client.py flood PORT NAME S [IP]   questions for new names from one socket, for S seconds
    dns_client.py steady PORT NAME N [IP]  N questions, each with 3 s, one every 5 ms
"""

import json
import os
import select
import socket
import struct
import sys
import time

HOST = "127.0.0.1"


def question(number, name, kind=1):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(
        ">HH", kind, 1)


def framed(message):
    return struct.pack(">H", len(message)) + message


def read_exactly(conn, size):
    data = b""
    while len(data) < size:
        more = conn.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_answer(conn):
    head = read_exactly(conn, 2)
    return None if head is None else read_exactly(conn, struct.unpack(">H", head)[0])


def rcode(message):
    return message[3] & 15


def connect(port):
    conn = socket.create_connection((HOST, port), timeout=30)
    return conn


def burst(port, name, count, silence_s=2.5):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.connect((HOST, port))
    for number in range(count):
        sock.send(question(number, f"q{number}.{name}"))
    codes = {}
    while select.select([sock], [], [], silence_s)[0]:
        code = rcode(sock.recv(4096))
        codes[code] = codes.get(code, 0) + 1
    return {"sent": count, "answers": sum(codes.values()), "codes": codes}


def pipeline(port, *names):
    with connect(port) as conn:
        conn.sendall(b"".join(framed(question(n, name)) for n, name in enumerate(names)))
        found = [read_answer(conn) for _ in names]
    return {"ids": [struct.unpack(">H", message[:2])[0] for message in found],
            "codes": {names[struct.unpack(">H", message[:2])[0]]: rcode(message)
                      for message in found}}


def half_close(port, name):
    with connect(port) as conn:
        conn.sendall(framed(question(7, name)))
        conn.shutdown(socket.SHUT_WR)
        answer = read_answer(conn)
        return {"code": rcode(answer), "closed": conn.recv(1) == b""}


def bytewise(port, name):
    with connect(port) as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in framed(question(7, name)):
            conn.sendall(bytes([byte]))
        return {"code": rcode(read_answer(conn))}


def crowd(port, count, name):
    conns = [connect(port) for _ in range(count)]
    open_now = 0
    for conn in conns:
        conn.settimeout(0.05)
        try:
            open_now += conn.recv(1) != b""
        except TimeoutError:
            open_now += 1
        except ConnectionError:
            pass
    for conn in conns:
        conn.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with connect(port) as conn:
            try:
                conn.sendall(framed(question(7, name)))
                answer = read_answer(conn)
            except ConnectionError:
                answer = None
            if answer:
                return {"open": open_now, "code": rcode(answer)}
    return {"open": open_now, "code": None}


def slow(port):
    start = time.monotonic()
    with connect(port) as conn:
        for byte in framed(question(7, "x" * 60 + ".test")):
            try:
                conn.sendall(bytes([byte]))
            except ConnectionError:
                break
            if select.select([conn], [], [], 0.5)[0]:
                break
        return {"closed_after_s": time.monotonic() - start}


def deaf(port, name, count):
    conn = connect(port)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    conn.settimeout(1)
    sent = 0
    try:
        for number in range(count):
            conn.sendall(framed(question(number, name, 16)))
            sent += 1
    except TimeoutError:
        pass
    start = time.monotonic()
    closed = False
    while not closed and time.monotonic() - start < 20:
        try:
            conn.sendall(b"\0")
            time.sleep(0.1)
        except TimeoutError:
            pass
        except ConnectionError:
            closed = True
    return {"sent": sent, "closed": closed}


def garbage(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((HOST, port))
    good = question(1, "games.test")
    for size in range(0, 64):
        sock.send(os.urandom(size))
    for cut in range(len(good)):
        sock.send(good[:cut])
    sock.send(good[:2] + b"\x81\x80" + good[4:])
    sock.send(good[:4] + b"\0\2" + good[6:])
    sock.send(os.urandom(60000))
    for data in (b"\0\0", b"\0\1x", b"\xff\xff" + b"y" * 3000, b"GET / HTTP/1.1\r\n\r\n",
                 framed(b"\0" * 12)):
        with connect(port) as conn:
            try:
                conn.sendall(data)
                conn.shutdown(socket.SHUT_WR)
                while conn.recv(4096):
                    pass
            except OSError:
                pass
    return {}


def times(port, name, count, host=HOST):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, port))
    sock.settimeout(5)
    spent = []
    start_at = time.monotonic_ns() % 10**9
    for number in range(count):
        message = question(number & 0xffff, name.replace("%", f"{start_at + number}"))
        start = time.perf_counter()
        sock.send(message)
        sock.recv(4096)
        spent.append((time.perf_counter() - start) * 1e6)
    return {"us": spent}


def flood(port, name, seconds, host=HOST):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, port))
    messages = [question(number, f"f{number}.{name}") for number in range(20000)]
    print("ready", file=sys.stderr, flush=True)
    start, sent = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        for message in messages[sent % 20000:][:500]:
            try:
                sock.send(message)
            except OSError:
                pass
        sent += 500
    return {"sent": sent, "per_s": sent / (time.monotonic() - start)}


def steady(port, name, count, host=HOST):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((host, port))
    asked, spent = {}, {}
    start_at = time.monotonic_ns() % 10**9
    begin = time.monotonic()
    while len(asked) < count or time.monotonic() - max(asked.values()) < 3:
        number = len(asked)
        if number < count and time.monotonic() - begin >= number * 0.005:
            asked[number] = time.monotonic()
            sock.send(question(number, f"s{start_at + number}.{name}"))
        if select.select([sock], [], [], 0.002)[0]:
            answer = struct.unpack(">H", sock.recv(4096)[:2])[0]
            spent.setdefault(answer, time.monotonic() - asked[answer])
        if len(spent) == count:
            break
    found = sorted(spent.values())
    return {"asked": count, "answers": len(found),
            "median_ms": found[len(found) // 2] * 1000 if found else None,
            "p99_ms": found[len(found) * 99 // 100] * 1000 if found else None}


def main():
    mode, port, *rest = sys.argv[1:]
    run = globals()[mode.replace("-", "_")]
    print(json.dumps(run(int(port), *[int(w) if w.isdigit() else w for w in rest])))


if __name__ == "__main__":
    main()
