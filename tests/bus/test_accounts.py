#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the rules are about, as accounts come, go and change groups. usage: ... BUILD"""

from family import BusTest, main
from lab import eventually

RULES = {
    "luytre": 1,
    "profiles": {"p": {"sites": {"default": "block"}}, "q": {"sites": {"default": "allow"}}},
    "children": [{"user": "na", "profile": "p"}, {"group": "lop-6a", "profile": "q"}],
}


class Accounts(BusTest):
    users = ("root",)

    def setUp(self):
        self.set_rules(RULES)

    def children(self):
        return {child[1]: child[0] for child in self.clients["root"].call("ListChildren")[0]}

    def eventually_children(self, *names):
        eventually(lambda: set(self.children()) == set(names), f"{names}", timeout=10, pause=0.1)

    def problems(self):
        return [words for name, _state, words in self.clients["root"].call("Doctor")[0]
                if name == "rules-problem"]

    def edit(self, file, change):
        """As the passwd tools do: a new file takes the place of the old one."""
        path = self.house.path(file)
        text = path.read_text("utf-8")
        new = path.with_name(path.name + ".new")
        new.write_text(change(text), "utf-8")
        new.chmod(0o644)
        self.house.run_as("root", ["mv", file + ".new", file])
        self.addCleanup(path.write_text, text, "utf-8")

    def test_by_name_and_group(self):
        self.assertEqual(self.children(), {"na": 30001, "minh": 30002})

    def test_primary_group(self):
        gid = next(line.split(":")[2] for line in
                   self.house.path("/etc/group").read_text("utf-8").splitlines()
                   if line.startswith("lop-6a:"))
        self.edit("/etc/passwd", lambda text: text
                  + f"lan:x:30010:{gid}:Lan:/home/lan:/bin/sh\n")
        self.eventually_children("na", "minh", "lan")

    def test_an_account_that_comes_and_goes(self):
        self.set_rules(dict(RULES, children=[{"user": "binh", "profile": "p"}]))
        self.eventually_children()
        self.assertTrue(any('user "binh"' in words for words in self.problems()))
        self.edit("/etc/passwd", lambda text: text + "binh:x:30011:30011::/:/bin/sh\n")
        self.eventually_children("binh")
        self.assertFalse(any('user "binh"' in words for words in self.problems()))
        self.edit("/etc/passwd", lambda text: text.replace("binh:", "binh2:"))
        self.eventually_children()

    def test_leaving_a_group(self):
        self.edit("/etc/group", lambda text: "".join(
            line.replace("minh", "guest") if line.startswith("lop-6a:") else line
            for line in text.splitlines(keepends=True)))
        self.eventually_children("na", "guest")

    def test_root_is_no_child(self):
        self.set_rules(dict(RULES, children=[{"user": "root", "profile": "p"},
                                             {"user": "na", "profile": "p"}]))
        self.eventually_children("na")
        self.assertTrue(any("root cannot be a child" in words for words in self.problems()))
        self.clients["root"].call("GetRules")

    def test_a_large_group(self):
        """A school: more pupils than there is room for, each said."""
        names = [f"p{number:04}" for number in range(1100)]
        self.edit("/etc/passwd", lambda text: text + "".join(
            f"{name}:x:{40000 + number}:100::/:/bin/sh\n" for number, name in enumerate(names)))
        self.edit("/etc/group", lambda text: text.replace(
            "lop-6a:", "khoi-6:x:31999:" + ",".join(names) + "\nlop-6a:"))
        self.set_rules(dict(RULES, children=[{"group": "khoi-6", "profile": "p"}]))
        eventually(lambda: len(self.children()) > 900, "the pupils", timeout=20, pause=0.5)
        self.assertLessEqual(len(self.children()), 1023)
        self.assertTrue(any("more than 1023" in words for words in self.problems()))


if __name__ == "__main__":
    main()
