#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A polkit authority that waits like a person does: usage: patient_polkit.py FILE.

Each question is printed ("ACTION FLAGS"); all that wait are answered yes when FILE is there, or
"challenge" when the question allowed nobody to be asked.
"""

import os
import sys

from gi.repository import Gio, GLib

XML = """<node><interface name="org.freedesktop.PolicyKit1.Authority">
  <method name="CheckAuthorization">
    <arg type="(sa{sv})" direction="in"/> <arg type="s" direction="in"/>
    <arg type="a{ss}" direction="in"/> <arg type="u" direction="in"/>
    <arg type="s" direction="in"/> <arg type="(bba{ss})" direction="out"/>
  </method>
</interface></node>"""

waiting = []


def on_call(_bus, _sender, _path, _interface, _method, parameters, invocation):
    _subject, action, _details, flags, _id = parameters.unpack()
    print(action, flags, flush=True)
    if flags & 1:
        waiting.append(invocation)
    else:
        invocation.return_value(GLib.Variant("((bba{ss}))", ((False, True, {}),)))


def on_tick():
    while waiting and os.path.exists(sys.argv[1]):
        waiting.pop().return_value(GLib.Variant("((bba{ss}))", ((True, False, {}),)))
    return True


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    bus.register_object("/org/freedesktop/PolicyKit1/Authority",
                        Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], on_call, None, None)
    Gio.bus_own_name_on_connection(bus, "org.freedesktop.PolicyKit1", Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), None)
    GLib.timeout_add(20, on_tick)
    GLib.MainLoop().run()


main()
