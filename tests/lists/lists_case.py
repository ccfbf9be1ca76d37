# SPDX-License-Identifier: GPL-3.0-or-later
"""luytrectl lists in a folder of the test's own."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

LUYTRECTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(sys.argv[2]).resolve()


class ListsCase(unittest.TestCase):
    """Files are written by `write`, commands run by `lists`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.set = self.folder / "sites.set"

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def lists(self, *words, text=None):
        return subprocess.run([LUYTRECTL, "lists", *map(str, words)], input=text, text=True,
                              capture_output=True, check=False)

    def compile(self, *sources):
        """What compile prints, a line each."""
        done = self.lists("compile", "-o", self.set, *sources)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def look_up(self, *names):
        """{name: its categories}"""
        done = self.lists("lookup", self.set, "-", text="".join(f"{name}\n" for name in names))
        self.assertEqual(done.stderr, "")
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return {name: set(found.split(",")) - {"-"} for name, found in rows}

    def match(self, rules, *names, form="adblock"):
        """[(verdict, line)] of the names."""
        path = self.write("one.txt", rules)
        done = self.lists("match", "--format", form, path, *names)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [tuple(line.split("\t")[1:]) for line in done.stdout.splitlines()]


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
