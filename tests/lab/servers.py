# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers on the far side of a house's cable, each with its own log.

 - nginx on 10.77.0.2 and fd00:77::2, ports 80 and 443: one certificate a site, of an authority
   made at run time that the house's /etc trusts. Servers.requests() is its access log.
   /hello says the site's name; /big is BIG_BYTES of zeros, /slow the same at 1 MB/s.
 - The logger on 10.77.0.3 and fd00:77::3, ports 80, 443 and 8443: logs each read and answers with
   the number of bytes it has. Servers.received() is its log. The names of LOGGED lead there.
 - nsd on 10.77.0.2 and 10.77.0.4 (and IPv6), port 53: A, AAAA and CNAME of all sites; any other
   name is NXDOMAIN.
 - Capture: tcpdump on the server's interface.
"""

import json
import pathlib
import re
import signal
import subprocess
import time
from typing import NamedTuple

from . import caddy, resolver
from .pace import slowed

WEB4, WEB6 = "10.77.0.2", "fd00:77::2"
LOGGER4, LOGGER6 = "10.77.0.3", "fd00:77::3"
DNS4, DNS6 = "10.77.0.2", "fd00:77::2"
ADDRESSES4 = (WEB4, LOGGER4, "10.77.0.4")
ADDRESSES6 = (WEB6, LOGGER6, "fd00:77::4")
LOGGER_PORTS = (80, 443, 8443)

SITES = ("school.test", "games.test", "video.test", "news.test", "chat.test")
LOGGED = ("logged.test",)
# name -> the name that its CNAME points to.
ALIASES = {"alias.test": "games.test", "www.school.test": "school.test"}

BIG_BYTES = 1 << 30


def nsd_conf(work, addresses):
    """nsd that listens there, keeps all it has in @work and answers by its root.zone."""
    listen = "".join(f"  ip-address: {address}\n" for address in addresses)
    return f"""server:
{listen}  username: ""
  zonesdir: "{work}"
  database: ""
  pidfile: "{work}/nsd.pid"
  xfrdfile: "{work}/xfrd.state"
  zonelistfile: "{work}/zone.list"
  xfrdir: "{work}"
  logfile: "{work}/nsd.log"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
"""


class Request(NamedTuple):
    """A request that nginx got: seconds since the epoch, client, SNI or "-", Host, status, TLS."""

    utc_s: float
    client: str
    sni: str
    host: str
    status: int
    scheme: str
    path: str


class Received(NamedTuple):
    """A read of the logger: when, which connection (number, client, port), and the bytes."""

    utc_s: float
    connection: int
    client: str
    port: int
    data: bytes


class Servers:
    """Made by House.start_servers()."""

    def __init__(self, house, sites, aliases, extra_zone):
        self.house = house
        self.sites = tuple(sites)
        self.aliases = dict(aliases)
        self.extra_zone = extra_zone
        self.work = house.work / "servers"
        self.processes = []

    def start(self):
        self.work.mkdir()
        self._make_certificates()
        self._start_nginx()
        self._start_nsd()
        self._start_logger()
        self._wait()

    # Certificates

    @property
    def authority(self):
        """The authority's certificate alone: quicker to load than the house's whole bundle."""
        return str(self.work / "ca.crt")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.work, check=True, capture_output=True)

    def _make_certificates(self):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-noenc", "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
                      "-subj", "/CN=Lab authority")
        for name in (*self.sites, *self.aliases):
            self.certificate((name,))
        with open(self.house.path("/etc/ssl/certs/ca-certificates.crt"), "a",
                  encoding="ascii") as bundle:
            bundle.write((self.work / "ca.crt").read_text(encoding="ascii"))

    def certificate(self, names):
        """Files of a certificate for @names and of its key."""
        file = names[0]
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                      "-keyout", f"{file}.key", "-out", f"{file}.csr", "-subj", "/CN=Lab site")
        alternatives = ",".join(f"DNS:{name}" for name in names)
        (self.work / f"{file}.ext").write_text(f"subjectAltName={alternatives}\n", "ascii")
        self._openssl("x509", "-req", "-in", f"{file}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                      "-CAcreateserial", "-days", "30", "-out", f"{file}.crt", "-extfile",
                      f"{file}.ext")
        return str(self.work / f"{file}.crt"), str(self.work / f"{file}.key")

    # nginx

    def _start_nginx(self):
        www = self.work / "www"
        www.mkdir()
        with open(www / "big", "wb") as big:
            big.truncate(BIG_BYTES)
        blocks = []
        for name in (*self.sites, *self.aliases):
            blocks.append(f"""
  server {{
    listen {WEB4}:80; listen [{WEB6}]:80; listen {WEB4}:443 ssl; listen [{WEB6}]:443 ssl;
    server_name {name};
    ssl_certificate {self.work}/{name}.crt;
    ssl_certificate_key {self.work}/{name}.key;
    root {www};
    location = /big {{ }}
    location = /slow {{ alias {www}/big; limit_rate 1m; sendfile_max_chunk 64k; }}
    location / {{ default_type text/html; return 200 "<title>{name}</title>hello from {name}\\n"; }}
  }}""")
        (self.work / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {self.work}/nginx.pid; error_log {self.work}/nginx-error.log;
user root;
events {{ }}
http {{
  log_format lab '$msec $remote_addr $ssl_server_name $host $status $scheme $request_uri';
  access_log {self.work}/access.log lab;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off;
  sendfile on; keepalive_timeout 300s; keepalive_requests 1000000;
  client_body_temp_path {self.work}/t1; proxy_temp_path {self.work}/t2;
  fastcgi_temp_path {self.work}/t3; uwsgi_temp_path {self.work}/t4; scgi_temp_path {self.work}/t5;
{"".join(blocks)}
}}
""", encoding="ascii")
        self.start_program("nginx", ["nginx", "-c", str(self.work / "nginx.conf"),
                              "-e", str(self.work / "nginx-error.log")])

    def requests(self):
        """What nginx answered so far, oldest first."""
        log = self.work / "access.log"
        found = []
        for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
            utc, client, sni, host, status, scheme, path = line.split(" ", 6)
            found.append(Request(float(utc), client, sni or "-", host, int(status), scheme, path))
        return found

    # DNS

    def _zone(self):
        lines = ["$ORIGIN .", "$TTL 60", "@ SOA ns.test. lab.test. 1 3600 600 86400 5",
                 "@ NS ns.test.", f"ns.test. A {DNS4}"]
        for name in self.sites:
            lines += [f"{name}. A {WEB4}", f"{name}. AAAA {WEB6}"]
        for name in LOGGED:
            lines += [f"{name}. A {LOGGER4}", f"{name}. AAAA {LOGGER6}"]
        for name, target in self.aliases.items():
            lines.append(f"{name}. CNAME {target}.")
        return "\n".join(lines) + "\n" + self.extra_zone

    def _start_nsd(self):
        (self.work / "root.zone").write_text(self._zone(), encoding="ascii")
        (self.work / "nsd.conf").write_text(
            nsd_conf(self.work, (DNS4, DNS6, ADDRESSES4[2], ADDRESSES6[2])), encoding="ascii")
        self.start_program("nsd", ["nsd", "-d", "-c", str(self.work / "nsd.conf")])

    # The logger

    def _start_logger(self):
        program = pathlib.Path(__file__).with_name("logger.py")
        listen = [f"{address}/{port}" for address in (LOGGER4, LOGGER6) for port in LOGGER_PORTS]
        self.start_program("logger", ["/usr/bin/python3", str(program),
                               str(self.work / "received.jsonl"), *listen])

    def received(self):
        """Every read of the logger so far, oldest first."""
        log = self.work / "received.jsonl"
        found = []
        for line in log.read_text(encoding="ascii").splitlines() if log.exists() else []:
            item = json.loads(line)
            found.append(Received(item["utc_s"], item["connection"], item["client"],
                                  item["port"], bytes.fromhex(item["hex"])))
        return found

    # What a house may have beside these

    def start_caddy(self, fronts, shared_names=()):
        """A web server that speaks HTTP/3; see lab/caddy.py."""
        server = caddy.Caddy(self, fronts, shared_names)
        server.start()
        return server

    def start_resolver(self, names, address):
        """A public resolver, DNS over HTTPS and TLS; see lab/resolver.py."""
        server = resolver.PublicResolver(self, names, address, DNS4)
        server.start()
        return server

    # All

    def start_program(self, name, argv):
        with open(self.work / f"{name}.out", "wb") as output:
            self.processes.append(self.house.start_server(argv, stdout=output, stderr=output))

    def _wait(self):
        want = {f"{address}:{port}" for address in (WEB4, f"[{WEB6}]") for port in (53, 80, 443)}
        want |= {f"{address}:{port}" for address in (LOGGER4, f"[{LOGGER6}]")
                 for port in LOGGER_PORTS}
        self.wait_for(want)

    def wait_for(self, ports):
        """Until every TCP port answers: asked by ss in the server's namespace, without a
        connection."""
        want = set(ports)
        end = time.monotonic() + slowed(15)
        while want:
            lines = self.house.run_server(["ss", "-Hltn"]).out.splitlines()
            want -= {line.split()[3] for line in lines}
            dead = [process.argv for process in self.processes if process.poll() is not None]
            if dead or time.monotonic() > end:
                logs = "".join(path.read_text() for path in sorted(self.work.glob("*.out")))
                raise RuntimeError(f"servers did not come up: {dead or sorted(want)}\n{logs}")


class Capture:
    """tcpdump on the server's interface from the moment this is made until stop()."""

    def __init__(self, house, path, expression=""):
        self.path = path
        self._process = house.start_server(
            ["tcpdump", "-U", "--immediate-mode", "-Z", "root", "-n", "-s", "0", "-B", "16384",
             "-i", "lt1", "-w", str(path), *expression.split()], stderr=subprocess.PIPE)
        for line in self._process.stderr:
            if b"listening on" in line:
                return
        raise RuntimeError("tcpdump did not start")

    def stop(self):
        """Ends the capture once the kernel's buffer is in the file; returns packets caught."""
        self._process.kill(signal.SIGINT)
        err = self._process.finish(timeout=10).err
        return int(re.search(r"(\d+) packets? captured", err).group(1))

    def contains(self, needle):
        """Whether @needle (bytes) stands anywhere in the captured packets."""
        return needle in self.path.read_bytes()

    def answers(self):
        """Packets with data that servers sent from port 80 or 443."""
        return len(re.findall(r"\.(?:80|443) > .*length [1-9]", self.text("tcp")))

    def text(self, expression=""):
        """The capture as tcpdump prints it, filtered."""
        done = subprocess.run(["tcpdump", "-n", "-tt", "-r", str(self.path), *expression.split()],
                              capture_output=True, text=True, check=True)
        return done.stdout

