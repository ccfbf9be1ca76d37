# SPDX-License-Identifier: GPL-3.0-or-later
"""caddy on a house's server side: HTTP/1, HTTP/2 and HTTP/3 on port 443, for browsers.

A Front is a web server with addresses and names of its own. Every page says its name and its front
("hello from games.test at web"); /big is the file of nginx. Alt-Svc offers HTTP/3 by itself.
"""

import ipaddress
import json
import re
from typing import NamedTuple

# The address of each front must be one of the server's: House.server_ip("addr add ...").
PORT = 443


class Front(NamedTuple):
    title: str
    addresses: tuple
    names: tuple
    protocols: tuple = ("h1", "h2", "h3")


class Fetched(NamedTuple):
    """A request that caddy answered; @protocol is "HTTP/1.1", "HTTP/2.0" or "HTTP/3.0". Requests of
    one connection have one @client_port."""

    front: str
    protocol: str
    sni: str
    host: str
    path: str
    status: int
    client_port: int


class Caddy:
    """Made by Servers.start_caddy()."""

    def __init__(self, servers, fronts, shared_names):
        self.servers = servers
        self.fronts = fronts
        self.shared_names = tuple(shared_names)
        self.work = servers.work / "caddy"

    def start(self):
        self.work.mkdir()
        config = {
            "admin": {"disabled": True},
            "logging": {"logs": {
                "default": self._log_to("error.log", exclude=["http.log.access"]),
                "access": self._log_to("access.log", include=["http.log.access"])}},
            "apps": {
                "http": {"servers": {front.title: self._server(front) for front in self.fronts}},
                "tls": {"certificates": {"load_files": self._make_certificates()}}},
        }
        path = self.work / "caddy.json"
        path.write_text(json.dumps(config, indent=1), encoding="ascii")
        env = [f"{name}={self.work}" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")]
        self.servers.start_program("caddy", ["env", *env, "caddy", "run", "--config", str(path)])
        self.servers.wait_for(self._literal(address) for front in self.fronts
                              for address in front.addresses)

    def _log_to(self, name, **which):
        return {"writer": {"output": "file", "filename": str(self.work / name), "roll": False},
                "encoder": {"format": "json"}, **which}

    def _make_certificates(self):
        """One certificate a name, and one for all names that share one."""
        alone = {name for front in self.fronts for name in front.names} - set(self.shared_names)
        sets = [(name,) for name in sorted(alone)]
        if self.shared_names:
            sets.append(self.shared_names)
        return [dict(zip(("certificate", "key"), self.servers.certificate(names)))
                for names in sets]

    @staticmethod
    def _literal(address):
        return f"[{address}]:{PORT}" if ipaddress.ip_address(address).version == 6 \
            else f"{address}:{PORT}"

    def _server(self, front):
        big = {"match": [{"path": ["/big"]}], "terminal": True,
               "handle": [{"handler": "file_server", "root": str(self.servers.work / "www")}]}
        hello = {"handle": [{
            "handler": "static_response",
            "headers": {"Content-Type": ["text/html; charset=utf-8"],
                        "Access-Control-Allow-Origin": ["*"], "Cache-Control": ["no-store"]},
            "body": "<!doctype html><title>{http.request.host}</title>"
                    f"<p>hello from {{http.request.host}} at {front.title}</p>\n"}]}
        return {"listen": [self._literal(address) for address in front.addresses],
                "protocols": list(front.protocols), "routes": [big, hello],
                "automatic_https": {"disable": True}, "tls_connection_policies": [{}],
                "logs": {"default_logger_name": front.title}}

    def requests(self):
        """What caddy answered so far, oldest first; a download when it has ended."""
        log = self.work / "access.log"
        found = []
        for line in log.read_text("utf-8").splitlines() if log.exists() else []:
            item = json.loads(line)
            asked = item["request"]
            found.append(Fetched(
                re.sub(r"^http\.log\.access\.", "", item["logger"]), asked["proto"],
                asked.get("tls", {}).get("server_name", ""), asked["host"], asked["uri"],
                item["status"], int(asked["remote_port"])))
        return found
