# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP/3 server of Debian 13 (aioquic) that asks for a Retry; versions 1 and 2.

usage: quic_server.py ADDRESS PORT CERTIFICATE KEY
Prints "ready"; answers each request with status 204.
"""

import asyncio
import sys

from aioquic.asyncio import serve
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated


class Answers(QuicConnectionProtocol):
    http = None

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        for item in self.http.handle_event(event) if self.http else ():
            if isinstance(item, HeadersReceived):
                self.http.send_headers(item.stream_id, [(b":status", b"204")], end_stream=True)
                self.transmit()


async def main():
    address, port, certificate, key = sys.argv[1:]
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.load_cert_chain(certificate, key)
    await serve(address, int(port), configuration=configuration, create_protocol=Answers,
                retry=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
