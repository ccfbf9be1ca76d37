# SPDX-License-Identifier: GPL-3.0-or-later
"""A polkit authority for tests: root and members of sudo are authorised, nobody else is.

usage: polkit.py LOG. Speaks the part of org.freedesktop.PolicyKit1.Authority that a service needs.
Nobody is ever asked for a password: it answers as after a right one.
"""

import grp
import pwd
import sys

from gi.repository import Gio, GLib

XML = """<node><interface name="org.freedesktop.PolicyKit1.Authority">
  <property name="BackendName" type="s" access="read"/>
  <property name="BackendVersion" type="s" access="read"/>
  <property name="BackendFeatures" type="u" access="read"/>
  <method name="CheckAuthorization">
    <arg type="(sa{sv})" direction="in"/> <arg type="s" direction="in"/>
    <arg type="a{ss}" direction="in"/> <arg type="u" direction="in"/>
    <arg type="s" direction="in"/> <arg type="(bba{ss})" direction="out"/>
  </method>
  <method name="CancelCheckAuthorization"><arg type="s" direction="in"/></method>
  <signal name="Changed"/>
</interface></node>"""


def uid_of_subject(bus, kind, details):
    if kind == "system-bus-name":
        return bus.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixUser", GLib.Variant("(s)", (details["name"],)), None,
            Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]
    if kind == "unix-process":
        with open(f"/proc/{details['pid']}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Uid:"))
    return None


def is_trusted(uid):
    if uid == 0:
        return True
    try:
        return pwd.getpwuid(uid).pw_name in grp.getgrnam("sudo").gr_mem
    except (KeyError, TypeError):
        return False


def on_call(bus, _sender, _path, _interface, method, parameters, invocation, log):
    if method != "CheckAuthorization":
        invocation.return_value(None)
        return
    (kind, details), action, *_ = parameters.unpack()
    uid = uid_of_subject(bus, kind, details)
    yes = is_trusted(uid)
    print(action, uid, "yes" if yes else "no", file=log, flush=True)
    invocation.return_value(GLib.Variant("((bba{ss}))", ((yes, False, {}),)))


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    loop = GLib.MainLoop()
    properties = {"BackendName": GLib.Variant("s", "lab"),
                  "BackendVersion": GLib.Variant("s", "1"),
                  "BackendFeatures": GLib.Variant("u", 0)}
    with open(sys.argv[1], "w", encoding="ascii") as log:
        bus.register_object(
            "/org/freedesktop/PolicyKit1/Authority",
            Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0],
            lambda *call: on_call(*call, log),
            lambda _bus, _sender, _path, _interface, name: properties[name], None)
        Gio.bus_own_name_on_connection(bus, "org.freedesktop.PolicyKit1",
                                       Gio.BusNameOwnerFlags.NONE,
                                       lambda *_: print("ready", flush=True),
                                       lambda *_: loop.quit())
        loop.run()


if __name__ == "__main__":
    main()
