#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a connection may begin, or begin again, so that it is taken for another one."""

from child import (QUIET_S, hello, main, new_socket, read_for, read_some, socket, ssl, struct,
                   time)

IPPROTO_MPTCP = 262
MSG_FASTOPEN = 0x20000000
TCP_USER_TIMEOUT = 18


def send_fast(target, data):
    made = new_socket(target)
    made.settimeout(None)  # a socket with a time limit does not wait here
    with made as connection:
        sent = connection.sendto(data, MSG_FASTOPEN, tuple(target))
        connection.sendall(data[sent:])
        read_for(connection, QUIET_S * target.slow)


def fast_open(target):
    """The first connection gets the server's cookie, the second has its request in the SYN."""
    send_fast(target, target.first())
    send_fast(target, target.asking())


def multipath(target):
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, IPPROTO_MPTCP) as connection:
        connection.settimeout(8 * target.slow)
        connection.connect(tuple(target))
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def connect_again(target, port):
    made = new_socket(target)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    made.connect(tuple(target))
    return made


def used_again(target, is_reset):
    """A connection is judged, allowed and ended; another one has its addresses and ports."""
    made = new_socket(target)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", 0))
    port = made.getsockname()[1]
    made.connect(tuple(target))
    made.sendall(hello(target.open))
    read_some(made)
    if is_reset:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.close()
    with connect_again(target, port) as connection:
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def reset_and_again(target):
    used_again(target, True)


def left_and_again(target):
    """The socket dies without a word (the server's window stays shut), so for the kernel's
    connection tracking the connection lives."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    made = new_socket(target)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", 0))
    port = made.getsockname()[1]
    made.connect(tuple(target))
    made.settimeout(1)
    made.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, 300)
    connection = context.wrap_socket(made, server_hostname=target.open)
    end = time.monotonic() + 8 * target.slow
    while time.monotonic() < end:
        try:
            connection.send(bytes(16384))  # its answers are not read
        except TimeoutError:
            continue
        except OSError:
            break
    connection.close()
    with connect_again(target, port) as connection:
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def nonblocking(target):
    """The bytes are given to the kernel before the server has answered the SYN."""
    made = new_socket(target)
    made.setblocking(False)
    made.connect_ex(tuple(target))
    with made as connection:
        while True:
            try:
                connection.send(target.asking())
                break
            except BlockingIOError:
                time.sleep(0.001)
        connection.settimeout(8 * target.slow)
        read_for(connection, QUIET_S * target.slow)


def deferred(target):
    """TCP_FASTOPEN_CONNECT: connect() says nothing, the first write opens the connection."""
    made = new_socket(target)
    made.setsockopt(socket.IPPROTO_TCP, 30, 1)
    with made as connection:
        connection.connect(tuple(target))
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def with_options(target):
    """Options in the IP header: a longer one than others have."""
    made = new_socket(target)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x01\x01\x01\x00" * 4)
    with made as connection:
        connection.connect(tuple(target))
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


VARIANTS = {"fast-open": fast_open, "multipath": multipath, "reset-and-again": reset_and_again,
      "left-and-again": left_and_again, "nonblocking": nonblocking, "deferred": deferred,
      "with-options": with_options}

if __name__ == "__main__":
    main(VARIANTS)
