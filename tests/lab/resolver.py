# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsdist on a house's server side: DNS over HTTPS and over TLS, as a public resolver offers it.

It forwards to the house's nsd and logs each question, by whichever way it came.
"""

import re

QUERY = re.compile(r"^Packet from \S+ for (?P<name>\S+) (?P<type>\S+) ", re.MULTILINE)


class PublicResolver:
    """Made by Servers.start_resolver()."""

    def __init__(self, servers, names, address, backend):
        self.servers = servers
        self.names = names
        self.address = address
        self.backend = backend
        self.work = servers.work / "dnsdist"

    def start(self):
        self.work.mkdir()
        certificate, key = self.servers.certificate(self.names)
        (self.work / "dnsdist.conf").write_text(f"""
setSecurityPollSuffix("")
addDOHLocal("{self.address}:443", "{certificate}", "{key}", "/dns-query")
addTLSLocal("{self.address}:853", "{certificate}", "{key}")
newServer({{address="{self.backend}:53", healthCheckMode="up"}})
setACL({{"0.0.0.0/0", "::/0"}})
addAction(AllRule(), LogAction("{self.work}/queries.log", false, true, false, false, false))
""", encoding="ascii")
        self.servers.start_program("dnsdist", ["dnsdist", "--supervised", "--disable-syslog", "-C",
                                               str(self.work / "dnsdist.conf")])
        self.servers.wait_for(f"{self.address}:{port}" for port in (443, 853))

    def questions(self):
        """Names and types that were asked so far, oldest first."""
        log = self.work / "queries.log"
        text = log.read_text("utf-8") if log.exists() else ""
        return [(match["name"].rstrip("."), match["type"]) for match in QUERY.finditer(text)]
