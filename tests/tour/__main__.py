# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour that tests/demo takes: usage: python3 -m tour PREFIX SOURCE.

PREFIX is the folder usr/ that the programs were installed to, SOURCE the tree that they were built
from. With LUYTRE_DEMO_KEEP=FOLDER in the environment logs and captures are copied there.
"""

import os
import shutil
import sys
import time

from lab import House

from . import costs
from .asking import Asking
from .family import Family
from .table import Table
from .tries import Tries
from .web import Web


def take(family, table):
    tries = Tries(family, table)
    print("\nA house: na and minh are children, me is their parent. The sites are real servers on")
    print("the other side of a cable; every refused try is watched by tcpdump on their side.")
    costs.parent_packets(family, table, tries.parent)
    tries.children()
    Web(family, table).show()

    print("\nAsking\n")
    asking = Asking(family, table)
    asking.ask_and_grant()

    print("\nCosts, while the grant runs\n")
    costs.trips(family, table)
    costs.throughput(family, table)

    print("\nThe end of the grant\n")
    asking.end()
    tries.summaries()


def main():
    prefix, source = sys.argv[1:3]
    start = time.monotonic()
    table = Table()
    with House() as house:
        family = Family(house, prefix, source)
        try:
            family.start()
            take(family, table)
        finally:
            keep = os.environ.get("LUYTRE_DEMO_KEEP")
            if keep:
                shutil.copytree(house.work, f"{keep}/house", ignore=shutil.ignore_patterns(
                    "big", "etc", "run", "var-lib", "home"))
    print(f"\n{table.n_good} as expected, {table.n_bad} not; {time.monotonic() - start:.0f} s")
    sys.exit(1 if table.n_bad else 0)


main()
