#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine is told about the programs: units, account, bus policy, polkit, autostart.

usage: test_systemd.py SOURCE_ROOT BUILD_ROOT [unittest arguments]
"""

import configparser
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

from gi.repository import Gio, GLib

SOURCE = pathlib.Path()
BUILD = pathlib.Path()
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# The exposure that systemd-analyze may find, in tenths.
EXPOSURE = 15

# The helper's, which runs for a moment with the right over others' access control lists.
DOORS_EXPOSURE = 9

# What fetches lists, which needs the network.
UPDATE_EXPOSURE = 10

# What system.conf says before any service's own policy.
SYSTEM_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:dir={dir}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


def run(*arguments, **options):
    """What a program says, and how it ends."""
    return subprocess.run([str(item) for item in arguments], capture_output=True, text=True,
                          timeout=120, check=False, **options)


def values(unit, key):
    """All values of a key of a unit."""
    return re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)


class FolderTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="luytre-systemd-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        """A file in the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class UnitTest(FolderTest):
    """The units, with the programs as they were built."""

    def unit(self, name, program):
        text = (BUILD / "systemd" / name).read_text(encoding="utf-8")
        installed = values(text, "ExecStart")[0].split()[0]
        self.assertEqual(pathlib.Path(installed).name, program.name)
        return text.replace(f"ExecStart={installed}", f"ExecStart={program}")

    def agent(self):
        return self.unit("luytred.service", BUILD / "agent/luytred")

    def doors(self):
        return self.unit("luytre-doors@.service", BUILD / "agent/doors/luytre-doors")

    def updater(self):
        return self.unit("luytre-update.service", BUILD / "agent/update/luytre-update")

    def tray(self):
        return self.unit("luytre-tray.service", BUILD / "tray/luytre-tray")

    def verify(self, name, text, *options):
        env = dict(os.environ, XDG_RUNTIME_DIR=str(self.folder))
        done = run("systemd-analyze", "verify", "--man=no", *options, self.write(name, text),
                   env=env)
        return done.returncode, done.stdout + done.stderr

    def exposure(self, text, threshold=EXPOSURE):
        return run("systemd-analyze", "security", "--offline=true", f"--threshold={threshold}",
                   self.write("luytred.service", text)).returncode

    def test_agent_is_valid(self):
        self.assertEqual(self.verify("luytred.service", self.agent()), (0, ""))

    def test_tray_is_valid(self):
        self.assertEqual(self.verify("luytre-tray.service", self.tray(), "--user"), (0, ""))

    def test_helper_is_valid_and_hardened(self):
        self.assertEqual(self.verify("luytre-doors@.service", self.doors()), (0, ""))
        socket = (SOURCE / "systemd/luytre-doors.socket").read_text(encoding="utf-8")
        self.assertEqual(self.verify("luytre-doors.socket", socket), (0, ""))
        self.assertEqual(self.exposure(self.doors(), DOORS_EXPOSURE), 0)
        self.assertEqual(values(self.doors(), "CapabilityBoundingSet"), ["CAP_FOWNER"])
        # The agent alone calls it.
        self.assertEqual((values(socket, "SocketUser"), values(socket, "SocketMode")),
                         (["luytre"], ["0600"]))

    def test_updater_is_valid_and_hardened(self):
        self.assertEqual(self.verify("luytre-update.service", self.updater()), (0, ""))
        self.assertEqual(self.exposure(self.updater(), UPDATE_EXPOSURE), 0)
        self.assertEqual(values(self.updater(), "CapabilityBoundingSet"), [""])
        self.assertEqual(values(self.updater(), "User"), ["luytre-update"])
        self.assertEqual(values(self.updater(), "Group"), ["luytre"])
        timer = (SOURCE / "systemd/luytre-update.timer").read_text(encoding="utf-8")
        self.write("luytre-update.service", self.updater())
        self.assertEqual(self.verify("luytre-update.timer", timer), (0, ""))
        self.assertEqual(values(timer, "Persistent"), ["yes"])
        # Not all machines at one time, and each always at the same.
        self.assertEqual((values(timer, "RandomizedDelaySec"), values(timer, "FixedRandomDelay")),
                         (["6h"], ["yes"]))
        self.assertTrue(values(timer, "RandomizedDelaySec"))

    def test_mistakes_are_seen(self):
        _, said = self.verify("luytred.service", self.agent().replace("WatchdogSec", "WachdogSec"))
        self.assertIn("WachdogSec", said)
        code, _ = self.verify("luytred.service", re.sub(r"ExecStart=\S+", "ExecStart=/none",
                                                        self.agent(), count=1))
        self.assertNotEqual(code, 0)

    def test_agent_is_hardened(self):
        self.assertEqual(self.exposure(self.agent()), 0)
        for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateDevices=yes"):
            self.assertNotEqual(self.exposure(self.agent().replace(line, "")), 0, line)

    def test_agent_has_one_capability(self):
        for key in ("AmbientCapabilities", "CapabilityBoundingSet"):
            self.assertEqual(values(self.agent(), key), ["CAP_NET_ADMIN"])
        self.assertEqual(values(self.agent(), "User"), ["luytre"])

    def test_agent_comes_back_and_keeps_its_sockets(self):
        self.assertEqual(values(self.agent(), "Restart"), ["always"])
        self.assertEqual(values(self.agent(), "StartLimitIntervalSec"), ["0"])
        self.assertEqual(values(self.agent(), "RuntimeDirectoryPreserve"), ["yes"])
        self.assertGreaterEqual(int(values(self.agent(), "FileDescriptorStoreMax")[0]), 16)

    def test_agent_sees_what_it_reads(self):
        # The unit hides these; the agent must not look for anything there.
        self.assertEqual(values(self.agent(), "ProtectHome"), ["yes"])
        for path in sorted((SOURCE / "agent").rglob("*.c")):
            found = re.findall(r'"(/(?:home|root|run/user|tmp|dev/(?!null))\b[^"]*)"',
                               path.read_text(encoding="utf-8"))
            self.assertEqual(found, [], path)

    def test_agent_is_there_before_the_network(self):
        before = values(self.agent(), "Before")[0].split()
        self.assertEqual(set(before), {"network-pre.target", "systemd-user-sessions.service"})
        self.assertIn("network-pre.target", values(self.agent(), "Wants"))


class AccountTest(FolderTest):
    """The agent's account."""

    def test_account(self):
        (self.folder / "etc").mkdir()
        done = run("systemd-sysusers", f"--root={self.folder}",
                   SOURCE / "systemd/luytre.sysusers.conf")
        self.assertEqual(done.returncode, 0, done.stderr)
        homes = {}
        for line in (self.folder / "etc/passwd").read_text(encoding="utf-8").splitlines():
            name, _, uid, _, words, homes[name], shell = line.split(":")
            self.assertIn("nologin", shell)
            self.assertIn("Lũy Tre", words)
            self.assertLess(int(uid), 1000)
        self.assertEqual(homes, {"luytre": "/var/lib/luytre",
                                 "luytre-update": "/var/lib/luytre-lists"})


class ModulesTest(unittest.TestCase):
    """Kinds of sockets whose packets have no owner are not loaded by whoever asks for one."""

    def test_read(self):
        done = run("modprobe", "-C", SOURCE / "systemd/luytre.modprobe.conf", "--showconfig")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("blacklist rxrpc", done.stdout.splitlines())


class BusPolicyTest(FolderTest):
    """A real bus with our policy; the agent's account is another name here."""

    def bus(self, account):
        policy = (SOURCE / "systemd/org.luytre.Agent1.conf").read_text(encoding="utf-8")
        self.assertIn('user="luytre"', policy)
        included = self.write("agent.conf", policy.replace('"luytre"', f'"{account}"'))
        config = self.write("bus.conf", SYSTEM_BUS.format(dir=self.folder, policy=included))
        process = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={config}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        self.address = process.stdout.readline().strip()

    def connect(self):
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)

    def own(self, connection):
        return connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "RequestName", GLib.Variant("(su)", ("org.luytre.Agent1", 4)), None,
            Gio.DBusCallFlags.NONE, 10000, None).unpack()

    def error(self, work, *arguments):
        try:
            work(*arguments)
        except GLib.Error as error:
            return Gio.DBusError.get_remote_error(error).rpartition(".")[2]
        return None

    def call(self, connection, interface):
        connection.call_sync("org.luytre.Agent1", "/", interface, "Anything", None, None,
                             Gio.DBusCallFlags.NONE, 10000, None)

    def test_only_the_agent_has_the_name(self):
        self.bus("nobody" if os.getuid() != pwd.getpwnam("nobody").pw_uid else "daemon")
        self.assertEqual(self.error(self.own, self.connect()), "AccessDenied")

    def test_only_listed_interfaces(self):
        self.bus(pwd.getpwuid(os.getuid()).pw_name)
        agent = self.connect()
        self.assertEqual(self.own(agent), (1,))
        client = self.connect()
        for interface in ("org.luytre.Agent1", "org.luytre.Agent1.Child",
                          "org.freedesktop.DBus.Introspectable"):
            # It arrives: the agent, which has no objects here, answers for itself.
            self.assertEqual(self.error(self.call, client, interface), "UnknownMethod", interface)
        for interface in ("org.luytre.Agent1.Other", "org.freedesktop.Application",
                          "org.gtk.Actions"):
            self.assertEqual(self.error(self.call, client, interface), "AccessDenied", interface)


class PolkitTest(unittest.TestCase):
    """The actions."""

    def setUp(self):
        self.path = BUILD / "systemd/org.luytre.agent.policy"
        self.actions = {action.get("id"): action for action in
                        xml.etree.ElementTree.parse(self.path).getroot().iter("action")}

    def test_form(self):
        done = run("xmllint", "--noout", "--nonet", "--dtdvalid",
                   "/usr/share/polkit-1/policyconfig-1.dtd", self.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_contract_names_these_actions(self):
        contract = (SOURCE / "agent/bus/org.luytre.Agent1.xml").read_text(encoding="utf-8")
        named = set(re.findall(r"org\.luytre\.agent\.[a-z]+(?:-[a-z]+)*", contract))
        self.assertEqual(set(self.actions), named)

    def test_each_needs_an_administrator(self):
        for name, action in self.actions.items():
            defaults = {item.tag: item.text for item in action.find("defaults")}
            self.assertEqual(defaults, {"allow_any": "auth_admin", "allow_inactive": "auth_admin",
                                        "allow_active": "auth_admin_keep"}, name)
            notes = {item.get("key"): item.text for item in action.iter("annotate")}
            self.assertEqual(notes, {"org.freedesktop.policykit.owner": "unix-user:luytre"}, name)

    def test_words_in_vietnamese(self):
        for name, action in self.actions.items():
            for tag in ("description", "message"):
                words = {item.get(XML_LANG): item.text for item in action.iter(tag)}
                self.assertEqual(set(words), {None, "vi"}, name)
                self.assertNotEqual(words["vi"], words[None], name)


class InstalledTest(FolderTest):
    """Everything has a place."""

    def test_places(self):
        done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {path.name: path for path in self.folder.rglob("*")}
        for name, place in (
                ("luytred.service", "systemd/system"),
                ("luytre-doors.socket", "systemd/system"),
                ("luytre-doors@.service", "systemd/system"),
                ("luytre-doors", "libexec"),
                ("luytre-update.service", "systemd/system"),
                ("luytre-update.timer", "systemd/system"),
                ("luytre-update", "libexec"),
                ("luytre-update.8", "man/man8"),
                ("catalogue.json", "share/luytre"),
                ("org.luytre.Doors.conf", "dbus-1/system.d"),
                ("luytre.conf", "sysusers.d"),
                ("luytre.conf", "usr/lib/modprobe.d"),
                ("org.luytre.Agent1.conf", "dbus-1/system.d"),
                ("org.luytre.Agent1.service", "dbus-1/system-services"),
                ("org.luytre.agent.policy", "polkit-1/actions"),
                ("luytre-tray.desktop", "xdg/autostart"),
                ("policy.d", "luytre"),
                ("luytre.mo", "locale/vi/LC_MESSAGES"),
                ("luytred.8", "man/man8"),
                ("luytrectl.1", "man/man1"),
                ("luytre-tray.1", "man/man1"),
                ("luytrectl", "bash-completion/completions")):
            self.assertIn(name, found)
            places = [str(path.parent) for path in self.folder.rglob(name)]
            self.assertTrue(any(item.endswith(place) for item in places), (name, places))
        timer = next(path for path in self.folder.rglob("luytre-update.timer") if path.is_symlink())
        self.assertEqual(timer.parent.name, "timers.target.wants")
        link = next(path for path in self.folder.rglob("luytre-tray.service") if path.is_symlink())
        self.assertEqual(link.parent.name, "graphical-session.target.wants")
        self.assertTrue(link.resolve().is_file())

    def test_activation_goes_through_systemd(self):
        activation = configparser.ConfigParser()
        activation.read(BUILD / "systemd/org.luytre.Agent1.service", encoding="utf-8")
        service = activation["D-BUS Service"]
        self.assertEqual(service["Name"], "org.luytre.Agent1")
        self.assertEqual(service["SystemdService"], "luytred.service")
        self.assertTrue(service["Exec"].endswith("/false"))

    def test_autostart_has_words(self):
        entry = configparser.ConfigParser()
        entry.read(BUILD / "systemd/luytre-tray.desktop", encoding="utf-8")
        self.assertIn("comment[vi]", entry["Desktop Entry"])
        self.assertEqual(entry["Desktop Entry"]["X-systemd-skip"], "true")


if __name__ == "__main__":
    SOURCE, BUILD = (pathlib.Path(item).resolve() for item in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
