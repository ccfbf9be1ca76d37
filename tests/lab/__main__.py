# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the lab: `python3 -m lab --clean`."""

from .house import main

main()
