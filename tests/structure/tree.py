# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that the checks look at, and C text without its comments and strings."""

import os
import pathlib
import re
import subprocess
from typing import NamedTuple

# Snippets that must be refused, and bytes from outside that are kept as they came.
NOT_OURS = ("tests/structure/cases/", "tests/fuzz/corpus/", "LICENSE")


class Problem(NamedTuple):
    """What a check refuses: where, and what is wrong."""

    path: str
    line: int
    words: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.words}"


class Tree:
    """A source tree, and the build of it when there is one."""

    def __init__(self, root, build=None):
        self.root = pathlib.Path(root)
        self.build = pathlib.Path(build) if build else None
        self.paths = sorted(self._list())
        self._texts = {}

    def _list(self):
        git = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", str(self.root), "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"], capture_output=True, check=False)
        if git.returncode == 0 and (self.root / ".git").exists():
            found = [name.decode() for name in git.stdout.split(b"\0") if name]
        else:
            found = [os.path.relpath(os.path.join(folder, name), self.root)
                     for folder, _, names in os.walk(self.root) for name in names]
        return [path for path in found if (self.root / path).is_file()]

    def ours(self, *endings, under=""):
        """Paths that we wrote, with one of the endings, below a folder."""
        return [path for path in self.paths
                if path.startswith(under) and not path.startswith(NOT_OURS)
                and (not endings or path.endswith(endings))]

    def c_files(self, *folders):
        folders = folders or ("policy/", "agent/", "tray/", "tests/")
        return [path for path in self.ours(".c", ".h") if path.startswith(folders)]

    def scripts(self, interpreter, ending):
        """Scripts by ending or by first line."""
        found = []
        for path in self.ours():
            first = self.bytes(path)[:80].split(b"\n")[0].decode("utf-8", "replace")
            if path.endswith(ending) or (first.startswith("#!") and
                                         re.search(rf"\b{interpreter}", first)):
                found.append(path)
        return found

    def bytes(self, path):
        return (self.root / path).read_bytes()

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = self.bytes(path).decode("utf-8", "replace")
        return self._texts[path]

    def code(self, path):
        """C text with comments and literals blanked; every line keeps its number."""
        return blank(self.text(path))


TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)


def blank(text):
    # Include lines keep their names: they are no string literals.
    def hide(match):
        token = match.group()
        line = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if token[0] == '"' and line.lstrip().startswith("#"):
            return token
        return "".join(c if c == "\n" else " " for c in token)
    return TOKEN.sub(hide, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def search(tree, path, pattern, words, code=True):
    """A Problem for each match of @pattern; {0} in @words is the match."""
    text = tree.code(path) if code else tree.text(path)
    return [Problem(path, line_of(text, match.start()), words.format(match.group().strip()))
            for match in re.finditer(pattern, text, re.MULTILINE)]
