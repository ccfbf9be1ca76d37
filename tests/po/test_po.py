#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every string of the interface has words in every language, and the words fit.

usage: test_po.py SOURCE_ROOT [unittest arguments]
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import unittest

ROOT = pathlib.Path()
KEYWORDS = ("_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2")
MARKED = re.compile(r"\b(?:_|N_|C_|NC_|ngettext)\(\s*\"")

# A language may leave these out or add them: pronouns go where its sentences want them.
PRONOUNS = {"you", "You", "adult", "Adult"}

# No word of blame to a child.
BLAME = ("cấm", "vi phạm", "phạt")


def tool(*arguments):
    """Runs a program of gettext."""
    return subprocess.run([str(item) for item in arguments], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, check=False)


def template(path):
    """A fresh template of all strings."""
    done = tool("xgettext", "--from-code=UTF-8", "--files-from=po/POTFILES.in", f"--output={path}",
                *[f"--keyword={word}" for word in KEYWORDS])
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)


def string(block, field):
    """The text of a field of an entry, or None."""
    found = re.search(r"^" + re.escape(field) + r' ((?:".*"\n?)+)', block, re.MULTILINE)
    if not found:
        return None
    return "".join(line[1:-1] for line in found[1].strip().split("\n")).replace('\\"', '"')


def entries(text):
    """(msgid, msgstr) of each entry but the header."""
    for block in text.split("\n\n"):
        msgid = string(block, "msgid")
        if msgid:
            yield msgid, string(block, "msgstr") or string(block, "msgstr[0]") or ""


def misfits(text):
    """What is wrong with the words of a catalogue, one line each."""
    if text != unicodedata.normalize("NFC", text):
        yield "not in NFC"
    if re.search(r"^#~|^#,.*\bfuzzy\b", text, re.MULTILINE):
        yield "an old or doubtful entry"
    for msgid, msgstr in entries(text):
        wanted = set(re.findall(r"\{(\w+)\}", msgid)) - PRONOUNS
        found = set(re.findall(r"\{(\w+)\}", msgstr)) - PRONOUNS
        if wanted != found:
            yield f"other places than {sorted(wanted)}: {msgstr}"
        for word in BLAME:
            if word in msgstr:
                yield f"“{word}” blames: {msgstr}"


def unlisted(root):
    """Files with marked strings that POTFILES.in leaves out."""
    listed = (root / "po/POTFILES.in").read_text(encoding="utf-8").split()
    for path in sorted(root.glob("tray/*.[ch]")):
        name = str(path.relative_to(root))
        if name not in listed and MARKED.search(path.read_text(encoding="utf-8")):
            yield name


class CatalogueTest(unittest.TestCase):
    """The catalogues as they are."""

    def catalogues(self):
        languages = (ROOT / "po/LINGUAS").read_text(encoding="utf-8").split()
        self.assertIn("vi", languages)
        return [ROOT / "po" / f"{language}.po" for language in languages]

    def test_form(self):
        for path in self.catalogues():
            done = tool("msgfmt", "--check", "--output-file=/dev/null", path)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path)

    def test_complete(self):
        with tempfile.TemporaryDirectory() as folder:
            fresh = pathlib.Path(folder, "fresh.pot")
            template(fresh)
            self.assertGreater(fresh.read_text(encoding="utf-8").count("\nmsgid "), 100)
            for path in self.catalogues():
                done = tool("msgcmp", path, fresh)
                self.assertEqual((done.returncode, done.stderr), (0, ""), path)

    def test_words(self):
        for path in self.catalogues():
            self.assertEqual(list(misfits(path.read_text(encoding="utf-8"))), [], path)

    def test_all_files_are_read(self):
        self.assertEqual(list(unlisted(ROOT)), [])


class CheckTest(unittest.TestCase):
    """The checks see what they must see."""

    def test_misfits(self):
        for label, text, problem in (
                ("decomposed", 'msgid "a"\nmsgstr "e\u0302"\n', "NFC"),
                ("fuzzy", '#, fuzzy\nmsgid "a"\nmsgstr "b"\n', "doubtful"),
                ("obsolete", '#~ msgid "a"\n#~ msgstr "b"\n', "old"),
                ("lost place", 'msgid "{site} for {you}"\nmsgstr "cho {you}"\n', "places"),
                ("new place", 'msgid "for {you}"\nmsgstr "{n} cho {you}"\n', "places"),
                ("blame", 'msgid "closed"\nmsgstr "bị cấm"\n', "blames")):
            found = list(misfits(text))
            self.assertEqual(len(found), 1, label)
            self.assertIn(problem, found[0], label)

    def test_pronouns_are_free(self):
        self.assertEqual(list(misfits('msgid "By {adult}"\nmsgstr "{Adult} và {you}"\n')), [])

    def test_unlisted(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "po").mkdir()
            (root / "tray").mkdir()
            (root / "po/POTFILES.in").write_text("tray/a.c\n", encoding="utf-8")
            for name in ("a.c", "b.c"):
                (root / "tray" / name).write_text('C_("x", "y");\n', encoding="utf-8")
            self.assertEqual(list(unlisted(root)), ["tray/b.c"])


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv[1]).resolve()
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
