#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may call what: every member, called by everyone. usage: test_access.py BUILD"""

import json
import xml.etree.ElementTree

from family import (AGENT, AGENT_INTERFACE, CHILD_INTERFACE, GUEST, MINH, NA, PROPERTIES, RULES,
                    SOURCE, BusTest, Refused, child_path, main)
from lab import eventually

OK, NO, NONE = "ok", "Denied", "NoSuch"
# The callers: the child that an object is about, another child, a parent, a stranger, root.
ROLES = ("na", "minh", "me", "guest", "root")

# member -> signature, arguments, what each of ROLES gets.
AGENT_METHODS = {
    "Subscribe": ("()", [], (OK, OK, OK, OK, OK)),
    "ListChildren": ("()", [], (OK, OK, OK, OK, OK)),
    "GetRules": ("()", [], (NO, NO, OK, NO, OK)),
    "SetRules": ("(s)", [json.dumps(RULES)], (NO, NO, OK, NO, OK)),
    "ListRequests": ("(b)", [True], (OK, OK, OK, NO, OK)),
    "ListGrants": ("()", [], (OK, OK, OK, NO, OK)),
    "Grant": ("(ussus)", [NA, "site", "a.test", 60, ""], (NO, NO, OK, NO, OK)),
    "Answer": ("(xbus)", [999, True, 60, ""], (NO, NO, NONE, NO, NONE)),
    "Revoke": ("(x)", [999], (NO, NO, NONE, NO, NONE)),
    "Review": ("(u)", [NA], (NO, NO, OK, NO, OK)),
    "EndReview": ("(u)", [NA], (NO, NO, OK, NO, OK)),
    "AcceptSuggestion": ("(us)", [NA, "c.test"], (NO, NO, NONE, NO, NONE)),
    "Doctor": ("()", [], (NO, NO, OK, NO, OK)),
}
CHILD_METHODS = {
    "Explain": ("(as)", [["a.test"]], (OK, NO, OK, NO, OK)),
    "Ask": ("(sss)", ["site", "b.test", ""], (OK, NO, NO, NO, NO)),
}
AGENT_PROPERTIES = {"Version": (OK, OK, OK, OK, OK)}
CHILD_PROPERTIES = {name: (OK, NO, OK, NO, OK)
                    for name in ("Uid", "User", "Profile", "ReviewedUntil")}


class Access(BusTest):
    def outcome(self, user, *call, **more):
        try:
            self.clients[user].call(*call, **more)
        except Refused as refused:
            return refused.name
        return OK

    def test_the_matrix_is_the_contract(self):
        tree = xml.etree.ElementTree.parse(SOURCE / "agent/bus/org.luytre.Agent1.xml")
        members = {(interface.get("name"), item.tag, item.get("name"))
                   for interface in tree.iter("interface") for item in interface
                   if item.tag in ("method", "property")}
        self.assertEqual(members, {
            *((AGENT_INTERFACE, "method", name) for name in AGENT_METHODS),
            *((CHILD_INTERFACE, "method", name) for name in CHILD_METHODS),
            *((AGENT_INTERFACE, "property", name) for name in AGENT_PROPERTIES),
            *((CHILD_INTERFACE, "property", name) for name in CHILD_PROPERTIES)})

    def test_methods(self):
        for path, methods in ((AGENT, AGENT_METHODS), (child_path(NA), CHILD_METHODS)):
            for member, (signature, arguments, expected) in methods.items():
                for user, wanted in zip(ROLES, expected):
                    with self.subTest(member=member, user=user):
                        got = self.outcome(user, member, signature, arguments, path=path)
                        self.assertEqual(got, wanted)

    def test_properties(self):
        for path, interface, properties in ((AGENT, AGENT_INTERFACE, AGENT_PROPERTIES),
                                            (child_path(NA), CHILD_INTERFACE, CHILD_PROPERTIES)):
            for name, expected in properties.items():
                for user, wanted in zip(ROLES, expected):
                    with self.subTest(property=name, user=user):
                        self.assertEqual(wanted, self.outcome(
                            user, "Get", "(ss)", [interface, name], path=path,
                            interface=PROPERTIES))
                        self.assertNotEqual(OK, self.outcome(
                            user, "Set", "(ssv)", [interface, name, "s"], path=path,
                            interface=PROPERTIES))
            for user in ROLES:
                value = self.clients[user].call("GetAll", "(s)", [interface], path=path,
                                                interface=PROPERTIES)[0]
                allowed = {name for name, expected in properties.items()
                           if expected[ROLES.index(user)] == OK}
                self.assertEqual(set(value), allowed, user)

    def test_what_is_not_in_the_contract(self):
        for user in ROLES:
            for member in ("Erase", "Grant2", "grant"):
                self.assertNotEqual(OK, self.outcome(user, member), member)

    def test_children_that_are_none(self):
        for uid in (GUEST, 0, 4294967294):
            for user, wanted in (("me", "NoSuch"), ("root", "NoSuch"), ("na", NO), ("guest", NO)):
                with self.subTest(uid=uid, user=user):
                    self.assertEqual(wanted, self.outcome(
                        user, "Explain", "(as)", [["a.test"]], path=child_path(uid)))
        for node in ("x", "030001", "30001x", "99999999999"):
            self.assertNotEqual(OK, self.outcome(
                "root", "Explain", "(as)", [["a.test"]], path=f"{AGENT}/child/{node}",
                interface=CHILD_INTERFACE))

    def test_who_sees_which_children(self):
        def listed(user):
            return {child[1] for child in self.clients[user].call("ListChildren")[0]}
        self.assertEqual(listed("na"), {"na"})
        self.assertEqual(listed("minh"), {"minh"})
        self.assertEqual(listed("me"), {"na", "minh"})
        self.assertEqual(listed("root"), {"na", "minh"})
        self.assertEqual(listed("guest"), set())

    def test_objects_are_not_listed(self):
        done = self.house.run_as("guest", [
            "gdbus", "introspect", "--system", "--dest", AGENT_INTERFACE, "--object-path",
            AGENT + "/child", "--recurse"])
        self.assertNotIn(str(NA), done.out)

    def test_requests_and_grants_of_others_are_not_shown(self):
        self.clients["minh"].ask("c.test", uid=MINH)
        eventually(lambda: self.clients["me"].call("ListRequests", "(b)", [True])[0], "a request")
        for user in ("na", "minh"):
            for item in self.clients[user].call("ListRequests", "(b)", [False])[0]:
                self.assertEqual(item["user"], user)

    def test_a_child_of_the_administrators_is_no_parent(self):
        rules = dict(RULES, children=[*RULES["children"], {"user": "me", "profile": "open"}])
        self.set_rules(rules)
        try:
            self.assertEqual({child[1] for child in
                              self.clients["me"].call("ListChildren")[0]}, {"me"})
            self.assert_refused("Denied", "me", "Grant", "(ussus)", [NA, "site", "a.test", 60, ""])
            checks = self.clients["root"].call("Doctor")[0]
            self.assertIn("child-is-admin", [check[0] for check in checks])
        finally:
            self.set_rules(RULES)
        self.clients["me"].call("GetRules")

    def test_the_bus_policy_lets_nobody_else_be_the_agent(self):
        done = self.house.run_as("na", [
            "gdbus", "call", "--system", "--dest", "org.freedesktop.DBus", "--object-path", "/",
            "--method", "org.freedesktop.DBus.RequestName", "org.luytre.Agent1", "4"])
        self.assertIn("AccessDenied", done.err)


if __name__ == "__main__":
    main()
