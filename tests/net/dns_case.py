# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the DNS proxy share: the program dns-proxy-run in a house, and dig."""

import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import DNS4, House, eventually, run_tests  # noqa: E402,F401

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""

HOSTILE4, HOSTILE6 = "10.77.0.9", "fd00:77::9"

SLOT = {"na": 1, "minh": 2}


class Proxy:
    """dns-proxy-run as the agent's user on the client's side."""

    def __init__(self, house, folder, servers, policy, max_files, env):
        self.folder = folder
        self.resolv_conf = folder / "resolv.conf"
        self.policy = folder / "policy.json"
        self.write_servers(servers)
        self.write_policy(policy)
        uid = str(house.accounts["luytre"][0])
        program = folder / "dns-proxy-run"
        self.errors = open(folder / "errors.txt", "w+b")
        self.process = house.start_as(
            "root", ["prlimit", f"--nofile={max_files}", "--",
                     "setpriv", "--reuid", uid, "--regid", uid, "--clear-groups",
                     "--bounding-set", "-all", "--",
                     str(program), str(self.resolv_conf), str(self.policy),
                     *[f"{user}:{house.accounts[user][0]}:{slot}" for user, slot in SLOT.items()]],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.lines = queue.Queue()
        self.events = []
        threading.Thread(target=self._read, daemon=True).start()
        self.expect("published ")
        self.port = {}
        for user, slot in SLOT.items():
            self.port[user] = int(self.expect(f"port {slot} ").split()[2])

    def _read(self):
        for line in self.process.stdout:
            text = line.decode().rstrip()
            if text.startswith("event "):
                self.events.append(text[6:])
            else:
                self.lines.put(text)

    def expect(self, start):
        try:
            line = self.lines.get(timeout=10)
        except queue.Empty:
            line = "nothing; " + self.error_text()
        if not line.startswith(start):
            raise AssertionError(f"expected {start!r}, got {line!r}")
        return line

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def command(self, words, answer):
        self.process.stdin.write((words + "\n").encode())
        self.process.stdin.flush()
        return self.expect(answer)

    def stats(self):
        return json.loads(self.command("stats", "stats ")[6:])

    def write_servers(self, servers, replace=False):
        text = "options timeout:1 attempts:1\n" + "".join(f"nameserver {s}\n" for s in servers)
        target = self.folder / "new.conf" if replace else self.resolv_conf
        target.write_text(text, encoding="ascii")
        os.chmod(target, 0o644)
        if replace:
            target.rename(self.resolv_conf)

    def write_policy(self, policy):
        self.policy.write_text(json.dumps(policy), encoding="utf-8")
        os.chmod(self.policy, 0o644)

    def publish(self, policy):
        self.write_policy(policy)
        self.command(f"rules {self.policy}", "published ")

    def stop(self):
        """Ends it by an end of file; a clean exit without a sanitizer's report is the test."""
        self.process.stdin.close()
        status = self.process.wait(20)
        text = self.error_text()
        self.errors.close()
        return status, text


class Answer:
    """What dig said."""

    def __init__(self, done):
        self.text = done.out
        found = re.search(r"status: (\w+)", done.out)
        self.status = found.group(1) if found else "NONE"
        self.filtered = "EDE: 17 (Filtered)" in done.out
        found = re.search(r"Query time: (\d+) msec", done.out)
        self.ms = int(found.group(1)) if found else None
        found = re.search(r"MSG SIZE +rcvd: (\d+)", done.out)
        self.size = int(found.group(1)) if found else 0
        self.by_tcp = "(TCP)" in done.out
        self.truncated = "Truncated, retrying in TCP" in done.out
        self.records = [line.split(None, 4) for line in done.out.splitlines()
                        if line and not line.startswith(";")]
        section = done.out.partition(";; ANSWER SECTION:\n")[2].partition("\n\n")[0]
        self.answers = [line.split(None, 4) for line in section.splitlines()]


class ProxyCase(unittest.TestCase):
    policy = {}
    zone = ""
    servers = (DNS4,)
    max_files = 4096
    proxy_env = None

    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.house.start_servers(extra_zone=cls.zone)
        # Not from where they are: a home may hide the tree from the house.
        for name in ("hostile_dns.py", "dns_client.py"):
            shutil.copy(HERE / name, cls.house.work / name)
        for address in (f"{HOSTILE4}/24", f"{HOSTILE6}/64"):
            cls.house.server_ip(f"addr add {address} dev lt1 nodad" if ":" in address
                                else f"addr add {address} dev lt1")

    def setUp(self):
        folder = self.house.work / self.id().rsplit(".", 1)[1]
        folder.mkdir(mode=0o755)
        shutil.copy(PROGRAM, folder / "dns-proxy-run")
        self.proxy = Proxy(self.house, folder, self.servers, self.policy,
                           self.max_files, self.proxy_env)
        self.addCleanup(self.check_end)

    def check_end(self):
        status, text = self.proxy.stop()
        self.assertEqual((status, text), (0, ""))

    def dig(self, user, *words, host="127.0.0.1", time_s=4):
        done = self.house.run_as(user, ["dig", f"@{host}", "-p", str(self.proxy.port[user]),
                                        "+tries=1", f"+time={time_s}", *words], timeout=30)
        return Answer(done)

    def client(self, mode, user, *words, timeout=60):
        done = self.house.run_as(user, ["/usr/bin/python3",
                                        str(self.house.work / "dns_client.py"), mode,
                                        str(self.proxy.port[user]), *map(str, words)],
                                 timeout=timeout)
        self.assertEqual(done.rc, 0, done.err)
        return json.loads(done.out)

    def assert_refused(self, answer):
        self.assertEqual(answer.status, "NXDOMAIN", answer.text)
        self.assertTrue(answer.filtered, answer.text)

    def assert_found(self, answer, address="10.77.0.2"):
        self.assertEqual(answer.status, "NOERROR", answer.text)
        self.assertIn(address, [record[-1] for record in answer.records], answer.text)
