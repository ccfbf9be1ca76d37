# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of a booted machine: a child's lookups go by packets, which the agent sees, whichever way
of systemd-resolved's, nscd's and avahi-daemon's its programs try; others' ways stay open."""

import os
import pathlib
import subprocess

from lab import eventually

ADDRESS = "198.51.100.7"
ZONE = f"ns.test. A {ADDRESS}\nopen.test. A {ADDRESS}\nblocked.test. A {ADDRESS}\n"
# What the journal says when the helper is away, which one of these tests does.
NO_HELPER = "Children can look up names past the agent"

# As the account: connects, says something and prints what comes back, or the error's name.
TALK = """
import errno, os, socket, sys
folder, name, uid, words = sys.argv[1:]
os.chdir(folder)
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
with socket.socket(socket.AF_UNIX) as talk:
    try:
        talk.connect(name)
        talk.sendall(words.encode() + bytes(1))
        print(talk.recv(4096).decode("utf-8", "replace"))
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
ASK_VARLINK = ('{"method": "io.systemd.Resolve.ResolveHostname", "parameters": '
               '{"name": "blocked.test", "family": 2, "flags": 0}}')
VARLINK_ADDRESS = '"address":[198,51,100,7]'
BUSCTL = ("busctl", "--system", "call")
AVAHI = (*BUSCTL, "org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server", "ResolveHostName",
         "iisiu", "--", "-1", "-1", "blocked.test", "0", "0")
AVAHI_CONF = "/etc/avahi/avahi-daemon.conf"
MANAGER = ("/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager", "ResolveHostname",
           "isit", "0", "blocked.test", "2", "0")
BUS_ADDRESS = " ".join(["4", *ADDRESS.split(".")])


def rules_for(*users):
    return {"luytre": 1,
            "profiles": {"p": {"sites": {"default": "allow", "block": ["blocked.test"]}}},
            "children": [{"user": user, "profile": "p"} for user in users]}


class Lookups:
    """For a test case with a machine whose accounts are "me" and "na"."""

    def talk(self, user, folder, name, words):
        uid = self.machine.run("id", "-u", user).out.strip()
        inside = pathlib.Path(f"/proc/{self.machine.init}/root{folder}")
        # This machine's Python as a process of the other: systemd-resolved wants its number.
        return subprocess.run(["nsenter", "-t", str(self.machine.init), "-p", "/usr/bin/python3",
                               "-c", TALK, str(inside), name, uid, words],
                              capture_output=True, text=True, timeout=60, check=True).stdout

    def varlink(self, user):
        return self.talk(user, "/run/systemd/resolve", "io.systemd.Resolve", ASK_VARLINK)

    def nscd(self, user):
        """EACCES, or what nscd says to what is no question of its protocol: it hangs up."""
        return self.talk(user, "/run/nscd", "socket", "").strip()

    def avahi(self, user):
        """What avahi-daemon says at its socket."""
        words = "RESOLVE-HOSTNAME-IPV4 blocked.test\n"
        return self.talk(user, "/run/avahi-daemon", "socket", words)

    def ask_bus(self, user, name="org.freedesktop.resolve1"):
        return self.machine.run_as(user, *BUSCTL, name, *MANAGER)

    def bus_owner(self):
        """systemd-resolved's own name on the bus."""
        done = self.machine.run("busctl", "--system", "call", "org.freedesktop.DBus",
                                "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner",
                                "s", "org.freedesktop.resolve1")
        return done.out.split('"')[1]

    def libc(self, user, name):
        """What programs ask, by nsswitch.conf: the address, or nothing."""
        return self.machine.run_as(user, "getent", "ahosts", name).out.split()[:1]

    def assert_open(self, user):
        self.assertIn(VARLINK_ADDRESS, self.varlink(user))
        self.assertNotEqual(self.nscd(user), "EACCES")
        for name in ("org.freedesktop.resolve1", self.bus_owner()):
            done = self.ask_bus(user, name)
            self.assertIn(BUS_ADDRESS, done.out, done.err)
        for argv in (AVAHI, ("resolvectl", "query", "blocked.test")):
            done = self.machine.run_as(user, *argv)
            self.assertIn(ADDRESS, done.out, done.err)
        for name in ("open.test", "blocked.test"):
            self.assertEqual(self.libc(user, name), [ADDRESS])

    def assert_closed(self, user):
        self.assertEqual(self.varlink(user).strip(), "EACCES")
        self.assertEqual(self.nscd(user), "EACCES")
        for name in ("org.freedesktop.resolve1", self.bus_owner()):
            self.assertIn("Access denied", self.ask_bus(user, name).err)
        for argv in (AVAHI, ("resolvectl", "query", "blocked.test")):
            done = self.machine.run_as(user, *argv)
            self.assertIn("Access denied", done.out + done.err)
        # By packets, past what is closed: open names are found all the same.
        self.assertEqual(self.libc(user, "open.test"), [ADDRESS])
        self.assertEqual(self.libc(user, "blocked.test"), [])
        self.assertEqual(self.machine.run_as(user, "cat", "/etc/resolv.conf").rc, 0)

    def lookups(self):
        """The doctor's word: "ok" or "weak"."""
        lines = self.machine.run("luytrectl", "doctor").out.splitlines()
        return next(line.split()[0] for line in lines if line.split()[1:2] == ["lookups"])

    def forget_children(self):
        """The DNS sockets of former children leave with the agent."""
        self.set_rules()
        self.machine.run("systemctl", "restart", "luytred.service")

    def set_children(self, *users):
        self.addCleanup(self.forget_children)
        done = self.set_rules(rules=rules_for(*users))
        self.assertEqual(done.rc, 0, done.err)
        eventually(lambda: self.lookups() == "ok", "the doors")

    def test_lookups_of_children(self):
        """Closed for whoever is a child now, also when the agent dies, and for nobody else."""
        self.set_children("na")
        self.assert_closed("na")
        self.assert_open("me")
        self.set_children("me")
        self.assert_closed("me")
        self.assert_open("na")
        n_restarts = self.restarts()
        self.machine.run("systemctl", "kill", "--signal=KILL", "luytred.service")
        self.assertEqual(self.varlink("me").strip(), "EACCES")
        eventually(lambda: self.restarts() > n_restarts and
                   self.machine.show("ActiveState") == "active", "the next agent", timeout=30)
        self.assert_closed("me")

    def test_lookups_after_a_restart_of_resolvers(self):
        """systemd-resolved's new socket is closed from its first moment, nscd's when it is seen."""
        self.set_children("na")
        self.machine.run("systemctl", "restart", "systemd-resolved.service")
        self.assertEqual(self.varlink("na").strip(), "EACCES")
        self.machine.run("systemctl", "restart", "nscd.service")
        eventually(lambda: self.nscd("na") == "EACCES", "nscd closed")
        self.assert_closed("na")
        self.assert_open("me")

    def test_lookups_in_the_local_network(self):
        """At its socket avahi-daemon asks no servers, so that stays open for children; the bus only
        where it never does."""
        self.set_children("na")
        self.assertIn("Timeout", self.avahi("na"))
        self.addCleanup(self.machine.run, "systemctl", "restart", "avahi-daemon.service")
        self.addCleanup(self.machine.run, "sed", "-i", "s/wide-area=no/wide-area=yes/", AVAHI_CONF)
        self.machine.run("sed", "-i", "s/wide-area=yes/wide-area=no/", AVAHI_CONF)
        self.machine.run("systemctl", "restart", "avahi-daemon.service")
        eventually(lambda: "imeout" in self.machine.run_as("na", *AVAHI).err, "the bus",
                   timeout=30)
        self.assertIn("Access denied", self.ask_bus("na").err)

    def lists(self):
        """What is left of access control lists, and the helper's file."""
        found = []
        root = pathlib.Path(f"/proc/{self.machine.init}/root")
        for folder in ("run/systemd/resolve", "run/nscd", "run/avahi-daemon"):
            for path in [root / folder, *(root / folder).rglob("*")]:
                found += [(path.name, key) for key in os.listxattr(path) if "posix_acl" in key]
        return found + [path.name for path in (root / "run/luytre-doors").glob("bus.conf")]

    def test_lookups_without_the_agent(self):
        """Stopped by an administrator everything is open, and nothing is left of it."""
        self.set_children("na")
        self.assertNotEqual(self.lists(), [])
        self.assertEqual(self.machine.run("systemctl", "stop", "luytred.service").rc, 0)
        self.assertEqual(self.lists(), [])
        self.assert_open("na")
        self.machine.run("systemctl", "start", "luytred.service")
        eventually(lambda: self.lookups() == "ok", "the doors")
        self.assert_closed("na")

    def test_lookups_without_the_helper(self):
        """The doctor says that the doors are open; they are closed when the helper is back."""
        self.set_children("me")
        self.machine.run("systemctl", "stop", "luytre-doors.socket")
        self.addCleanup(self.machine.run, "systemctl", "start", "luytre-doors.socket")
        self.set_rules(rules=rules_for("na"))
        eventually(lambda: self.lookups() == "weak", "the doctor")
        self.assertIn(VARLINK_ADDRESS, self.varlink("na"))
        self.machine.run("systemctl", "start", "luytre-doors.socket")
        # The agent looks again when something happens to the sockets, and every ten seconds.
        self.machine.run("systemctl", "restart", "nscd.service")
        eventually(lambda: self.lookups() == "ok", "the doors", timeout=30)
        self.assert_closed("na")
