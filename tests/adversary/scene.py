# SPDX-License-Identifier: GPL-3.0-or-later
"""A house in which tricks are played, with or without the agent, and what its servers received."""

import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
from evidence import asked_for  # noqa: E402
from lab import (LOGGER4, LOGGER6, SLOW, WEB4, WEB6, House, eventually, slowed)  # noqa: E402

OPEN, CLOSED = "allowed.test", "blocked.test"
TLS4, TLS6 = "10.77.0.4", "fd00:77::4"
RULES = {
    "luytre": 1,
    "profiles": {"na": {"sites": {"default": "allow", "block": [CLOSED]}}},
    "children": [{"user": "na", "profile": "na"}],
}
# What a trick is played on: addresses and port.
SERVERS = {
    "tls": (TLS4, TLS6, 443),  # OpenSSL behind a log, asks for another key share first
    "log": (LOGGER4, LOGGER6, 443),
    "plain": (LOGGER4, LOGGER6, 80),
    "web": (WEB4, WEB6, 80),  # nginx
    "site": (WEB4, WEB6, 443),
}
# What never arrives: packets that begin with the marks of tricks/pages.py, and those that have come
# too far.
LOST = ("tcp dport 443 @ih,0,24 0x160304", "tcp dport 80 @ih,0,40 0x4c4f535420",
        "tcp dport 80 @ih,0,40 0x3036340d0a", "ip ttl < 5", "ip6 hoplimit < 5")


class Scene:
    """One house; `guard` is the agent's packet path in it, or None."""

    def __init__(self, guard=None):
        self.guard_argv = guard
        self.guard = None
        self.house = House()
        self.house.__enter__()
        self.servers = self.house.start_servers(sites=(OPEN, CLOSED), aliases={})
        self._start_tls_server()
        self._make_roads()
        rules = self.house.work / "rules.json"
        rules.write_text(json.dumps(RULES), encoding="utf-8")
        os.chmod(rules, 0o644)
        if guard:
            self.start_guard()

    def close(self):
        self.house.__exit__(None, None, None)

    def _start_tls_server(self):
        work = self.servers.work
        listen = [f"{address}/443" for address in (TLS4, TLS6)]
        with open(work / "tls.out", "wb") as output:
            self.house.start_server(
                ["/usr/bin/python3", str(HERE / "tls_server.py"), str(work / "tls.jsonl"),
                 str(work / f"{OPEN}.crt"), str(work / f"{OPEN}.key"), "secp384r1", *listen],
                stdout=output, stderr=output)
        eventually(lambda: all(f"{address}:443" in self.house.run_server(["ss", "-Hltn"]).out
                               for address in (TLS4, f"[{TLS6}]")), "the TLS server")

    def _make_roads(self):
        """TCP Fast Open at both ends; small windows at the server; the road that loses; a device
        for network stacks of one's own, open to all as udev makes it."""
        rules = "".join(f"add rule inet road in {lost} drop\n" for lost in LOST)
        script = self.house.work / "road.nft"
        script.write_text("add table inet road\nadd chain inet road in { type filter hook input "
                          f"priority 0; }}\n{rules}", encoding="ascii")
        fast = ["sysctl", "-qw", "net.ipv4.tcp_fastopen=3"]
        tunnel = ["sh", "-c", "mknod /run/tun c 10 200 && chmod 666 /run/tun && mount --bind "
                  "/run/tun /dev/net/tun"]
        for done in (self.house.run_as("root", fast), self.house.run_server(fast),
                     self.house.run_as("root", tunnel),
                     self.house.run_server(["sysctl", "-qw",
                                            "net.ipv4.tcp_rmem=4096 32768 65536"]),
                     self.house.run_server(["nft", "-f", str(script)])):
            if done.rc != 0:
                raise RuntimeError(done.err)

    def start_guard(self):
        log = self.house.work / "agent.log"
        n_ready = log.read_text(encoding="utf-8").count("ready\n") if log.exists() else 0
        program, kind = self.guard_argv
        self.guard = self.house.start_agent(
            [program, "/run/luytre", str(self.house.work / "rules.json"), kind, "na:30001:1"])
        eventually(lambda: log.read_text(encoding="utf-8").count("ready\n") > n_ready
                   or self.guard.poll() is not None, "the packet path")
        if self.guard.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8"))

    # What the servers got

    def _streams(self):
        """The bytes of each connection so far; more of one than a request takes is left out. To
        some servers the end of a stream is that of its request."""
        streams, whole = {}, set()
        ends = (self.servers.work / "received.jsonl.ended").read_text(encoding="ascii").split()
        for name in ("received.jsonl", "tls.jsonl"):
            log = self.servers.work / name
            for line in log.read_text(encoding="ascii").splitlines() if log.exists() else []:
                item = json.loads(line)
                stream = streams.setdefault((name, item["connection"]), bytearray())
                if len(stream) < 50_000:
                    stream += bytes.fromhex(item["hex"])
                if item["port"] == 80 and str(item["connection"]) in ends:
                    whole.add((name, item["connection"]))
        for key in whole:
            streams[key] += b"\r\n\r\n"
        return streams.values()

    def asked_for(self):
        """The sites that were asked for so far, as complete requests, once there is quiet."""
        sizes = [None]

        def is_quiet():
            logs = (self.servers.work / name for name in ("received.jsonl", "tls.jsonl",
                                                          "access.log"))
            sizes.append([log.stat().st_size for log in logs if log.exists()])
            return sizes[-1] == sizes[-2]

        eventually(is_quiet, "silence at the servers", pause=slowed(0.1))
        names = set()
        for stream in self._streams():
            names |= asked_for(bytes(stream))
        for served in self.servers.requests():
            names |= {served.host.lower().rstrip("."), served.sni.lower().rstrip(".")}
        return names

    # Tricks

    @staticmethod
    def job(site, script, variant, server, family):
        """What tricks/player.py reads."""
        address4, address6, port = SERVERS[server]
        return [script, variant, address6 if family == 6 else address4, port, site, SLOW]

    def play_all(self, jobs, at_once, timeout=120):
        """Plays many tricks. Returns what they said: site -> {"refused", "error"}."""
        done = self.house.run_as("na", ["/usr/bin/python3", str(HERE / "tricks" / "player.py"),
                                        str(at_once)], timeout=timeout,
                                 stdin="".join(json.dumps(job) + "\n" for job in jobs))
        if done.rc != 0:
            raise RuntimeError(done.err)
        return dict(json.loads(line) for line in done.out.splitlines()), done.err

    def start(self, job, user="na"):
        """Starts one trick alone."""
        script, variant, *words = job
        return self.house.start_as(
            user, ["/usr/bin/python3", str(HERE / "tricks" / f"{script}.py"), variant,
                   *map(str, words)], stdin=-1, stdout=-1, stderr=-1)
