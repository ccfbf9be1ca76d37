#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the style: each check over the whole tree, and each check against what it must refuse.

usage: test_structure.py SOURCE_ROOT BUILD_ROOT

A snippet in cases/ is one text file: "check: NAME", "says: WORDS that the problem has", then files
as "--- PATH" and their lines. {o} and {O} stand for the letter, {blank} for a blank: so that the
snippet itself does not hold what is refused.
"""

import pathlib
import sys
import tempfile
import unittest

import layers
import symbols
import text
from tree import Tree

CHECKS = {check.__name__.replace("_", "-"): check for check in (
    layers.root_entries, layers.include_arrows, layers.policy_system_headers,
    layers.include_order, layers.headers_once, layers.include_cycles, layers.headers_alone,
    layers.all_built,
    symbols.policy_symbols, symbols.policy_state, symbols.exports,
    text.first_lines, text.file_size, text.banned_calls, text.policy_silent,
    text.wire_casts, text.no_goto,
    text.own_enums_complete, text.unfinished, text.machine_paths, text.plain_text, text.formatted,
    text.shell_scripts, text.python_scripts, text.executables,
)}

# Needs a build's compile_commands.json: its snippet is made by the test below.
WITHOUT_SNIPPET = {"all-built"}


class Snippet:
    """A bad snippet of cases/."""

    def __init__(self, path):
        head, *files = ("\n" + path.read_text(encoding="utf-8")).split("\n--- ")
        fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
        self.name = path.stem
        self.check = fields["check"]
        self.says = fields["says"]
        self.repeat = int(fields.get("repeat", 1))
        self.files = [item.split("\n", 1) for item in files]

    def write(self, root):
        for name, body in self.files:
            target = pathlib.Path(root) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            body = body.replace("{o}", "o").replace("{O}", "O").replace("{blank}", " ")
            target.write_text((body * self.repeat).rstrip("\n") + "\n", encoding="utf-8")


class TreeTest(unittest.TestCase):
    tree = None


class SnippetTest(unittest.TestCase):
    snippets = []

    def test_every_check_has_a_snippet(self):
        self.assertEqual(set(CHECKS) - {snippet.check for snippet in self.snippets},
                         WITHOUT_SNIPPET)

    def test_unbuilt_file_is_refused(self):
        with tempfile.TemporaryDirectory() as root:
            work = pathlib.Path(root)
            (work / "policy").mkdir()
            (work / "build").mkdir()
            (work / "policy/lost.c").write_text("int lost;\n", encoding="ascii")
            (work / "build/compile_commands.json").write_text("[]", encoding="ascii")
            problems = layers.all_built(Tree(work, work / "build"))
        self.assertEqual([problem.path for problem in problems], ["policy/lost.c"])


def tree_test(check):
    def run(self):
        problems = [str(problem) for problem in check(self.tree)]
        self.assertEqual(problems, [], "\n" + "\n".join(problems))
    run.__doc__ = check.__doc__
    return run


def snippet_test(snippet):
    def run(self):
        with tempfile.TemporaryDirectory() as root:
            snippet.write(root)
            problems = CHECKS[snippet.check](Tree(root))
        self.assertTrue(any(snippet.says in problem.words for problem in problems),
                        f"{snippet.check} does not refuse {snippet.name}: {problems}")
    return run


def main():
    source, build = sys.argv[1:3]
    TreeTest.tree = Tree(source, build)
    folder = pathlib.Path(__file__).resolve().parent / "cases"
    SnippetTest.snippets = [Snippet(path) for path in sorted(folder.glob("*.txt"))]
    for name, check in CHECKS.items():
        setattr(TreeTest, f"test_{name}", tree_test(check))
    for snippet in SnippetTest.snippets:
        setattr(SnippetTest, f"test_refused_{snippet.name}", snippet_test(snippet))
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
