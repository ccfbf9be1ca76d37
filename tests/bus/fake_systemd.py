#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of systemd's manager as says which job a unit has: usage: fake_systemd.py JOB-TYPE."""

import sys

from gi.repository import Gio, GLib

MANAGER = """<node><interface name="org.freedesktop.systemd1.Manager">
  <method name="GetUnitByPID"><arg type="u" direction="in"/><arg type="o" direction="out"/></method>
</interface></node>"""
UNIT = """<node><interface name="org.freedesktop.systemd1.Unit">
  <property name="Job" type="(uo)" access="read"/></interface></node>"""
JOB = """<node><interface name="org.freedesktop.systemd1.Job">
  <property name="JobType" type="s" access="read"/></interface></node>"""
PATH = "/org/freedesktop/systemd1"


def register(bus, path, xml, on_call, on_get):
    bus.register_object(path, Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0], on_call, on_get,
                        None)


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    register(bus, PATH, MANAGER,
             lambda *call: call[-1].return_value(GLib.Variant("(o)", (PATH + "/unit/x",))), None)
    register(bus, PATH + "/unit/x", UNIT, None,
             lambda *_: GLib.Variant("(uo)", (7, PATH + "/job/7")))
    register(bus, PATH + "/job/7", JOB, None, lambda *_: GLib.Variant("s", sys.argv[1]))
    Gio.bus_own_name_on_connection(bus, "org.freedesktop.systemd1", Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), None)
    GLib.MainLoop().run()


main()
