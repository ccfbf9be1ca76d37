#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second hello for another site, where a server's HelloRetryRequest asks for one."""

from child import (QUIET_S, connected, main, new_socket, pieces_of, read_for, read_some, socket,
                   ssl, struct, time)

CHANGE_CIPHER_SPEC = b"\x14\x03\x03\x00\x01\x01"


class Client:
    """A TLS client in memory: what it would say next, given what the server said."""

    def __init__(self, name):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def step(self, data=b""):
        self.incoming.write(data)
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()


def second_hello(target, connection, client):
    """What an honest client says after the server's HelloRetryRequest, with the other name."""
    answer = read_some(connection)
    second = client.step(answer)
    if b"\x16\x03\x03" not in second:
        raise OSError(f"no HelloRetryRequest: {answer[:60].hex()}")
    return second.replace(target.open.encode(), target.closed.encode())


def forged(target):
    client = Client(target.open)
    with connected(target) as connection:
        connection.sendall(client.step())
        connection.sendall(second_hello(target, connection, client))
        read_for(connection, QUIET_S * target.slow)


def in_pieces(target):
    client = Client(target.open)
    with connected(target) as connection:
        connection.sendall(client.step())
        for piece in pieces_of(second_hello(target, connection, client), 3, 90):
            connection.sendall(piece)
            time.sleep(0.01)
        read_for(connection, QUIET_S * target.slow)


def small_window(target):
    """The server's answer comes in pieces as small as they get."""
    client = Client(target.open)
    with connected_with_small_segments(target) as connection:
        connection.sendall(client.step())
        answer = b""
        while len(answer) < 90:
            answer += read_some(connection)
        second = client.step(answer).replace(target.open.encode(), target.closed.encode())
        connection.sendall(second)
        read_for(connection, QUIET_S * target.slow)


def connected_with_small_segments(target):
    made = new_socket(target)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    made.connect(tuple(target))
    return made


def honest(target):
    """No trick: the same name again, and what is said inside comes back."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(connected(target), server_hostname=target.open) as connection:
        for size in (10, 50_000):
            connection.sendall(bytes(size))
            while size > 0:
                size -= len(connection.recv(size))


def not_waiting(target):
    """Both hellos in one segment: the second stands in the server's buffer before it answers."""
    first, second = Client(target.open), Client(target.closed)
    with connected(target) as connection:
        connection.sendall(first.step() + CHANGE_CIPHER_SPEC + second.step())
        read_for(connection, QUIET_S * target.slow)


def one_record(target):
    """Both hellos in one record."""
    messages = Client(target.open).step()[5:] + Client(target.closed).step()[5:]
    with connected(target) as connection:
        connection.sendall(b"\x16\x03\x01" + struct.pack(">H", len(messages)) + messages)
        read_for(connection, QUIET_S * target.slow)


VARIANTS = {"forged": forged, "in-pieces": in_pieces, "small-window": small_window,
            "honest": honest, "not-waiting": not_waiting, "one-record": one_record}

if __name__ == "__main__":
    main(VARIANTS)
