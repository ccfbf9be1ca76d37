#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One blocked hello or request, cut, delayed, marked or abandoned in every way a socket allows."""

from child import (QUIET_S, connected, hello, in_records, main, new_socket, os, pieces_of,
                   read_for, socket, struct, time)


def send_pieces(target, pieces, pause=0.0, connection=None):
    with connection or connected(target) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        read_for(connection, QUIET_S * target.slow)


def plain(target):
    send_pieces(target, [target.asking()])


def at_the_name(target):
    data = target.asking()
    middle = data.index(target.closed.encode()) + 6
    send_pieces(target, [data[:middle], data[middle:]], 0.01)


def one_byte_segments(target):
    send_pieces(target, pieces_of(target.asking(), 1), 0.001)


def long_hello(target):
    send_pieces(target, pieces_of(hello(target.closed, at_least=20000), 1000), 0.002)


def drip(target):
    """Slower than any limit: most at once, the rest a byte a second."""
    data = target.asking()
    send_pieces(target, [data[:-7], *pieces_of(data[-7:], 1)], 1.0)


def one_byte_records(target):
    send_pieces(target, [in_records(hello(target.closed), 1)])


def empty_records(target):
    data = hello(target.closed)
    empty = b"\x16\x03\x01\x00\x00"
    records = in_records(data, 100)
    send_pieces(target, [empty + records[:105] + empty * 3, records[105:]], 0.01)


def small_mss(target):
    made = new_socket(target)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
    made.connect(tuple(target))
    send_pieces(target, [target.asking()], connection=made)


def urgent(target):
    """A byte that servers take out of the stream stands in the middle of an open name."""
    data = target.asking()
    middle = data.index(target.closed.encode()) + 3
    with connected(target) as connection:
        connection.sendall(data[:middle])
        connection.send(b"x", socket.MSG_OOB)
        connection.sendall(data[middle:])
        read_for(connection, QUIET_S * target.slow)


def urgent_first(target):
    with connected(target) as connection:
        connection.send(b"x", socket.MSG_OOB)
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def half_closed(target):
    with connected(target) as connection:
        connection.sendall(target.asking())
        connection.shutdown(socket.SHUT_WR)
        read_for(connection, QUIET_S * target.slow)


def ended(target, *pieces, pause=0.05):
    """The stream ends where more of a request should come."""
    with connected(target) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        connection.shutdown(socket.SHUT_WR)
        read_for(connection, QUIET_S * target.slow)


def half_then_end(target):
    ended(target, target.asking()[:-2])


def half_and_end(target):
    """The end is there while its half waits for a verdict."""
    for _ in range(20):
        with connected(target) as connection:
            connection.sendall(target.asking()[:-2])
            connection.shutdown(socket.SHUT_WR)
            read_for(connection, 0.01)
    time.sleep(QUIET_S * target.slow)


def half_with_end(target):
    """The end comes in the packet of the last piece."""
    data = target.asking()[:-2]
    with connected(target) as connection:
        connection.sendall(data[:-9])
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        connection.sendall(data[-9:])
        connection.shutdown(socket.SHUT_WR)
        read_for(connection, QUIET_S * target.slow)


def line_then_end(target):
    """HTTP/0.9 without the end of its line."""
    ended(target, f"GET http://{target.closed}/".encode())


def half_behind_an_open_one(target):
    ended(target, target.first(), target.asking()[:-2])


def half_just_behind_an_open_one(target):
    ended(target, target.first() + target.asking()[:-2], pause=0)


def closed_at_once(target):
    with connected(target) as connection:
        connection.sendall(target.asking())
    time.sleep(QUIET_S * target.slow)


def pieces_then_closed(target):
    data = target.asking()
    with connected(target) as connection:
        connection.sendall(data[:60])
        connection.sendall(data[60:])
    time.sleep(QUIET_S * target.slow)


def corked(target):
    """All bytes leave with the FIN."""
    with connected(target) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        connection.sendall(target.asking())
    time.sleep(QUIET_S * target.slow)


def lingering(target):
    """The program is gone and its socket with it, as soon as the bytes are on their way."""
    with connected(target) as connection:
        connection.sendall(target.asking()[:-1])
        connection.sendall(target.asking()[-1:])
        time.sleep(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def forked(target):
    """The program that opened the connection has ended, another one sends."""
    connection = connected(target)
    if os.fork() == 0:
        time.sleep(0.05)
        try:
            connection.sendall(target.asking())
            read_for(connection, QUIET_S * target.slow)
        finally:
            os._exit(0)
    connection.close()
    os.wait()


def behind_an_open_one(target):
    """The open request is allowed, the other one comes with it."""
    first = target.first()
    send_pieces(target, [first + target.asking()])


def behind_its_answer(target):
    first = target.first()
    send_pieces(target, [first, target.asking()], 0.2)


VARIANTS = {name.replace("_", "-"): globals()[name] for name in (
    "plain", "at_the_name", "one_byte_segments", "long_hello", "drip", "one_byte_records",
    "empty_records", "small_mss", "urgent", "urgent_first", "half_closed", "closed_at_once",
    "pieces_then_closed", "corked", "lingering", "forked", "behind_an_open_one",
    "behind_its_answer", "half_then_end", "half_and_end", "half_with_end",
    "line_then_end", "half_behind_an_open_one", "half_just_behind_an_open_one")}

if __name__ == "__main__":
    main(VARIANTS)
