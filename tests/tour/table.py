# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tour prints: one line a try, and whether it was as expected."""

import textwrap

COLUMNS = (("who", 5), ("program", 18), ("site", 22), ("expected", 20), ("got", 20), ("ms", 7))
INDENT = 8


class Table:
    """Counts as it prints."""

    def __init__(self):
        self.n_good = 0
        self.n_bad = 0

    def head(self, words):
        print(f"\n{words}\n")
        print("   " + "  ".join(name.ljust(width) for name, width in COLUMNS))
        print("   " + "  ".join("-" * width for _, width in COLUMNS))

    def row(self, who, program, site, expected, got, ms, problems=(), told=None):
        """A try; @problems are what was not as expected, @told is what the child's screen said."""
        values = (who, program, site, expected, got, f"{ms:.0f}" if ms >= 10 else f"{ms:.1f}")
        cells = "  ".join(value.rjust(width) if name == "ms" else value.ljust(width)
                          for value, (name, width) in zip(values, COLUMNS))
        print(f"{'no ' if problems else 'ok '}{cells}".rstrip())
        if told:
            self.quote("", told)
        for problem in problems:
            print(" " * INDENT + "! " + problem)
        self._count(not problems)

    @staticmethod
    def quote(head, words):
        print(textwrap.indent(textwrap.fill(f"{head}“{words}”", 92), " " * INDENT))

    def line(self, good, words):
        """A finding in one line."""
        print(f"{'ok ' if good else 'no '}{words}", flush=True)
        self._count(good)

    def _count(self, good):
        self.n_good += bool(good)
        self.n_bad += not good
