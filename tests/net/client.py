# SPDX-License-Identifier: GPL-3.0-or-later
"""A child's own program: sends a request in the pieces it is told to, and says what became of it.

usage: client.py ADDRESS PORT MODE... < JSON   (a list of pieces in hexadecimal)
MODE: `close` sends all and closes at once; `wait` reads what is answered; `pause=S` sleeps between
pieces; `hold` keeps the connection and sends the last piece each 20 ms until it breaks; `slow=N`
makes its own time bounds so many times wider.
Prints one JSON object: sent (pieces), answer (hexadecimal), error (errno's name or ""), ms (from
the last piece sent to the end).
"""

import errno
import json
import socket
import sys
import time

QUIET_S = 0.3


def read_answer(connection, result, quiet_s):
    """Reads until the server has been silent for @quiet_s; a reset comes long before that."""
    connection.settimeout(quiet_s)
    try:
        while data := connection.recv(65536):
            result["answer"] += data.hex()
    except TimeoutError:
        pass


def number_of(modes, name, default):
    """The number of a mode `name=N`."""
    return next((float(mode[len(name) + 1:]) for mode in modes if mode.startswith(name + "=")),
                default)


def main():
    address, port, *modes = sys.argv[1:]
    pieces = [bytes.fromhex(piece) for piece in json.load(sys.stdin)]
    pause = number_of(modes, "pause", 0)
    slow = number_of(modes, "slow", 1)
    result = {"sent": 0, "answer": "", "error": "", "ms": 0}
    start = time.monotonic()
    try:
        with socket.create_connection((address, int(port)), timeout=4 * slow) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                if result["sent"] and pause:
                    time.sleep(pause)
                start = time.monotonic()
                connection.sendall(piece)
                result["sent"] += 1
            if "hold" in modes:
                connection.settimeout(30 * slow)
                print("holding", flush=True)
                while True:
                    start = time.monotonic()
                    connection.sendall(pieces[-1])
                    connection.recv(65536)
                    time.sleep(0.02)
            if "close" not in modes:
                read_answer(connection, result, QUIET_S * slow)
    except OSError as error:
        result["error"] = errno.errorcode.get(error.errno, type(error).__name__)
    result["ms"] = (time.monotonic() - start) * 1000
    print(json.dumps(result))


main()
