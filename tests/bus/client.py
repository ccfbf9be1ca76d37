#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the agent for tests: orders and answers as lines of JSON on stdin and stdout.

Orders: {"call": [PATH, INTERFACE, MEMBER, SIGNATURE, ARGUMENTS], "ask": BOOL} and
{"subscribe": N} (N connections more, each subscribed). Answers: {"ok": VALUE}, {"error": NAME,
"message": TEXT}; signals come between them as {"signal": NAME, "path": PATH, "body": VALUE}.
"""

import json
import os
import sys

from gi.repository import Gio, GLib

NAME = "org.luytre.Agent1"
CONNECT = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
           | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)


class Client:
    def __init__(self):
        self.loop = GLib.MainLoop()
        self.more = []
        self.rest = b""
        self.connect()
        channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
        GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP, self.on_input)

    def connect(self):
        address = Gio.dbus_address_get_for_bus_sync(Gio.BusType.SYSTEM)
        self.bus = Gio.DBusConnection.new_for_address_sync(address, CONNECT)
        self.bus.signal_subscribe(NAME, None, None, None, None, Gio.DBusSignalFlags.NONE,
                                  self.on_signal)

    def say(self, **answer):
        print(json.dumps(answer), flush=True)

    def on_signal(self, _bus, _sender, path, _interface, signal, parameters):
        self.say(signal=signal, path=path, body=parameters.unpack())

    def on_input(self, *_):
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            self.loop.quit()
            return False
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.obey(json.loads(line))
        return True

    def obey(self, order):
        if self.bus.is_closed():
            self.connect()
        if "subscribe" in order:
            self.subscribe(order["subscribe"])
        else:
            self.call(order["call"], order.get("ask", False))

    def call(self, words, may_ask):
        path, interface, member, signature, arguments = words
        if signature == "(ssv)":
            arguments[2] = GLib.Variant("s", arguments[2])
        flags = (Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if may_ask
                 else Gio.DBusCallFlags.NONE)
        self.bus.call(NAME, path, interface, member, GLib.Variant(signature, arguments), None,
                      flags, 30000, None, self.on_answer)

    def on_answer(self, bus, result):
        try:
            self.say(ok=bus.call_finish(result).unpack())
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error) or ""
            self.say(error=name, message=error.message.removeprefix(f"GDBus.Error:{name}: "))

    def subscribe(self, number):
        address = Gio.dbus_address_get_for_bus_sync(Gio.BusType.SYSTEM)
        refused = 0
        for _ in range(number):
            bus = Gio.DBusConnection.new_for_address_sync(address, CONNECT)
            self.more.append(bus)
            try:
                bus.call_sync(NAME, "/org/luytre/Agent1", NAME, "Subscribe", None, None,
                              Gio.DBusCallFlags.NONE, 30000)
            except GLib.Error:
                refused += 1
        self.say(ok=[number - refused, refused])


Client().loop.run()
