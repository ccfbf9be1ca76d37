# SPDX-License-Identifier: GPL-3.0-or-later
"""luytre-update with a folder and an HTTPS server of the test's own."""

import gzip
import http.server
import json
import os
import pathlib
import select
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

UPDATE = pathlib.Path(sys.argv[1]).resolve()
LUYTRECTL = pathlib.Path(sys.argv[2]).resolve()
ROOT = pathlib.Path(sys.argv[3]).resolve()


def hosts(*names):
    """A list of format hosts."""
    return "".join(f"0.0.0.0 {name}\n" for name in names)


class Page:
    """What the server has at a path: its bytes, validators and misbehaviour."""

    def __init__(self, text, etag=None, date=None, **others):
        self.body = text if isinstance(text, bytes) else text.encode()
        self.headers = {"ETag": etag, "Last-Modified": date}
        self.cut = others.get("cut", False)
        self.to = others.get("to")
        self.status = others.get("status", 200)
        self.packed = others.get("packed", False)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the pages of its server, and notes what it was asked."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Silent."""

    def do_GET(self):  # pylint: disable=invalid-name
        """An answer."""
        self.server.asked.append((self.path, dict(self.headers)))
        page = self.server.pages.get(self.path, Page("gone", status=404))
        if page.to:
            self.answer(302, {"Location": page.to}, b"")
        elif page.headers["ETag"] and page.headers["ETag"] == self.headers["If-None-Match"]:
            self.answer(304, page.headers, None)
        elif page.packed:
            self.answer(200, {**page.headers, "Content-Encoding": "gzip"}, gzip.compress(page.body))
        else:
            self.answer(page.status, page.headers, page.body, page.cut)

    def answer(self, status, headers, body, cut=False):
        """Headers and body; cut: half of it, then the line is closed."""
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body is not None:
            self.wfile.write(body[:len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut


class ProxyHandler(Handler):
    """CONNECT to anything, which is noted."""

    def do_CONNECT(self):  # pylint: disable=invalid-name
        """A tunnel until one side ends it."""
        self.server.asked.append(self.path)
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    some = end.recv(65536)
                    if not some:
                        self.close_connection = True
                        return
                    ends[end].sendall(some)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """HTTPS, or HTTP without a certificate."""

    daemon_threads = True

    def __init__(self, certificate=None, handler=Handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.pages = {}
        self.asked = []
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that was killed is no error."""

    def url(self, path):
        """The address of a page."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}{path}"

    def stop(self):
        """Ends it."""
        if self.fileno() >= 0:
            self.shutdown()
            self.server_close()


class UpdateCase(unittest.TestCase):
    """`serve` puts a page, `choose` wants lists, `update` runs, `found` looks a name up."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = pathlib.Path(folder.name) / "all.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=lists", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-days", "30", "-keyout", cls.certificate,
                        "-out", f"{folder.name}/cert.pem"], check=True, capture_output=True)
        cls.authority = pathlib.Path(folder.name) / "cert.pem"
        with cls.certificate.open("ab") as both:
            both.write(cls.authority.read_bytes())

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.dir = self.folder / "lists"
        self.dir.mkdir()
        self.catalogue = self.folder / "catalogue.json"
        self.choice = self.folder / "choice.json"
        self.set = self.dir / "sites.set"
        self.server = self.start(self.certificate)
        self.write_catalogue()

    def start(self, certificate=None):
        """A server that ends with the test."""
        server = Server(certificate)
        self.addCleanup(server.stop)
        return server

    def start_proxy(self):
        """A proxy that ends with the test."""
        server = Server(handler=ProxyHandler)
        self.addCleanup(server.stop)
        return server

    def write_catalogue(self, *ids):
        """A catalogue of sources at /ID of our server."""
        lists = [{"id": name, "category": "games", "url": self.server.url("/" + name),
                  "home": "https://lists.example", "licence": "MIT", "default": True,
                  "verified": False} for name in ids]
        self.catalogue.write_text(json.dumps({"lists": lists}))

    def choose(self, **urls):
        """Lists of the house's own: id = address."""
        own = [{"id": name, "category": "games", "url": url} for name, url in urls.items()]
        self.choice.write_text(json.dumps({"lists": [], "own": own}))

    def serve(self, name, text, **page):
        """Puts a page on the server."""
        self.server.pages["/" + name] = Page(text, **page)

    def command(self, *options):
        """The words of luytre-update."""
        return [UPDATE, f"--dir={self.dir}", f"--catalogue={self.catalogue}",
                f"--choice={self.choice}", *options]

    def environment(self, **more):
        """Without a proxy and authorities of the machine's own."""
        kept = {key: value for key, value in os.environ.items()
                if "proxy" not in key.lower() and key != "CURL_CA_BUNDLE"}
        return {**kept, "SSL_CERT_FILE": str(self.authority), **more}

    def update(self, *options, status=0, **environment):
        """What it prints."""
        done = subprocess.run(self.command(*options), capture_output=True, text=True, timeout=60,
                              check=False, env=self.environment(**environment))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def found(self, *names):
        """Those of the names that are in the set."""
        done = subprocess.run([LUYTRECTL, "lists", "lookup", self.set, *names],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {line.split("\t")[0] for line in done.stdout.splitlines()
                if not line.endswith("\t-")}

    def status(self):
        """What everybody may read."""
        return json.loads((self.dir / "status.json").read_text())

    def identity(self):
        """Another one after each exchange of the set."""
        status = self.set.stat()
        return status.st_ino, status.st_mtime_ns


def main():
    """Runs the file's tests."""
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
