# SPDX-License-Identifier: GPL-3.0-or-later
"""A child's own program: sends a request in the pieces it is told to, and says what became of it.

usage: client.py ADDRESS PORT MODE... < JSON   (a list of pieces in hexadecimal)
MODE: `close` sends all and closes at once; `wait` reads what is answered; `pause=S` sleeps between
pieces; `hold` keeps the connection and sends the last piece each 20 ms until it breaks.
Prints one JSON object: sent (pieces), answer (hexadecimal), error (errno's name or ""), ms (from
the last piece sent to the end).
"""

import errno
import json
import socket
import sys
import time

QUIET_S = 0.3


def read_answer(connection, result):
    """Reads until the server has been silent for QUIET_S; a reset comes long before that."""
    connection.settimeout(QUIET_S)
    try:
        while data := connection.recv(65536):
            result["answer"] += data.hex()
    except TimeoutError:
        pass


def main():
    address, port, *modes = sys.argv[1:]
    pieces = [bytes.fromhex(piece) for piece in json.load(sys.stdin)]
    pause = next((float(mode[6:]) for mode in modes if mode.startswith("pause=")), 0)
    result = {"sent": 0, "answer": "", "error": "", "ms": 0}
    start = time.monotonic()
    try:
        with socket.create_connection((address, int(port)), timeout=4) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                if result["sent"] and pause:
                    time.sleep(pause)
                start = time.monotonic()
                connection.sendall(piece)
                result["sent"] += 1
            if "hold" in modes:
                connection.settimeout(30)
                print("holding", flush=True)
                while True:
                    start = time.monotonic()
                    connection.sendall(pieces[-1])
                    connection.recv(65536)
                    time.sleep(0.02)
            if "close" not in modes:
                read_answer(connection, result)
    except OSError as error:
        result["error"] = errno.errorcode.get(error.errno, type(error).__name__)
    result["ms"] = (time.monotonic() - start) * 1000
    print(json.dumps(result))


main()
