#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab itself: without an agent everyone reaches everything, and nothing is left behind."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab import LOGGER4, House, eventually, run_tests  # noqa: E402

CURL = ["curl", "-sS", "--max-time", "5"]


class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = House()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.__enter__()
        cls.servers = cls.house.start_servers()

    def test_every_way_to_a_site(self):
        for user in ("na", "me"):
            for scheme in ("http", "https"):
                for family in ("-4", "-6"):
                    with self.subTest(user=user, scheme=scheme, family=family):
                        done = self.house.run_as(user, [*CURL, family, f"{scheme}://games.test/x"])
                        self.assertEqual(done.rc, 0, done.err)
                        self.assertIn("hello from games.test", done.out)
        seen = {(request.scheme, request.sni, request.host) for request in self.servers.requests()}
        self.assertIn(("https", "games.test", "games.test"), seen)
        self.assertIn(("http", "-", "games.test"), seen)

    def test_names(self):
        dig = ["dig", "+short", "+tries=1", "+time=2"]
        self.assertEqual(self.house.run_as("na", [*dig, "alias.test"]).out.split(),
                         ["games.test.", "10.77.0.2"])
        self.assertEqual(self.house.run_as("na", [*dig, "AAAA", "school.test"]).out.strip(),
                         "fd00:77::2")
        self.assertIn("NXDOMAIN", self.house.run_as("na", ["dig", "no-such.test"]).out)

    def test_accounts(self):
        self.assertEqual(self.house.run_as("na", ["id", "-un"]).out, "na\n")
        self.assertIn("lop-6a", self.house.run_as("minh", ["id", "-Gn"]).out.split())
        self.assertIn("sudo", self.house.run_as("me", ["id", "-Gn"]).out.split())
        self.assertIn("na:", self.house.path("/etc/subuid").read_text())

    def test_working_directory(self):
        self.assertEqual(self.house.run_as("na", ["readlink", "/proc/self/cwd"]).out, "/\n")

    def test_logger_and_capture(self):
        capture = self.house.capture("logger.pcap", "tcp")
        done = self.house.run_as("na", [*CURL, "--http0.9", f"http://{LOGGER4}:8443/secret-path"])
        self.assertIn("\n", done.out)
        self.assertGreater(capture.stop(), 3)
        self.assertTrue(capture.contains(b"secret-path"))
        self.assertFalse(capture.contains(b"never-sent"))
        data = b"".join(item.data for item in self.servers.received())
        self.assertIn(b"GET /secret-path", data)

    def test_agents_rights(self):
        agent = self.house.start_agent(["grep", "-E", "^(Cap(Eff|Bnd)|NoNewPrivs|Uid)",
                                        "/proc/self/status"], log="rights.log")
        self.assertEqual(agent.wait(), 0)
        lines = dict(line.split(":", 1) for line in
                     (self.house.work / "rights.log").read_text().splitlines())
        self.assertEqual(int(lines["CapEff"], 16), 1 << 12)
        self.assertEqual(int(lines["CapBnd"], 16), 1 << 12)
        self.assertEqual(lines["Uid"].split()[0], "30099")

    def test_agents_readiness(self):
        say = ["/usr/bin/python3", "-c",
               "import os, socket\n"
               "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(\n"
               "  b'STATUS=x\\nREADY=1', os.environ['NOTIFY_SOCKET'])"]
        self.assertEqual(self.house.start_agent(say, log="ready.log", ready_s=10).wait(), 0)
        with self.assertRaises(RuntimeError):
            self.house.start_agent(["true"], log="not-ready.log", ready_s=10)

    def test_timeout_kills_the_program(self):
        done = self.house.run_as("na", ["sleep", "60"], timeout=0.3)
        self.assertEqual(done.rc, -9)
        self.assertLess(done.ms, 5000)

    def test_bus_and_polkit(self):
        self.house.start_bus()
        call = ["gdbus", "call", "--system", "--dest", "org.freedesktop.PolicyKit1",
                "--object-path", "/org/freedesktop/PolicyKit1/Authority", "--method",
                "org.freedesktop.PolicyKit1.Authority.CheckAuthorization"]
        for user, word in (("me", "true"), ("na", "false")):
            done = self.house.run_as(user, [
                "sh", "-c", 'exec "$@" "(\'unix-process\', {\'pid\': <uint32 $$>})" x "{}" 0 ""',
                "sh", *call])
            self.assertIn(f"(({word}, false,", done.out, done.err)
        session = self.house.bus.start_session("na")
        done = self.house.run_as("na", ["gdbus", "call", "--session", "--dest",
                                        "org.freedesktop.DBus", "--object-path", "/", "--method",
                                        "org.freedesktop.DBus.GetId"], env=session)
        self.assertEqual(done.rc, 0, done.err)


class KilledTest(unittest.TestCase):
    def test_nothing_survives(self):
        program = ("import sys; sys.path.insert(0, %r)\n"
                   "from lab import House\n"
                   "house = House().__enter__()\n"
                   "child = house.start_as('na', ['sleep', '1234'])\n"
                   "print(house.work, child.pid, flush=True)\n"
                   "import signal; signal.pause()\n"
                   % str(pathlib.Path(__file__).resolve().parent.parent))
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as test:
            work, pid = test.stdout.readline().decode().split()
            self.assertTrue(os.path.exists(f"/proc/{pid}"))
            test.send_signal(signal.SIGKILL)
            test.wait()
        eventually(lambda: not os.path.exists(f"/proc/{pid}"), "the end of the house")
        tests = pathlib.Path(__file__).resolve().parent.parent
        subprocess.run([sys.executable, "-m", "lab", "--clean"], cwd=tests, check=True,
                       stdout=subprocess.DEVNULL)
        self.assertFalse(os.path.exists(work))
        self.assertEqual(pathlib.Path(work).parent, pathlib.Path(tempfile.gettempdir()))


if __name__ == "__main__":
    run_tests()
