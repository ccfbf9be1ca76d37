# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done in each house, and what is measured of it."""

import json
import pathlib
import re
import time
from typing import NamedTuple

from lab import DNS4, WEB4
from ways import FAR4, HELLO4, N_HELLO, ONLY, SITE

MIB = 1 << 20
OTHERS_WAYS = ("none", "none again", "conntrack", "luytre", "opensnitch")


class Measured(NamedTuple):
    """One load in one house: operations a second, CPU time of one, its median time, failures (of
    all, and those of more than a second), packets to a queue. Times in microseconds."""

    rate: float
    cpu_us: float
    median_us: float
    n: int
    failed: int
    slow: int
    late: int
    queued: int


class Load(NamedTuple):
    """@what is an operation; @user does it; @fixed: the rate is given, look at the rest."""

    title: str
    what: str
    make: object
    user: str = "na"
    fixed: int = 0


def _measure(house, run):
    cpu, queued = house.cpu_us(), house.n_queued()
    found = run()
    n = found["n"]
    return Measured(n / (found["elapsed_us"] / 1e6), (house.cpu_us() - cpu) / n,
                    found["median_us"], n, found["failed"], found["slow"], found["late"],
                    house.n_queued() - queued)


def bulk(scheme, n_bytes):
    """A download; operations are mebibytes."""
    def run(house, user):
        n = max(1, n_bytes // MIB)
        done = house.run_as(user, [
            "curl", "-sS", "-o", "/dev/null", "--resolve", f"{SITE}:443:{WEB4}", "--resolve",
            f"{SITE}:80:{WEB4}", "--range", f"0-{n * MIB - 1}", "-w",
            "%{time_total} %{time_starttransfer} %{size_download}", f"{scheme}://{SITE}/big"],
            timeout=120)
        if done.rc != 0:
            return {"n": n, "elapsed_us": done.ms * 1000, "median_us": done.ms * 1000, "failed": n,
                    "slow": 0, "late": 0}
        total, first, size = map(float, done.out.split())
        return {"n": n, "elapsed_us": (total - first) * 1e6, "median_us": first * 1e6,
                "failed": int(size != n * MIB), "slow": 0, "late": 0}
    return lambda house, user: _measure(house, lambda: run(house, user))


def load(kind, target, port, count, rate, at_once, before=None):
    """bench-load."""
    def run(house, user):
        to = house.forwarder if kind == "dns" and house.forwarder else target
        done = house.run_as(user, [house.program("tests/bench/bench-load"), kind, to, str(port),
                                   SITE, str(count), str(rate), str(at_once)], timeout=120)
        if done.rc != 0:
            raise RuntimeError(f"{user}, {kind}: {done.err}")
        return json.loads(done.out)

    def measure(house, user):
        if before is not None:
            before(house)
            house.settle()  # the agent asks the new resolver for what it wants to know
        return _measure(house, lambda: run(house, user))
    return measure


def takes_part(way, name, load):
    """Whether a way has that load."""
    if load.user != "na":
        return way in OTHERS_WAYS
    return name.startswith(ONLY.get(way, ""))


def all_loads(scale):
    """name -> Load; @scale makes them larger or smaller."""
    def some(count):
        return max(1, int(count * scale))

    hello = f"{HELLO4}+{N_HELLO}"
    http = bulk("http", some(512 * MIB))
    short = load("tcp", hello, 443, some(2000), 0, 32)
    return {
        "http": Load("Download, HTTP", "MiB", http),
        "https": Load("Download, HTTPS", "MiB", bulk("https", some(256 * MIB))),
        "hello": Load("New connections, hello and answer", "connection", short),
        "tls": Load("New TLS connections, full handshake and request", "connection",
                    load("tls", WEB4, 443, some(300), 0, 8)),
        "rate1000": Load("1,000 new connections a second", "connection",
                         load("tcp", hello, 443, some(1000), 1000, 16384), fixed=1000),
        "rate5000": Load("5,000 new connections a second", "connection",
                         load("tcp", hello, 443, some(5000), 5000, 16384), fixed=5000),
        # A child has 4,096 flows at most; one of UDP lasts half a minute, as long as a round.
        "quic": Load("New QUIC connections", "connection",
                     load("quic", hello, 443, some(200), 0, 16)),
        "quic1000": Load("1,000 new QUIC connections a second", "connection",
                         load("quic", hello, 443, some(500), 1000, 16384), fixed=1000),
        "dns": Load("DNS questions, 16 at once", "question",
                    load("dns", DNS4, 53, max(600, some(600)), 0, 16,
                         lambda house: house.resolver(DNS4))),
        "dns-one": Load("DNS questions, one by one", "question",
                        load("dns", DNS4, 53, some(200), 0, 1)),
        "dns-far": Load("DNS questions, one by one, a resolver that takes 2 ms", "question",
                        load("dns", FAR4, 53, some(100), 0, 1,
                             lambda house: house.resolver(FAR4))),
        "other-http": Load("Another user's download, HTTP", "MiB", http, user="me"),
        "other-hello": Load("Another user's new connections", "connection", short, user="me"),
    }


def task_switches(pid):
    """How often each thread of a program has woken up of its own, by thread."""
    switches = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            status = (task / "status").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        switches[task.name] = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status,
                                            re.MULTILINE).group(1))
    return switches


def wakeups(before, after):
    """Between two looks at task_switches(). Of a thread that has ended nothing is known."""
    return sum(count - before.get(task, 0) for task, count in after.items())


def resident_kib(pid):
    """Resident memory."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


def idle(pid, seconds):
    """Wake-ups a second while nothing happens, and memory; not at once, because a thread that has
    had work ends some seconds after it."""
    time.sleep(seconds / 2)
    before, start = task_switches(pid), time.monotonic()
    time.sleep(seconds)  # what is measured is that nothing happens
    n_wakeups = wakeups(before, task_switches(pid))
    return {"wakeups_per_s": n_wakeups / (time.monotonic() - start),
            "rss_kib": resident_kib(pid)}
