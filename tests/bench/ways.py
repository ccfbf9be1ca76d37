# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways that a house's packets can take, one house each: without a filter, with one of the
usual parts of a filter, with the agent, with a peer. All programs of a house, the servers too, are
in a control group of its own, so that what a load costs is known to the microsecond."""

import json
import os
import pathlib
import re
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from lab import House, eventually  # noqa: E402

SITE = "school.test"
N_HELLO = 16
HELLO4 = "10.77.0.16"  # and the next N_HELLO - 1: each has ports of its own for the clients
NEAR4 = "10.77.0.8"  # a resolver that answers at once
FAR4, FAR_US = "10.77.0.9", 2000  # one that takes its time
QUEUE = 77
QUIET_S = 0.02

RULES = {
    "luytre": 1,
    "profiles": {"p": {"sites": {"default": "allow", "block": ["games.test"]}}},
    "children": [{"user": "na", "profile": "p"}],
}
# A parent's PC before there is a child: what the agent does when it has nothing to do.
NO_RULES = {"luytre": 1, "profiles": {}, "children": []}

CONNTRACK = """table inet floor {
  chain output { type filter hook output priority 0; ct state established counter accept; }
}
"""

# The owner is stamped once; the packet with the hello goes up, its mark is kept.
ONE_TRIP = """table inet one_trip {
  chain up { %s; }
  chain out {
    type filter hook output priority mangle - 10;
    ct mark & 0x3 == 0x3 accept
    ct state new meta skuid 30001 ct mark set 0x1
    ct mark 0x1 tcp flags & psh == psh goto up
    ct mark 0x1 meta l4proto udp goto up
  }
  chain save { type filter hook output priority mangle; meta mark 0x3 ct mark set 0x3; }
}
"""


def cgroup_root():
    """Where control groups of version 2 are mounted."""
    for line in pathlib.Path("/proc/mounts").read_text(encoding="ascii").splitlines():
        words = line.split()
        if words[2] == "cgroup2":
            return pathlib.Path(words[1])
    raise RuntimeError("no control groups of version 2")


class BenchHouse(House):
    """A house whose programs are in a control group; `build` is where ours are."""

    def __init__(self, build):
        super().__init__()
        self.build = pathlib.Path(build)
        self.group = None
        self.forwarder = None  # where programs of this house send their DNS, if not to a resolver

    @property
    def first_pid(self):
        """A process that lives as long as the house does."""
        return self._first

    def __enter__(self):
        self.group = cgroup_root() / f"luytre-bench-{os.getpid()}-{id(self):x}"
        self.group.mkdir()
        return super().__enter__()

    def __exit__(self, *what):
        super().__exit__(*what)

        def is_gone():
            try:
                self.group.rmdir()
            except OSError:
                return not self.group.exists()
            return True
        eventually(is_gone, "the end of a house's programs")

    def _enter(self, argv, *args, **options):
        joined = ["/bin/sh", "-c", 'echo 0 > "$0"; exec "$@"', str(self.group / "cgroup.procs"),
                  *argv]
        return super()._enter(joined, *args, **options)

    def cpu_us(self):
        """Time on all processors that the house's programs have had."""
        for line in (self.group / "cpu.stat").read_text(encoding="ascii").splitlines():
            name, value = line.split()
            if name == "usage_usec":
                return int(value)
        raise RuntimeError("no usage_usec")

    def settle(self):
        """Waits until the house's programs have nothing left to do."""
        def is_quiet():
            before = self.cpu_us()
            time.sleep(QUIET_S)
            return self.cpu_us() - before < QUIET_S * 1e6 / 10
        eventually(is_quiet, "the end of what a load has left", timeout=60)

    def queues(self):
        """The kernel's table of packet queues that somebody reads."""
        path = pathlib.Path(f"/proc/{self._first}/net/netfilter/nfnetlink_queue")
        return path.read_text(encoding="ascii").splitlines() if path.exists() else []

    def n_queued(self):
        """Packets that any program has got from a queue."""
        return sum(int(line.split()[7]) for line in self.queues())

    def program(self, name):
        """A program of ours as the house's users can run it."""
        return str(self.build / name)

    def nft(self, text):
        done = self.run_as("root", ["nft", "-f", "-"], stdin=text)
        return done.rc == 0

    def serve(self):
        """nginx, nsd, and servers that cost next to nothing."""
        self.start_servers([SITE], {})
        for address in (NEAR4, FAR4):
            self.server_ip(f"addr add {address}/24 dev lt1")
        for index in range(N_HELLO):
            first, last = HELLO4.rsplit(".", 1)
            self.server_ip(f"addr add {first}.{int(last) + index}/24 dev lt1")
        for words in (["hello", f"{HELLO4}+{N_HELLO}", "443"], ["dns", f"{NEAR4}+1", "0"],
                      ["dns", f"{FAR4}+1", str(FAR_US)]):
            self.start_and_wait(self.start_server, [self.program("tests/bench/bench-server"),
                                                    *words])

    def start_and_wait(self, start, argv):
        """Starts a program that says "ready"."""
        log = self.work / f"{pathlib.Path(argv[0]).name}-{time.monotonic_ns()}.log"
        with open(log, "wb") as output:
            process = start(argv, stdout=output, stderr=output)
        eventually(lambda: b"ready" in log.read_bytes() or process.poll() is not None,
                   f"{argv[0]} ready")
        if process.poll() is not None:
            raise RuntimeError(f"{argv}: {log.read_text()}")
        return process

    def resolver(self, address):
        """Names the system's resolver."""
        self.path("/etc/resolv.conf").write_text(f"nameserver {address}\n", encoding="ascii")


def setup_none(house):
    """No rule at all."""


def setup_conntrack(house):
    """Connections are followed, as by any firewall that knows them: the floor of this design."""
    if not house.nft(CONNTRACK):
        raise RuntimeError("nft refuses the rule of connection tracking alone")


def setup_nfqueue(house):
    """The packet with the hello goes to a program that looks at nothing: the limit."""
    words = [house.program("tests/bench/bench-one-trip"), str(QUEUE), "3"]
    if not house.nft(ONE_TRIP % f"queue num {QUEUE}"):
        if not house.nft(ONE_TRIP % "drop"):
            raise RuntimeError("nft refuses the rules of one trip")
        words += ["xt", "one_trip", "up"]
    house.start_and_wait(lambda argv, **files: house.start_as("root", argv, **files), words)


def set_rules(house, rules):
    done = house.run_as("me", [house.program("agent/ctl/luytrectl"), "rules", "set", "-"],
                        stdin=json.dumps(rules))
    if done.rc != 0:
        raise RuntimeError(done.err)


def setup_luytre(house):
    """The agent as it is installed; its flow memory is where it is on a real machine: no disk."""
    house.path("/run/luytre").mkdir()
    house.run_as("root", ["mount", "-t", "tmpfs", "tmpfs", "/run/luytre"])
    house.start_bus([HERE.parents[1] / "systemd" / "org.luytre.Agent1.conf"])
    unit = (HERE.parents[1] / "systemd" / "luytred.service.in").read_text(encoding="utf-8")
    watchdog_s = int(re.search(r"^WatchdogSec=(\d+)s$", unit, re.MULTILINE).group(1))
    house.agent = house.start_agent([house.program("agent/luytred")], ready_s=20,
                                    env={"WATCHDOG_USEC": str(watchdog_s * 1000000)})


def setup_opensnitch(house):
    """OpenSnitch of Debian without its window: what it does not know it lets through."""
    config = json.loads(pathlib.Path("/etc/opensnitchd/default-config.json")
                        .read_text(encoding="utf-8"))
    config["ProcMonitorMethod"] = "proc"
    config["Server"]["LogFile"] = "/dev/null"
    house.path("/etc/opensnitchd/default-config.json").write_text(json.dumps(config),
                                                                  encoding="utf-8")
    (house.work / "rules").mkdir()
    log = house.work / "opensnitch.log"
    with open(log, "wb") as output:
        house.agent = house.start_as("root", [
            "opensnitchd", "-rules-path", str(house.work / "rules"), "-queue-num", "0",
            "-process-monitor-method", "proc"], stdout=output, stderr=output)
    eventually(lambda: house.agent.poll() is not None or house.queues(), "opensnitchd's queue")
    if house.agent.poll() is not None:
        raise RuntimeError(log.read_text()[-500:])


def setup_dnsmasq(house):
    """Debian's usual forwarder, without its cache: programs ask it, it asks the resolver."""
    house.start_as("root", ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
                            "--pid-file=", "--user=root", "--no-hosts", "--cache-size=0",
                            "--bind-interfaces", "--listen-address=127.0.0.1"])
    house.forwarder = "127.0.0.1"
    eventually(lambda: "127.0.0.1:53" in house.run_as("root", ["ss", "-Hlun"]).out, "dnsmasq")


WAYS = {
    "none": setup_none,
    "none again": setup_none,
    "conntrack": setup_conntrack,
    "nfqueue": setup_nfqueue,
    "luytre": setup_luytre,
    "dnsmasq": setup_dnsmasq,
    "opensnitch": setup_opensnitch,
}
# Those that know nothing but one kind of load, by how its name begins.
ONLY = {"dnsmasq": "dns"}
NEEDED = {"opensnitch": ("opensnitchd", "opensnitch"), "dnsmasq": ("dnsmasq", "dnsmasq-base")}


def why_not(name):
    """Why a way cannot be had on this machine; None: it can."""
    program, package = NEEDED.get(name, ("true", ""))
    if shutil.which(program) is None:
        return f"{program} is not installed (Debian's package {package})"
    return None
