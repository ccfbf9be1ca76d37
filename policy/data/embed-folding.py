#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a C table of letters that look like ASCII letters: with their marks taken off, and those
of other scripts that lookalikes.json names.

Usage: embed-folding.py LOOKALIKES C
"""

import json
import re
import sys
import unicodedata

# Latin letters with marks, full-width forms, mathematical alphabets.
RANGES = [(0xC0, 0x250), (0x1E00, 0x1F00), (0xFF21, 0xFF5B), (0x1D400, 0x1D800)]


def base_letters():
    for first, end in RANGES:
        for code in range(first, end):
            plain = unicodedata.normalize("NFKD", chr(code))
            plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
            if re.fullmatch(r"[a-z0-9]", plain):
                yield code, plain


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        data = json.load(file)
    rows = dict(base_letters())
    for plain, letters in data["letters"].items():
        if not re.fullmatch(r"[a-z0-9]", plain):
            sys.exit(f"{source}: {plain!r} is no letter or digit of ASCII")
        rows.update((ord(letter), plain) for letter in letters)
    with open(target, "w", encoding="ascii") as file:
        file.write('#include "policy/lookalike-data.h"\n\n')
        file.write("const LtFoldedLetter lt_lookalike_letters[] = {\n")
        file.writelines(f"    {{0x{code:x}, '{plain}'}},\n" for code, plain in sorted(rows.items()))
        file.write("};\nconst gsize lt_lookalike_letters_len = "
                   "G_N_ELEMENTS(lt_lookalike_letters);\n")


main()
