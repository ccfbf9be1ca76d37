#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole agent on real traffic: rules and grants by luytrectl, and what a sudden end leaves.

usage: test_agent.py LUYTRED LUYTRECTL SOURCE
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from hello import client_hello, http_request  # noqa: E402
from lab import LOGGER4, WEB4, House, eventually, run_tests  # noqa: E402

LUYTRED, LUYTRECTL, SOURCE = map(os.path.abspath, sys.argv[1:4])
RULES = {
    "luytre": 1,
    "profiles": {
        "na": {"sites": {"default": "allow", "block": ["games.test"],
                         "unknown-protocols": "allow"}},
        "minh": {"sites": {"default": "block", "allow": ["school.test"]}},
    },
    "children": [{"user": "na", "profile": "na"}, {"user": "minh", "profile": "minh"}],
}

UDP_SINK = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
s.bind((sys.argv[1], 4444))
while True:
    print(s.recv(2048).decode(), flush=True)
"""


class Agent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.servers = cls.house.start_servers()
        cls.house.start_bus([pathlib.Path(SOURCE) / "systemd" / "org.luytre.Agent1.conf"])
        cls.start_agent()
        done = cls.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    @classmethod
    def start_agent(cls):
        cls.agent = cls.house.start_agent([LUYTRED], ready_s=20)

    @classmethod
    def ctl(cls, user, *words, stdin=None):
        return cls.house.run_as(user, [LUYTRECTL, *words], stdin=stdin)

    def kill(self):
        self.agent.kill(signal.SIGKILL)
        eventually(lambda: self.agent.poll() is not None, "the end of the agent")

    def curl(self, user, url, *more):
        return self.house.run_as(user, ["curl", "-sS", "--max-time", "5", "-o", "/dev/null", *more,
                                        url])

    def download(self, user, site):
        """A slow download of @site that has begun."""
        got = self.house.work / f"download-{time.monotonic_ns()}"
        with open(got, "wb") as output:
            process = self.house.start_as(user, [
                "curl", "-sS", "--no-buffer", "--max-time", "60", "--resolve",
                # Slow by the server: a curl that holds back does not look at its socket.
                f"{site}:443:{WEB4}", f"https://{site}/slow"], stdout=output,
                stderr=subprocess.DEVNULL)
        eventually(lambda: got.stat().st_size > 0, f"the download from {site}")
        return process

    def log(self):
        return (self.house.work / "agent.log").read_text(encoding="utf-8")

    def grant_id(self, user, site):
        done = self.ctl("me", "grants", "--json")
        grants = [json.loads(line) for line in done.out.splitlines()]
        return str(next(grant["id"] for grant in grants
                        if grant["user"] == user and grant["what"] == site))

    def assert_becomes(self, check, what, timeout=1.0):
        start = time.monotonic()
        eventually(check, what, timeout=5)
        self.assertLess(time.monotonic() - start, timeout, what)

    def test_asked_granted_revoked(self):
        url = ["https://games.test/", "--resolve", f"games.test:443:{WEB4}"]
        self.assertNotEqual(self.curl("na", *url).rc, 0)
        asked = self.ctl("na", "ask", "games.test", "for the club")
        self.assertEqual(asked.rc, 0, asked.err)
        requests = [json.loads(line) for line in
                    self.ctl("me", "requests", "--json").out.splitlines()]
        self.assertEqual([request["what"] for request in requests], ["games.test"])
        granted = self.ctl("me", "grant", str(requests[0]["id"]), "--for", "1h")
        self.assertEqual(granted.rc, 0, granted.err)
        self.assert_becomes(lambda: self.curl("na", *url).rc == 0, "the granted site opens")
        self.assertEqual(self.curl("na", "https://games.test/").rc, 0)
        # It opened for Na alone.
        self.assertNotEqual(self.curl("minh", *url).rc, 0)

        download = self.house.start_as("na", [
            "curl", "-sS", "-o", "/dev/null", "--resolve", f"games.test:443:{WEB4}",
            # Slow by the server: a curl that holds back does not look at its socket for seconds.
            "https://games.test/slow"], stderr=subprocess.PIPE)
        eventually(lambda: any(request.path == "/slow" for request in self.servers.requests())
                   or f"{WEB4}:443" in self.house.run_as("root", ["ss", "-Htn"]).out,
                   "the download")
        time.sleep(0.3)
        self.assertIsNone(download.poll())
        revoked = self.ctl("me", "revoke", self.grant_id("na", "games.test"))
        self.assertEqual(revoked.rc, 0, revoked.err)
        self.assert_becomes(lambda: download.poll() is not None, "the open connection is cut")
        self.assertNotEqual(self.curl("na", *url).rc, 0)

    def test_child_may_not(self):
        for words in (("rules", "set", "-"), ("rules", "show"), ("grant", "na", "games.test"),
                      ("revoke", "1")):
            done = self.ctl("na", *words, stdin="{}")
            self.assertNotEqual(done.rc, 0, words)

    def test_bad_rules(self):
        done = self.ctl("me", "rules", "set", "-", stdin='{\n  "luytre": 1,\n  "profiles": 7\n}')
        self.assertNotEqual(done.rc, 0)
        self.assertRegex(done.err, r":3:\d+: /profiles: ")
        self.assertNotEqual(self.curl("na", "https://games.test/").rc, 0)
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)

    def test_table_changed_by_others(self):
        """A firewall loaded anew flushes our table too: it comes back, and so do the rules."""
        games = ["https://games.test/", "--resolve", f"games.test:443:{WEB4}"]
        going_on = self.download("na", "school.test")
        for words in ("flush ruleset", "delete table inet luytre", "flush chain inet luytre out"):
            n_told = self.log().count("changed by another program")
            done = self.house.run_as("root", ["nft", *words.split()])
            self.assertEqual(done.rc, 0, done.err)
            eventually(lambda n=n_told: self.log().count("changed by another program") > n, words,
                       timeout=1)
            self.assertNotEqual(self.curl("na", *games).rc, 0, words)
        self.assertIsNone(going_on.poll())

        # What began while there was no table is cut.
        self.agent.kill(signal.SIGSTOP)
        self.house.run_as("root", ["nft", "flush", "ruleset"])
        unseen = self.download("na", "games.test")
        self.agent.kill(signal.SIGCONT)
        eventually(lambda: unseen.poll() is not None, "an unseen connection is cut", timeout=5)
        self.assertIsNone(going_on.poll())
        going_on.stop()
        set_again = self.ctl("me", "rules", "set", "-", stdin=json.dumps(RULES))
        self.assertEqual(set_again.rc, 0, set_again.err)
        self.assertNotEqual(self.curl("na", *games).rc, 0)
        self.assertNotIn("not in force", self.log())

    def test_no_place_on_disk(self):
        """Full folders: the agent starts, remembers in memory, and enforces."""
        folders = ("/run/luytre", "/var/lib/luytre")
        self.kill()
        rules = self.house.path("/var/lib/luytre/household.json").read_bytes()
        for folder in folders:
            done = self.house.run_as("root", ["sh", "-ec", f"""
                mount -t tmpfs -o size=64k,uid=30099,gid=30099,mode=755 tmpfs {folder}
                cat > {folder}/household.json
                head -c 1M /dev/zero > {folder}/filling 2> /dev/null || true"""],
                stdin=rules.decode())
            self.assertEqual(done.rc, 0, done.err)
            self.addCleanup(self.house.run_as, "root", ["umount", "-l", folder])
        self.start_agent()
        self.assertIn("until the next start only", self.log())
        self.assertNotEqual(self.curl("na", "https://games.test/", "--resolve",
                                      f"games.test:443:{WEB4}").rc, 0)
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        self.kill()
        self.doCleanups()
        self.start_agent()

    def test_nothing_lost_by_kill(self):
        """New flows that begin while no agent runs wait in the kept queue for the next one."""
        got = self.house.work / "datagrams"
        with open(got, "wb") as output:
            sink = self.house.start_server(["/usr/bin/python3", "-c", UDP_SINK, LOGGER4],
                                           stdout=output)
        self.addCleanup(sink.stop)
        eventually(lambda: ":4444" in self.house.run_server(["ss", "-Hlun"]).out, "the sink")
        for turn in range(3):
            self.kill()
            done = self.house.run_as("na", ["/usr/bin/python3", "-c", f"""
import socket
for number in range(100):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"{turn} %d" % number, ("{LOGGER4}", 4444))
"""])
            self.assertEqual(done.rc, 0, done.err)
            self.start_agent()
            eventually(lambda: len(got.read_text().splitlines()) >= 100 * (turn + 1),
                       "every datagram", timeout=5)

    def test_kill_while_children_browse(self):
        """kill -9 again and again: downloads go on, nothing refused gets through."""
        before = len(self.servers.received())
        downloads = [self.house.start_as(user, [
            "curl", "-sS", "-o", "/dev/null", "--limit-rate", "2M", "--max-time", "60",
            "--resolve", f"school.test:{port}:{WEB4}", f"{scheme}://school.test/big"],
            stderr=subprocess.PIPE) for user in ("na", "minh")
            for scheme, port in (("http", 80), ("https", 443))]
        time.sleep(0.5)
        for _ in range(5):
            self.kill()
            tries = [self.house.start_as("na", [
                "/usr/bin/python3", str(HERE / "client.py"), LOGGER4, port, "close"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for port in ("80", "443")]
            for process, data in zip(tries, (http_request("games.test"),
                                             client_hello("games.test"))):
                process.stdin.write(json.dumps([data.hex()]).encode())
                process.stdin.close()
            self.start_agent()
        for download in downloads:
            self.assertIsNone(download.poll(), download.poll() is None or download.stderr.read())
            download.stop()
        self.assertEqual(self.curl("na", "https://school.test/").rc, 0)
        time.sleep(0.5)
        data = b"".join(item.data for item in self.servers.received()[before:])
        self.assertNotIn(b"games.test", data)


if __name__ == "__main__":
    del sys.argv[1:4]
    run_tests()
