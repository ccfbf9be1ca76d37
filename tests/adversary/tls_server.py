# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server that writes down every byte it gets and answers as OpenSSL does.

usage: tls_server.py LOG CERTIFICATE KEY GROUP ADDRESS/PORT...

GROUP is the one that it takes: a client that offers the key of another first gets a
HelloRetryRequest. The log is as that of tests/lab/logger.py. What a client says inside is echoed.
"""

import asyncio
import itertools
import json
import ssl
import sys
import time

numbers = itertools.count(1)


class Session:
    """OpenSSL's side of one connection, in memory."""

    def __init__(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.is_up = False

    def answer(self, data):
        """What goes back for @data; an ssl.SSLError has its alert in `outgoing`."""
        self.incoming.write(data)
        try:
            if not self.is_up:
                self.tls.do_handshake()
                self.is_up = True
            while said := self.tls.read(65536):
                self.tls.write(said)
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()


async def serve(log, context, reader, writer):
    number = next(numbers)
    client = writer.get_extra_info("peername")[0]
    port = writer.get_extra_info("sockname")[1]
    session = Session(context)

    def write(data):
        log.write(json.dumps({"utc_s": time.time(), "connection": number, "client": client,
                              "port": port, "hex": data.hex()}) + "\n")

    write(b"")
    try:
        while data := await reader.read(65536):
            write(data)
            writer.write(session.answer(data))
            await writer.drain()
    except ssl.SSLError:
        writer.write(session.outgoing.read())
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    log_name, certificate, key, group, *listen = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_ecdh_curve(group)
    with open(log_name, "w", encoding="ascii", buffering=1) as log:
        servers = []
        for item in listen:
            address, port = item.rsplit("/", 1)
            servers.append(await asyncio.start_server(
                lambda reader, writer: serve(log, context, reader, writer), address, int(port)))
        await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
