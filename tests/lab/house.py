# SPDX-License-Identifier: GPL-3.0-or-later
"""A house: namespaces of its own with the family's accounts and a cable to a server.

 - Network: two unnamed network namespaces joined by a veth pair. The client (10.77.0.1,
   fd00:77::1; interface lt0) is the family's PC; the server (10.77.0.2 and up; interface lt1) is
   its default route. Two houses never meet, so their addresses may be the same.
 - Files: /etc, /run, /var/lib and /home are the house's own (a mount namespace). The accounts of
   ACCOUNTS stand in /etc/passwd; /etc/resolv.conf names the server.
 - Processes: a pid namespace whose first process is killed with the test, and everything in it.

`house.work` is the house's folder outside; `house.path("/etc/hosts")` is a file of the house as
the test sees it.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from . import bus, servers
from .manager import Manager
from .pace import slowed
from .process import Done, Process, only_child

CLIENT4 = "10.77.0.1"
CLIENT6 = "fd00:77::1"

# name -> (uid, groups): two children, a parent (an administrator), a guest and the agent's user.
ACCOUNTS = {
    "me": (30000, ["sudo"]),
    "na": (30001, []),
    "minh": (30002, ["lop-6a"]),
    "guest": (30003, []),
    "luytre": (30099, []),
}

PREFIX = "lt-house-"
# What a program of the house inherits from the test: how sanitizers and GLib report.
INHERITED = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "G_DEBUG")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def eventually(check, what, timeout=10.0, pause=0.01):
    """Waits until check() is true and returns what it gave; TimeoutError says what did not come."""
    end = time.monotonic() + slowed(timeout)
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {slowed(timeout):g} s: {what}")
        time.sleep(pause)


def remove_leftovers():
    """Removes folders of houses whose test was killed. Returns their names."""
    gone = []
    for folder in pathlib.Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        try:
            owner = int((folder / "owner").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            continue
        if not pathlib.Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


class House:
    """A context manager; `keep=True` leaves the folder with all logs behind."""

    def __init__(self, keep=False, accounts=None):
        self.accounts = dict(accounts or ACCOUNTS)
        self.keep = keep
        self.work = None
        self.holder = None
        self.server_holder = None
        self.servers = None
        self.bus = None
        self._first = None
        self._processes = []
        self.manager = Manager()

    # Life

    def __enter__(self):
        if os.geteuid() != 0:
            raise PermissionError("a house needs root")
        remove_leftovers()
        self.work = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX))
        os.chmod(self.work, 0o755)
        (self.work / "owner").write_text(f"{os.getpid()}\n", encoding="ascii")
        try:
            self._make_holders()
            self._make_network()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.holder:
            self.holder.kill()
            self.holder.wait()
            self.holder.stdout.close()
            self.holder = None
        for process in self._processes:
            process.close()
        self._processes.clear()
        self.manager.close()
        if not self.keep:
            shutil.rmtree(self.work, ignore_errors=True)

    def _make_holders(self):
        accounts = ";".join(f"{name}:{uid}:{','.join(groups)}"
                            for name, (uid, groups) in self.accounts.items())
        hold = pathlib.Path(__file__).with_name("hold.py")
        # Whoever kills the test kills the holder, which is pid 1 of everything in the house.
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL",
             "unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child=KILL",
             "--propagation", "private", "--mount-proc",
             "/usr/bin/python3", str(hold), str(self.work), servers.DNS4, accounts],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self._environment("root"))
        if self.holder.stdout.readline() != b"ready\n":
            raise RuntimeError("the house's first process did not come up")
        self._first = only_child(self.holder.pid)
        self.server_holder = self._enter(["unshare", "--net", "sleep", "infinity"])
        own = os.readlink(f"/proc/{self._first}/ns/net")
        eventually(lambda: os.readlink(f"/proc/{self.server_holder.pid}/ns/net") != own,
                   "the server's network namespace")

    def _make_network(self):
        self.client_ip("link add lt0 type veth peer name lt1 netns", str(self.server_holder.pid))
        self.client_ip("link set lo up")
        self.client_ip(f"addr add {CLIENT4}/24 dev lt0")
        self.client_ip(f"addr add {CLIENT6}/64 dev lt0 nodad")
        self.server_ip("link set lo up")
        for address in servers.ADDRESSES4:
            self.server_ip(f"addr add {address}/24 dev lt1")
        for address in servers.ADDRESSES6:
            self.server_ip(f"addr add {address}/64 dev lt1 nodad")
        self.server_ip("link set lt1 up")
        self.client_ip("link set lt0 up")
        self.client_ip(f"route add default via {servers.WEB4}")
        self.client_ip(f"-6 route add default via {servers.WEB6}")

    # Ways in

    def path(self, inside):
        """A path of the house, as seen from outside."""
        return pathlib.Path(f"/proc/{self._first}/root{inside}")

    def client_ip(self, words, *more):
        """`ip` in the client's network namespace, from outside the house."""
        self._ip(self._first, words, more)

    def server_ip(self, words, *more):
        self._ip(self.server_holder.pid, words, more)

    def _ip(self, pid, words, more):
        subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", *words.split(), *more], check=True)

    def _environment(self, user, extra=None):
        uid = self.accounts[user][0] if user in self.accounts else 0
        home = f"/home/{user}" if user in self.accounts else "/root"
        runtime = f"/run/user/{uid}"
        env = {"PATH": PATH, "HOME": home, "USER": user, "LOGNAME": user, "LANG": "C.UTF-8",
               "TMPDIR": "/tmp", "XDG_RUNTIME_DIR": runtime}
        env.update((name, os.environ[name]) for name in INHERITED if name in os.environ)
        env.update(extra or {})
        return env

    def _enter(self, argv, server=False, user="root", env=None, **popen):
        first = str(self._first)
        command = ["nsenter", "-t", first, "-m", "-r", "-w", "-p", "-i"]
        command += ["-n/proc/%d/ns/net" % self.server_holder.pid] if server else ["-n"]
        command += ["--"] + argv
        popen.setdefault("stdin", subprocess.DEVNULL)
        process = Process(command, env=self._environment(user, env), cwd="/", **popen)
        self._processes.append(process)
        return process

    def start_as(self, user, argv, env=None, **popen):
        """Starts a program as @user on the client and returns its Process."""
        if user != "root":
            uid = str(self.accounts[user][0])
            argv = ["setpriv", "--reuid", uid, "--regid", uid, "--init-groups",
                    "--inh-caps=-all", "--"] + list(argv)
        return self._enter(list(argv), user=user, env=env, **popen)

    def run_as(self, user, argv, timeout=10, env=None, stdin=None) -> Done:
        """Runs a program as @user on the client to its end. Entering costs a few ms of `ms`:
        where a bound matters take the program's own time (curl's %{time_total})."""
        process = self.start_as(user, argv, env=env, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        return self.finish(process, timeout,
                           stdin.encode() if isinstance(stdin, str) else stdin)

    def start_server(self, argv, **popen):
        """Starts a program as root on the server's side of the cable."""
        return self._enter(list(argv), server=True, **popen)

    def run_server(self, argv, timeout=10) -> Done:
        process = self.start_server(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.finish(process, timeout)

    def finish(self, process, timeout, stdin=None):
        """Waits for a program to end, kills it at the timeout, and forgets it."""
        done = process.finish(timeout, stdin)
        self._processes.remove(process)
        return done

    # What a house may have

    def start_servers(self, sites=servers.SITES, aliases=servers.ALIASES, extra_zone=""):
        """nginx (HTTP, HTTPS), DNS and the byte logger; see lab/servers.py."""
        self.servers = servers.Servers(self, sites, aliases, extra_zone)
        self.servers.start()
        return self.servers

    def start_bus(self, policy_files=()):
        """A private system bus with a polkit authority that trusts root and sudo; lab/bus.py."""
        self.bus = bus.Bus(self, policy_files)
        self.bus.start()
        return self.bus

    def start_agent(self, argv, env=None, log="agent.log", ready_s=None):
        """Starts the agent's program as luytre with CAP_NET_ADMIN alone on the client; its output
        goes to house.work/@log. Folders /run/luytre and /var/lib/luytre are its own. With
        @ready_s it returns when the agent has told systemd that it is ready, within that time, and
        is on the bus, if there is one (D-Bus activation would wait for that too); the sockets that
        it gives to the descriptor store are there for the next start."""
        uid = self.accounts["luytre"][0]
        for folder in ("/run/luytre", "/var/lib/luytre"):
            path = self.path(folder)
            path.mkdir(mode=0o755, exist_ok=True)
            shutil.chown(path, uid, uid)
        # As the unit does: the kernel shows the queue's counters to root alone. The unit does it
        # once the agent has its queues; here the file may have to be made first.
        self.run_as("root", ["modprobe", "--quiet", "nfnetlink_queue"])
        self.run_as("root", ["chgrp", str(uid), "/proc/net/netfilter/nfnetlink_queue"])
        argv = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--init-groups",
                "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin",
                "--bounding-set=-all,+net_admin", "--no-new-privs", "--", *argv]
        with open(self.work / log, "ab") as output:
            if ready_s is None:
                self.manager.clear()  # without systemd nobody keeps anything
                return self._enter(argv, user="luytre", env=env, stdout=output, stderr=output)
            return self._start_and_wait(argv, env, output, ready_s)

    def _start_and_wait(self, argv, env, output, ready_s):
        name = "/run/notify"
        self.manager.listen(self.path(name))
        argv, env, fds = self.manager.hand_over(argv, {**(env or {}), "NOTIFY_SOCKET": name})
        process = self._enter(argv, user="luytre", env=env, stdout=output, stderr=output,
                              pass_fds=fds)
        end = time.monotonic() + slowed(ready_s)
        while process.poll() is None and time.monotonic() < end:
            if self.manager.is_ready(0.1):
                if self.bus:
                    eventually(self.bus.has_agent, "the agent on the bus")
                return process
        raise RuntimeError(f"the agent did not become ready: see {output.name}:\n"
                           + pathlib.Path(output.name).read_text("utf-8", "replace")[-2000:])

    def capture(self, name="server.pcap", expression=""):
        """Starts tcpdump on the server's interface; see servers.Capture."""
        return servers.Capture(self, self.work / name, expression)


def main():
    if sys.argv[1:] != ["--clean"]:
        sys.exit("usage: python3 -m lab --clean   (removes folders of houses that were killed)")
    for name in remove_leftovers():
        print("removed", name)
