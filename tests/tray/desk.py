# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk for a tray: private buses, an agent that is a mock, and a place where notices appear."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import dbus
import dbus.lowlevel

HERE = pathlib.Path(__file__).resolve().parent
AGENT = "org.luytre.Agent1"
AGENT_PATH = "/org/luytre/Agent1"
CHILD = "org.luytre.Agent1.Child"
MOCK = "org.freedesktop.DBus.Mock"
NOTES = "org.freedesktop.Notifications"
NOTES_PATH = "/org/freedesktop/Notifications"
PATIENCE_S = 20
FOREVER = 2**63 - 1

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={dir}/{kind}.socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def eventually(what, check):
    """Waits until check() is true and returns what it returned."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = check()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"never happened: {what}")


class Desk:
    """Everything is started by this object, and ended by close()."""

    def __init__(self, tray, locale_dir, language="en", address=None):
        self.tray_program = tray
        self.locale_dir = locale_dir
        self.dir = tempfile.mkdtemp(prefix="luytre-tray-")
        self.processes = []
        self.buses = {}
        self.agent_process = None
        self.tray_process = None
        self.env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=language, TZ="Asia/Ho_Chi_Minh",
                        HOME=self.dir, XDG_CONFIG_HOME=self.dir, XDG_CACHE_HOME=self.dir,
                        XDG_DATA_HOME=self.dir, XDG_RUNTIME_DIR=self.dir, GTK_A11Y="none",
                        NO_AT_BRIDGE="1", GIO_USE_VFS="local", GSETTINGS_BACKEND="memory",
                        G_DEBUG="fatal-criticals", PYTHONDONTWRITEBYTECODE="1")
        for name in ("DISPLAY", "DBUS_STARTER_ADDRESS", "DBUS_STARTER_BUS_TYPE"):
            self.env.pop(name, None)
        if address:
            self.write("luytre/tray.conf", address)
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.start_bus("system")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self.start_bus("session")
        self.system = dbus.bus.BusConnection(self.env["DBUS_SYSTEM_BUS_ADDRESS"])
        self.session = dbus.bus.BusConnection(self.env["DBUS_SESSION_BUS_ADDRESS"])

    def write(self, name, text):
        """A file of the user's configuration."""
        path = pathlib.Path(self.dir, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def start(self, *arguments, **options):
        """A process of this desk."""
        process = subprocess.Popen(arguments, env=self.env, **options)
        self.processes.append(process)
        return process

    def start_bus(self, kind):
        """A bus of our own; returns its address."""
        config = pathlib.Path(self.dir, kind + ".conf")
        config.write_text(BUS_CONFIG.format(dir=self.dir, kind=kind), encoding="utf-8")
        process = self.start("dbus-daemon", "--nofork", "--print-address=1",
                             f"--config-file={config}", stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
        self.buses[kind] = process
        return process.stdout.readline().strip().partition(",guid=")[0]

    def restart_system_bus(self):
        """The system bus ends, the agent with it, and begins anew under its old address."""
        self.stop(self.agent_process)
        self.agent_process = None
        self.system.set_exit_on_disconnect(False)
        self.stop(self.buses["system"])
        pathlib.Path(self.dir, "system.socket").unlink(missing_ok=True)
        self.start_bus("system")
        self.system = dbus.bus.BusConnection(self.env["DBUS_SYSTEM_BUS_ADDRESS"])

    def stop(self, process):
        """Ends a process that start() began."""
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=PATIENCE_S)
        if process.stdout:
            process.stdout.close()
        self.processes.remove(process)

    def close(self):
        """Ends what was started, the last first. A tray that died before is a failure."""
        died = self.tray_process and self.tray_process.poll()
        for process in reversed(list(self.processes)):
            self.stop(process)
        self.system.close()
        self.session.close()
        shutil.rmtree(self.dir)
        if died:
            raise AssertionError(f"the tray died: {died}")

    def start_mock(self, bus, template, parameters, name):
        """A dbusmock server; returns when its name is there."""
        kind = "--system" if bus is self.system else "--session"
        process = self.start(sys.executable, "-m", "dbusmock", kind, "--template", str(template),
                             "--parameters", json.dumps(parameters), stdout=subprocess.DEVNULL)
        eventually(f"{name} on its bus", lambda: bus.name_has_owner(name))
        return process

    def start_agent(self, child=None, **parameters):
        """The mock agent; the child is this user, unless said otherwise."""
        self.child_uid = os.getuid() if child is None else child
        self.agent_process = self.start_mock(
            self.system, HERE / "mock_agent.py", dict(parameters, child=self.child_uid), AGENT)

    def stop_agent(self):
        """The agent goes away."""
        self.stop(self.agent_process)
        eventually("the agent's name is free", lambda: not self.system.name_has_owner(AGENT))

    def agent(self, interface=AGENT + ".Test"):
        """The mock agent's main object."""
        return dbus.Interface(self.system.get_object(AGENT, AGENT_PATH, introspect=False),
                              interface)

    def child(self):
        """The mock agent's child object, by the mock's own interface."""
        path = f"{AGENT_PATH}/child/{self.child_uid}"
        return dbus.Interface(self.system.get_object(AGENT, path, introspect=False), MOCK)

    def agent_calls(self, method):
        """The arguments of the calls that the agent got."""
        if method == "Ask":
            return [args for _, args in self.child().GetMethodCalls(method)]
        return [args for _, args in self.agent(MOCK).GetMethodCalls(method)]

    def start_notes(self, capabilities="actions body body-markup"):
        """A notification server that keeps what it was told."""
        self.start_mock(self.session, "notification_daemon", {"capabilities": capabilities}, NOTES)

    def notes(self):
        """The mock notification server."""
        return dbus.Interface(self.session.get_object(NOTES, NOTES_PATH, introspect=False), MOCK)

    def start_tray(self, *arguments):
        """The tray; returns when it has subscribed, if there is an agent."""
        n_before = len(self.agent_calls("Subscribe")) if self.agent_process else 0
        self.tray_process = self.start(str(self.tray_program), f"--locale-dir={self.locale_dir}",
                                       *arguments)
        eventually("the tray's name", lambda: self.session.name_has_owner("org.luytre.Tray"))
        if self.agent_process:
            self.until_subscribed(n_before)

    def until_subscribed(self, n_before=0):
        """The tray has subscribed, and has asked what is open."""
        eventually("Subscribe", lambda: len(self.agent_calls("Subscribe")) > n_before)
        eventually("ListRequests", lambda: len(self.agent_calls("ListRequests")) > n_before)

    def tell(self, signal, **fields):
        """The agent sends a signal of the child."""
        self.child().EmitSignal(CHILD, signal, "a{sv}", [typed(fields)])

    def tell_blocked(self, name, **fields):
        """The usual one: a messenger, closed by a parent."""
        usual = {"uid": self.child_uid, "name": name, "action": "block", "reason": "category",
                 "owner": "household", "rule": "chat", "until": 0, "protocol": "tls",
                 "asked": False}
        self.tell("Blocked", **dict(usual, **fields))

    def shown(self):
        """What was shown: a list of Note, in order."""
        return [Note(args) for _, args in self.notes().GetMethodCalls("Notify")]

    def until_shown(self, what, n=1):
        """Waits for the nth notice whose title or body has these words; returns it."""
        def find():
            found = [note for note in self.shown() if what in note.title or what in note.body]
            return found[n - 1] if len(found) >= n else None
        return eventually(f"a notice with {what!r}", find)

    def press(self, note, action):
        """The user presses a button. The mock gives ids in order of showing."""
        arguments = dbus.Array([dbus.UInt32(note.id_in(self)), action], signature="v")
        self.notes().EmitSignal(NOTES, "ActionInvoked", "us", arguments)


class Note:
    """One call of Notify."""

    def __init__(self, args):
        (_, self.replaces, self.icon, self.title, self.body, actions, self.hints,
         self.timeout_ms) = args
        self.actions = dict(zip(actions[::2], actions[1::2]))

    def id_in(self, desk):
        """The id that the mock gave: its own if it replaces, else the count of new ones."""
        if self.replaces:
            return int(self.replaces)
        new = [note for note in desk.shown() if not note.replaces]
        return next(number for number, note in enumerate(new, 1)
                    if (note.title, note.body) == (self.title, self.body))


# The fields of the contract that are no strings.
TYPES = {"uid": dbus.UInt32, "by": dbus.UInt32, "id": dbus.Int64, "until": dbus.Int64,
         "from": dbus.Int64, "request": dbus.Int64, "answered": dbus.Int64}


def typed(fields):
    """A dictionary of the contract; "from_" stands for "from"."""
    values = {}
    for key, value in fields.items():
        key = key.rstrip("_")
        kind = dbus.Boolean if isinstance(value, bool) else TYPES.get(key, dbus.String)
        kind = dbus.Int64 if key == "asked" and not isinstance(value, bool) else kind
        values[key] = kind(value)
    return dbus.Dictionary(values, signature="sv")


def forge(bus, destination, path, signal, fields):
    """A signal from somebody who is not the agent, right to the tray's own connection."""
    message = dbus.lowlevel.SignalMessage(path, CHILD, signal)
    message.set_destination(destination)
    message.append(typed(fields), signature="a{sv}")
    bus.send_message(message)
    bus.flush()
