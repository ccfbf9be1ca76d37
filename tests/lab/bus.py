# SPDX-License-Identifier: GPL-3.0-or-later
"""A private system bus on the client, at the ordinary path, with a polkit authority of the lab.

Programs of the house find it at /run/dbus/system_bus_socket as on any machine. `policy_files` are
the D-Bus policy files under test; without any, everyone may own and call anything.
"""

import os
import pathlib
import shutil
import subprocess

OPEN_POLICY = """
  <policy context="default">
    <allow own="*"/> <allow send_destination="*"/> <allow send_type="signal"/>
  </policy>"""

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>{kind}</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/> <deny send_type="method_call"/>
    <allow send_type="signal"/> <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/> <allow receive_type="method_call"/>
    <allow receive_type="method_return"/> <allow receive_type="error"/>
    <allow receive_type="signal"/> <allow send_destination="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  <policy user="root"><allow own="*"/></policy>{more}
</busconfig>
"""


class Bus:
    """Made by House.start_bus()."""

    SOCKET = "/run/dbus/system_bus_socket"

    def __init__(self, house, policy_files=()):
        self.house = house
        self.policy_files = [os.path.abspath(path) for path in policy_files]
        self.daemon = None
        self.polkit = None

    def start(self):
        folder = self.house.work / "bus"
        folder.mkdir()
        self.house.path("/run/dbus").mkdir(mode=0o755)
        machine_id = self.house.path("/var/lib/dbus")
        machine_id.mkdir(mode=0o755, parents=True)
        (machine_id / "machine-id").write_text("6c75797472656c6162000000000000aa\n", "ascii")
        shutil.copy(machine_id / "machine-id", self.house.path("/etc/machine-id"))
        more = "".join(f"\n  <include>{path}</include>" for path in self.policy_files)
        config = folder / "system.conf"
        config.write_text(CONFIG.format(kind="system", socket=self.SOCKET,
                                        more=more or OPEN_POLICY), "utf-8")
        self.daemon = self._start_daemon("root", config)
        self._start_polkit()

    def start_session(self, user):
        """A session bus of @user; returns the environment that programs of the session need."""
        uid = self.house.accounts[user][0]
        socket = f"/run/user/{uid}/bus"
        config = self.house.work / "bus" / f"session-{user}.conf"
        config.write_text(CONFIG.format(kind="session", socket=socket, more=OPEN_POLICY), "utf-8")
        self._start_daemon(user, config)
        return {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}"}

    def _start_daemon(self, user, config):
        with open(config.with_suffix(".log"), "wb") as log:
            process = self.house.start_as(
                user, ["dbus-daemon", "--nofork", "--nopidfile", "--print-address",
                       f"--config-file={config}"], stdout=subprocess.PIPE, stderr=log)
        if not process.stdout.readline().startswith(b"unix:"):
            raise RuntimeError(f"dbus-daemon did not start with {config}")
        return process

    def _start_polkit(self):
        program = pathlib.Path(__file__).with_name("polkit.py")
        self.polkit = self.house.start_as(
            "root", ["/usr/bin/python3", str(program), str(self.answers)],
            stdout=subprocess.PIPE)
        if self.polkit.stdout.readline() != b"ready\n":
            raise RuntimeError("the lab's polkit authority did not start")

    def has_agent(self):
        """Has the agent its name on the system bus?"""
        done = self.house.run_as("root", [
            "gdbus", "call", "--system", "--dest", "org.freedesktop.DBus", "--object-path", "/",
            "--method", "org.freedesktop.DBus.NameHasOwner", "org.luytre.Agent1"])
        return "true" in done.out

    @property
    def answers(self):
        """One line a question that polkit got: action, uid, "yes" or "no"."""
        return self.house.work / "bus" / "polkit.log"
