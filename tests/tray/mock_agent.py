# SPDX-License-Identifier: GPL-3.0-or-later
"""dbusmock template: an agent that answers org.luytre.Agent1 and decides nothing.

Parameters: "child", the uid of the one child; "error", the org.luytre.Error that every call of a
client but Subscribe, ListChildren and ListRequests gets.
"""

import dbus

BUS_NAME = "org.luytre.Agent1"
MAIN_OBJ = "/org/luytre/Agent1"
MAIN_IFACE = "org.luytre.Agent1"
CHILD_IFACE = "org.luytre.Agent1.Child"
SYSTEM_BUS = True


def load(mock, parameters):
    """Objects and methods stand before the first message is read."""
    uid = parameters.get("child", 1001)
    error = parameters.get("error")
    path = f"{MAIN_OBJ}/child/{uid}"
    refuse = (f"raise dbus.exceptions.DBusException('no', name='org.luytre.Error.{error}')"
              if error else None)
    mock.open_requests = dbus.Array([], signature="a{sv}")
    mock.grant = dbus.Dictionary({}, signature="sv")
    mock.AddMethods(MAIN_IFACE, [
        ("Subscribe", "", "", ""),
        ("ListChildren", "", "a(usso)",
         f"ret = [(dbus.UInt32({uid}), 'na', 'be-na', dbus.ObjectPath('{path}'))]"),
        ("ListRequests", "b", "aa{sv}", "ret = self.open_requests"),
        ("Answer", "xbus", "a{sv}", refuse or "ret = self.grant"),
    ])
    mock.AddObject(path, CHILD_IFACE, {}, [("Ask", "sss", "x", refuse or "ret = 41")])


@dbus.service.method(MAIN_IFACE + ".Test", in_signature="aa{sv}", out_signature="")
def SetOpenRequests(self, requests):
    """What ListRequests answers from now on."""
    self.open_requests = dbus.Array(requests, signature="a{sv}")


@dbus.service.method(MAIN_IFACE + ".Test", in_signature="a{sv}", out_signature="")
def SetGrant(self, grant):
    """What Answer answers from now on."""
    self.grant = dbus.Dictionary(grant, signature="sv")
