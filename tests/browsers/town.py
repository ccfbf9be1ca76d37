# SPDX-License-Identifier: GPL-3.0-or-later
"""A house whose server side is a small internet: web sites with HTTP/3, search engines, a public
resolver, records with ECH. With the agent, or without it to show that a way around would work."""

import json
import pathlib

import chromium
import firefox
from ech import config_list
from lab import House, eventually
from lab.caddy import Front
from trust import trust

WEB4, WEB6 = "10.77.0.5", "fd00:77::5"
SHARED4 = "10.77.0.6"
SEARCH4, SAFE4 = "10.77.0.7", "10.77.0.8"
RESOLVER4 = "10.77.0.9"

# Each kind of site once open and once closed for Na: "NAME.open.test", "NAME.closed.test".
#  plain: addresses alone; Alt-Svc offers HTTP/3.    record: an HTTPS record offers HTTP/3.
#  hidden: the record also offers ECH behind OUTER.   hidden3: the same with HTTP/3.
OUTER = "outer.test"
KINDS = ("plain", "record", "hidden", "hidden3")
WEB_NAMES = tuple(f"{kind}.{end}" for kind in KINDS for end in ("open.test", "closed.test"))
# Two sites with one certificate and one address: a browser takes one connection for both.
SHARED_NAMES = ("open.shared.test", "closed.shared.test")
ENGINES = {
    "www.google.com": "forcesafesearch.google.com",
    "www.bing.com": "strict.bing.com",
    "www.youtube.com": "restrict.youtube.com",
}
# Public resolvers that both stand for: one that a user chooses, one that Firefox chooses itself.
DOH_NAMES = ("dns.google", "mozilla.cloudflare-dns.com")

RULES = {
    "luytre": 1,
    "profiles": {
        "na": {"sites": {"default": "allow", "block": ["closed.test", SHARED_NAMES[1]],
                         "safe-search": True, "youtube": "strict",
                         "unknown-protocols": "block"}},
        "minh": {"sites": {"default": "allow", "safe-search": False, "youtube": "off",
                           "unknown-protocols": "block"}},
    },
    "children": [{"user": "na", "profile": "na"}, {"user": "minh", "profile": "minh"}],
}


def _zone():
    # Firefox believes the first name's absence only if it finds the other two.
    lines = [f"{OUTER}. A {WEB4}", "use-application-dns.net. A 192.0.2.1",
             f"firefox.com. A {WEB4}", f"mozilla.org. A {WEB4}",
             *(f"{name}. A {RESOLVER4}" for name in DOH_NAMES)]
    for name in WEB_NAMES:
        lines += [f"{name}. A {WEB4}", f"{name}. AAAA {WEB6}"]
        kind = name.split(".", maxsplit=1)[0]
        if kind == "record":
            lines.append(f"{name}. HTTPS 1 . alpn=h3,h2")
        elif kind.startswith("hidden"):
            protocols = "h3,h2" if kind.endswith("3") else "h2"
            lines.append(f"{name}. HTTPS 1 . alpn={protocols} ech={config_list(OUTER)}")
    lines += [f"{name}. A {SHARED4}" for name in SHARED_NAMES]
    for engine, safe in ENGINES.items():
        lines += [f"{engine}. A {SEARCH4}", f"{safe}. A {SAFE4}"]
    return "".join(f"{line}\n" for line in lines)


class Town:
    """A context manager. @programs: (luytred, luytrectl, source folder), or None for no agent."""

    def __init__(self, programs=None, keep=False):
        self.programs = programs
        self.house = House(keep=keep)
        self.servers = None
        self.caddy = None
        self.resolver = None
        self.agent = None

    def __enter__(self):
        self.house.__enter__()
        try:
            self._start_servers()
            # A browser drops its connections when an address of the machine comes into use.
            eventually(self._has_settled, "addresses of the house")
            for user in ("na", "minh", "me"):
                trust(self.house, user, self.servers.authority)
            if self.programs:
                self._start_agent()
        except BaseException:
            self.house.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self.house.__exit__(None, None, None)

    def _has_settled(self):
        run = self.house.run_as("root", ["ip", "-6", "addr", "show", "tentative"])
        return run.rc == 0 and not run.out.strip()

    def _start_servers(self):
        for address in (WEB4, SHARED4, SEARCH4, SAFE4, RESOLVER4):
            self.house.server_ip(f"addr add {address}/24 dev lt1")
        self.house.server_ip(f"addr add {WEB6}/64 dev lt1 nodad")
        self.servers = self.house.start_servers(sites=("school.test",), aliases={},
                                                extra_zone=_zone())
        engines = tuple(ENGINES)
        self.caddy = self.servers.start_caddy(
            [Front("web", (WEB4, WEB6), (*WEB_NAMES, OUTER)), Front("shared", (SHARED4,), ()),
             Front("search", (SEARCH4,), engines), Front("safe", (SAFE4,), engines)],
            SHARED_NAMES)
        self.resolver = self.servers.start_resolver(DOH_NAMES, RESOLVER4)

    def _start_agent(self):
        luytred, luytrectl, source = self.programs
        self.house.start_bus([pathlib.Path(source) / "systemd" / "org.luytre.Agent1.conf"])
        self.agent = self.house.start_agent([luytred], ready_s=20)
        done = self.house.run_as("me", [luytrectl, "rules", "set", "-"],
                                 stdin=json.dumps(RULES))
        if done.rc != 0:
            raise RuntimeError(done.err)

    def ctl(self, user, *words):
        return self.house.run_as(user, [self.programs[1], *words])

    # Browsers

    def chromium(self, *switches, user="na", **options):
        """Chromium that takes this town's HTTP/3 as it would take the world's: it does so only
        with an authority of its own list, unless a port of the same host is named here."""
        hosts = ",".join(f"{name}:4444" for name in
                         (*WEB_NAMES, OUTER, *SHARED_NAMES, *ENGINES))
        forced = [switch for switch in switches if switch.startswith("--origin-to-force-quic-on=")]
        others = [switch for switch in switches if switch not in forced]
        joined = ",".join([hosts, *(switch.split("=", 1)[1] for switch in forced)])
        return chromium.Chromium(self.house, user, f"--origin-to-force-quic-on={joined}", *others,
                                 **options)

    def firefox(self, prefs=None, user="na"):
        return firefox.Firefox(self.house, user, prefs)

    # What the kernel counts

    def queued(self):
        """Packets that the kernel has queued for the agent."""
        lines = self.house.run_as("root", ["cat", "/proc/net/netfilter/nfnetlink_queue"]).out
        return sum(int(line.split()[7]) for line in lines.splitlines())
