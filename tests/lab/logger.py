# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP server that writes down every byte it gets, when it gets it.

usage: logger.py LOG ADDRESS/PORT...   One JSON object a read: utc_s, connection, client, port, hex.
LOG.ended has the numbers of the connections whose client has said that it has ended.
It answers each read with the number of bytes it has got on the connection and a newline.
"""

import asyncio
import itertools
import json
import sys
import time

numbers = itertools.count(1)


async def serve(log, ended, reader, writer):
    number = next(numbers)
    client = writer.get_extra_info("peername")[0]
    port = writer.get_extra_info("sockname")[1]
    n_bytes = 0

    def write(data):
        log.write(json.dumps({"utc_s": time.time(), "connection": number, "client": client,
                              "port": port, "hex": data.hex()}) + "\n")

    write(b"")  # the connection itself
    try:
        while data := await reader.read(65536):
            write(data)
            n_bytes += len(data)
            writer.write(b"%d\n" % n_bytes)
            await writer.drain()
        ended.write(f"{number}\n")
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    with (open(sys.argv[1], "w", encoding="ascii", buffering=1) as log,
          open(f"{sys.argv[1]}.ended", "w", encoding="ascii", buffering=1) as ended):
        servers = []
        for listen in sys.argv[2:]:
            address, port = listen.rsplit("/", 1)
            servers.append(await asyncio.start_server(
                lambda reader, writer: serve(log, ended, reader, writer), address, int(port)))
        await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
