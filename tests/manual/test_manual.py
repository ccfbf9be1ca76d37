#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual pages and completion say what the programs do.

usage: test_manual.py SOURCE_ROOT BUILD_ROOT [unittest arguments]
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path()
BUILD = pathlib.Path()
PAGES = {
    "agent/luytred.8": "agent/luytred",
    "agent/update/luytre-update.8": "agent/update/luytre-update",
    "agent/ctl/luytrectl.1": "agent/ctl/luytrectl",
    "tray/luytre-tray.1": "tray/luytre-tray",
}

# Completes one line and prints what is offered.
COMPLETE = """
source /usr/share/bash-completion/bash_completion
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMP_LINE="$*"
COMP_POINT=${#COMP_LINE}
_luytrectl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def run(*arguments, **options):
    """What a program says, and how it ends."""
    return subprocess.run([str(item) for item in arguments], capture_output=True, text=True,
                          timeout=60, check=False, **options)


def long_options(text):
    """The long options that a help text or a page names."""
    return set(re.findall(r"--[a-z][a-z-]+", text)) - {"--help", "--help-all", "--version"}


def page_text(path):
    """A page as plain text, without the overstrikes of a terminal."""
    text = run("mandoc", "-Tutf8", "-Owidth=500", path).stdout
    return re.sub(r".\x08", "", text).replace("\u2010", "-").replace("\u2212", "-")


def commands():
    """The commands that luytrectl has."""
    listed = run(BUILD / "agent/ctl/luytrectl", "--help").stdout.partition("Commands:\n")[2]
    return re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)


def command_help(command):
    """The help of a command, with its subcommands."""
    parts = {"policy": ["check"], "rules": ["set", "explain"],
             "sites": ["suggest", "accept"],
             "lists": ["compile", "lookup", "info", "match"]}.get(command, [None])
    return "".join(run(BUILD / "agent/ctl/luytrectl", command, *filter(None, [part]),
                       "--help").stdout for part in parts)


def complete(*words, **options):
    """What completion offers for the last word."""
    done = run("bash", "-c", COMPLETE, "complete", SOURCE / "agent/ctl/luytrectl.bash", *words,
               **options)
    if done.stderr:
        raise AssertionError(done.stderr)
    return set(done.stdout.split())


class PageTest(unittest.TestCase):
    """The pages."""

    def test_form(self):
        for page in PAGES:
            done = run("mandoc", "-Tlint", "-Wwarning", SOURCE / page)
            self.assertEqual((done.returncode, done.stdout), (0, ""), page)

    def test_lint_sees_mistakes(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "bad.1")
            text = (SOURCE / "tray/luytre-tray.1").read_text(encoding="utf-8")
            page.write_text(text.replace(".Sh DESCRIPTION", ".Sh DESCRIPTION\n.Xx"),
                            encoding="utf-8")
            self.assertNotEqual(run("mandoc", "-Tlint", "-Wwarning", page).returncode, 0)

    def test_all_options_and_no_other(self):
        for page, program in PAGES.items():
            text = run(BUILD / program, "--help").stdout
            if program.endswith("luytrectl"):
                text += "".join(command_help(command) for command in commands())
            self.assertEqual(long_options(page_text(SOURCE / page)), long_options(text), page)

    def test_all_commands(self):
        self.assertGreaterEqual(len(commands()), 3)
        text = page_text(SOURCE / "agent/ctl/luytrectl.1")
        synopsis = text.partition("SYNOPSIS")[2].partition("DESCRIPTION")[0]
        named = set(re.findall(r"(?m)^ +luytrectl ([a-z]+)", synopsis))
        self.assertEqual(named, set(commands()))


class CompletionTest(unittest.TestCase):
    """The completion."""

    def test_commands(self):
        offered = complete("luytrectl", "")
        self.assertEqual(offered - {"--help", "--version"}, set(commands()))
        self.assertEqual(complete("luytrectl", "insp"), {"inspect"})

    def test_options(self):
        for command in commands():
            offered = complete("luytrectl", command, "--") - {"--help"}
            self.assertEqual(offered, long_options(command_help(command)), command)

    def test_subcommands(self):
        self.assertEqual(complete("luytrectl", "policy", ""), {"check"})
        self.assertEqual(complete("luytrectl", "rules", "s"), {"show", "set"})

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.pcap").touch()
            pathlib.Path(folder, "rules").mkdir()
            for words in (("inspect", "a."), ("policy", "check", "a."), ("rules", "set", "a."),
                          ("explain", "--policy", "a."), ("inspect", "--json", "a.")):
                self.assertEqual(complete("luytrectl", *words, cwd=folder), {"a.pcap"}, words)
            self.assertEqual(complete("luytrectl", "explain", "--presets", "", cwd=folder),
                             {"rules"})
            self.assertEqual(complete("luytrectl", "rules", "show", "", cwd=folder), set())

    def test_users(self):
        self.assertIn("nobody", complete("luytrectl", "explain", "nob"))
        self.assertEqual(complete("luytrectl", "explain", "nobody", "nob"), set())


if __name__ == "__main__":
    SOURCE, BUILD = (pathlib.Path(item).resolve() for item in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
