# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a booted machine: its timer and unit fetch a list, and the agent has it in force."""

import contextlib
import http.server
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile

from lab import eventually
from lab.booted import DNS

TESTS = pathlib.Path(__file__).resolve().parent.parent
NAME = "lists.test"
PORT = 4443
ZONE = f"{NAME}. A {DNS}\n"
STATUS = "/var/lib/luytre-lists/status.json"


def serve(folder):
    """Runs in the machine's network: the folder's files, by HTTPS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/all.pem")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words):
            super().__init__(*words, directory=f"{folder}/www")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((DNS, PORT), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


def certificate(folder):
    """A certificate for NAME; its path is what clients trust."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={NAME}", "-addext",
                    f"subjectAltName=DNS:{NAME}", "-days", "30", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    (folder / "all.pem").write_text(key.read_text() + cert.read_text())
    return cert


class Updates:
    """For a test case with a machine whose DNS has ZONE."""

    @contextlib.contextmanager
    def lists_server(self, **pages):
        """Yields what the updater's environment says."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "www").mkdir()
            for page, text in pages.items():
                (folder / "www" / page).write_text(text)
            trusted = certificate(folder).read_text()
            process = subprocess.Popen(
                ["nsenter", "-t", str(self.machine.init), "-n", "--", sys.executable, __file__,
                 name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(TESTS)})
            try:
                self.assertEqual(process.stdout.readline(), b"ready\n")
                self.put("/etc/lists-authority.pem", trusted)
                self.put("/etc/default/luytre-update", "SSL_CERT_FILE=/etc/lists-authority.pem\n")
                yield
            finally:
                process.kill()
                process.wait()
                process.stdout.close()

    def put(self, path, text):
        done = self.machine.run("tee", path, stdin=text)
        self.assertEqual(done.rc, 0, done.err)
        self.addCleanup(self.machine.run, "rm", "-f", path)

    def update_status(self):
        done = self.machine.run("cat", STATUS)
        return json.loads(done.out) if done.rc == 0 else {}

    def of_updater(self, name):
        return self.machine.run("systemctl", "show", "--value", "-p", name,
                                "luytre-update.service").out.strip()

    def test_update(self):
        """The timer starts the unit, which fetches within its sandbox; the agent takes the set."""
        self.put("/etc/luytre/lists.json", json.dumps({"lists": [], "own": [
            {"id": "own", "category": "games", "url": f"https://{NAME}:{PORT}/games"}]}))
        drop_in = "/run/systemd/system/luytre-update.timer.d"
        self.machine.run("mkdir", "-p", drop_in)
        self.put(f"{drop_in}/now.conf", "[Timer]\nOnCalendar=\nRandomizedDelaySec=0\n"
                 "OnActiveSec=0\nAccuracySec=1ms\n")
        with self.lists_server(games="0.0.0.0 play.test\n"):
            # On a first boot systemd may have enabled it: then it fires by the first of these.
            self.machine.run("systemctl", "daemon-reload")
            self.assertEqual(self.machine.run("systemctl", "start", "luytre-update.timer").rc, 0)
            eventually(lambda: self.update_status().get("state") == "idle", "an update", timeout=60)
            eventually(lambda: self.of_updater("ActiveState") == "inactive", "its end", timeout=30)
        self.machine.run("systemctl", "stop", "luytre-update.timer")
        log = self.machine.run("journalctl", "-q", "-u", "luytre-update.service", "-o", "cat").out
        self.assertEqual((self.of_updater("Result"), self.of_updater("ExecMainStatus")),
                         ("success", "0"), log)
        self.assertEqual([one["outcome"] for one in self.update_status()["lists"]], ["new"])
        look = self.machine.run("luytrectl", "lists", "lookup", "/var/lib/luytre-lists/sites.set",
                                "play.test")
        self.assertEqual(look.out, "play.test\tgames\n")
        self.assert_owned()
        # The agent, which is of the group, has mapped it.
        pid = self.machine.pid_outside("luytred")
        eventually(lambda: "sites.set" in pathlib.Path(f"/proc/{pid}/maps").read_text(),
                   "the set in force")

    def assert_owned(self):
        """Its own account wrote it, and nobody else may."""
        rows = self.machine.run("stat", "-c", "%U %G %a", "/var/lib/luytre-lists",
                                "/var/lib/luytre-lists/sites.set").out.splitlines()
        self.assertEqual(rows, ["luytre-update luytre 755", "luytre-update luytre 640"])


if __name__ == "__main__":
    serve(sys.argv[1])
