# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that boots: Debian 12 with systemd, D-Bus and polkit in a container, luytre installed.

    with Booted(build) as machine:
        machine.run("systemctl", "is-active", "luytred.service")

The root is made once by debootstrap (lab/debian13.py) and only read: what a machine changes lies
over it and goes with it. Its network is its own and empty; start_dns() puts a DNS server there that
systemd-resolved asks.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

from . import debian13
from .house import eventually
from .pace import slowed
from .process import Done, Process, only_child
from .servers import nsd_conf

SUITE = "bookworm"
PACKAGES = ("avahi-daemon", "dbus", "libnss-resolve", "libpam-systemd", "nscd", "polkitd",
            "systemd", "systemd-resolved", "systemd-sysv")
USERS = ("me", "na")
DNS = "10.78.0.1"
RESOLVED = f"[Resolve]\nDNS={DNS}\nCache=no\nLLMNR=no\nMulticastDNS=no\n"

START = """set -e
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$1"; lower=$2
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$1/upper,workdir=$1/work" root
for user in $3; do chroot root useradd --create-home "$user"; done
chroot root ldconfig
chroot root systemctl --quiet enable luytred.service
exec systemd-nspawn --quiet --directory="$1/root" --boot --register=no --keep-unit \\
  --console=pipe --private-network
"""


def _install(build, folder):
    """luytre, and the libraries that its programs need, as this machine has them."""
    subprocess.run(["meson", "install", "-C", str(build), "--no-rebuild", "--quiet", "--destdir",
                    str(folder)], check=True, capture_output=True)
    if (folder / "lib").is_dir():  # a link in the root below
        shutil.copytree(folder / "lib", folder / "usr/lib", symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(folder / "lib")
    programs = [build / "agent/luytred", build / "agent/ctl/luytrectl", build / "tray/luytre-tray",
                build / "agent/update/luytre-update"]
    linked = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    for line in linked.splitlines():
        name = line.partition("=>")[2].split()
        if name:
            to = folder / os.path.realpath(os.path.dirname(name[0])).lstrip("/")
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(name[0], to)


class Booted:
    """A context manager; `build` is a build folder."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.work = None
        self.init = None
        self._outer = None
        self._nsd = None

    def __enter__(self):
        lower = debian13.root(SUITE, PACKAGES)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="lt-booted-"))
        for name in ("upper", "work", "root"):
            (self.work / name).mkdir()
        try:
            _install(self.build, self.work / "upper")
            self._boot(lower)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _boot(self, lower):
        # Whoever kills the test kills the container.
        with open(self.work / "boot.log", "wb") as log:
            self._outer = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation",
                 "private", "sh", "-c", START, "sh", str(self.work), str(lower), " ".join(USERS)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        eventually(self._find_init, "the container's first process", timeout=60)
        eventually(lambda: self.run("systemctl", "is-system-running").out.strip() in (
            "running", "degraded"), "the boot", timeout=120, pause=0.3)

    def _find_init(self):
        if self._outer.poll() is not None:
            raise RuntimeError((self.work / "boot.log").read_text("utf-8"))
        pid = only_child(self._outer.pid)
        comm = pathlib.Path(f"/proc/{pid}/comm")
        if pid is None or not comm.exists() or comm.read_text("utf-8") != "systemd\n":
            return False
        self.init = pid
        return True

    def start_dns(self, zone):
        """@zone: all that the server knows, lines below the root."""
        work = self.work / "nsd"
        work.mkdir()
        (work / "root.zone").write_text(
            "$ORIGIN .\n$TTL 60\n@ SOA ns.test. lab.test. 1 3600 600 86400 5\n@ NS ns.test.\n"
            + zone, encoding="ascii")
        (work / "nsd.conf").write_text(nsd_conf(work, [DNS]), encoding="ascii")
        inside = ["nsenter", "-t", str(self.init), "-n", "--"]
        for words in ("link add lt0 type veth peer name lt1", f"address add {DNS}/24 dev lt0",
                      "link set lt0 up", "link set lt1 up"):
            subprocess.run([*inside, "ip", *words.split()], check=True)
        with open(work / "out.log", "wb") as log:
            self._nsd = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *inside, "nsd", "-d", "-c",
                 str(work / "nsd.conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.run("mkdir", "-p", "/run/systemd/resolved.conf.d")
        self.run("tee", "/run/systemd/resolved.conf.d/lab.conf", stdin=RESOLVED)
        self.run("systemctl", "restart", "systemd-resolved.service")
        eventually(lambda: self.run("resolvectl", "query", "ns.test").rc == 0, "the DNS server")

    def __exit__(self, *_):
        if self._nsd:
            self._nsd.terminate()
            self._nsd.wait()
        if self.init:
            os.kill(self.init, 9)
        if self._outer:
            self._outer.kill()
            self._outer.wait()
        shutil.rmtree(self.work, ignore_errors=True)

    def run(self, *argv, timeout=60, stdin=None) -> Done:
        """As root, to its end."""
        process = Process(["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-n", "-p", "-C",
                           "--", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        return process.finish(timeout, None if stdin is None else stdin.encode())

    def run_as(self, user, *argv, **more) -> Done:
        return self.run("runuser", "-u", user, "--", *argv, **more)

    def nft(self, words):
        """This machine's nft on the container's tables."""
        return subprocess.run(["nsenter", "-t", str(self.init), "-n", "nft", *shlex.split(words)],
                              capture_output=True, text=True, timeout=slowed(20))

    def show(self, name):
        """A property of luytred.service."""
        return self.run("systemctl", "show", "--value", "-p", name, "luytred.service").out.strip()

    def pid_outside(self, comm):
        """The process of that name, a child of the first, as the test sees it."""
        with open(f"/proc/{self.init}/task/{self.init}/children", encoding="ascii") as file:
            for pid in map(int, file.read().split()):
                path = pathlib.Path(f"/proc/{pid}/comm")
                if path.exists() and path.read_text("utf-8").strip() == comm:
                    return pid
        return None
