#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes encrypted-dns.json and safe-search.json as C tables.

Usage: embed-dns-data.py ENCRYPTED-DNS SAFE-SEARCH C
"""

import ipaddress
import json
import re
import sys

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
SETTINGS = {"safe-search": "LT_SAFE_SEARCH", "youtube-moderate": "LT_SAFE_YOUTUBE_MODERATE",
            "youtube-strict": "LT_SAFE_YOUTUBE_STRICT"}


def load(source):
    with open(source, encoding="utf-8") as file:
        data = json.load(file)
    if not DATE.fullmatch(data["compiled-on"]):
        sys.exit(f"{source}: \"compiled-on\" must be a date")
    return data


def checked(hosts):
    for host in hosts:
        if not HOST.fullmatch(host):
            sys.exit(f"{host!r}: not a plain name in lower case")
    return sorted(set(hosts))


def name_rows(data):
    kinds = {"LT_KNOWN_ENCRYPTED_DNS": [h for s in data["services"] for h in s["hosts"]],
             "LT_KNOWN_HIDDEN_NAME": data["outer-names"]}
    return [f'    {{"{host}", {kind}}},\n' for kind, hosts in kinds.items()
            for host in checked(hosts)]


def address_rows(data):
    addresses = {ipaddress.ip_address(a) for s in data["services"] for a in s.get("addresses", [])}
    for address in sorted(addresses, key=lambda a: (a.version, a)):
        octets = ", ".join(f"0x{byte:02x}" for byte in address.packed)
        yield f"    {{{address.version}, {{{octets}}}}},\n"


def safe_rows(data):
    rows = []
    for engine in data["engines"]:
        target = checked([engine["target"]])[0]
        rows += [(host, SETTINGS[engine["setting"]], target) for host in checked(engine["hosts"])]
    rows.sort()
    if len({row[:2] for row in rows}) != len(rows):
        sys.exit("a host has two targets")
    return [f'    {{"{host}", {setting}, "{target}"}},\n' for host, setting, target in rows]


def table(file, kind, name, rows):
    file.write(f"const {kind} {name}[] = {{\n")
    file.writelines(rows)
    file.write("};\n")
    file.write(f"const gsize {name}_len = G_N_ELEMENTS({name});\n\n")


def main(encrypted_source, safe_source, target):
    encrypted, safe = load(encrypted_source), load(safe_source)
    with open(target, "w", encoding="ascii") as file:
        file.write('#include "policy/dns-data.h"\n\n')
        table(file, "LtKnownName", "lt_dns_data_names", name_rows(encrypted))
        table(file, "LtAddress", "lt_dns_data_addresses", address_rows(encrypted))
        for name in ("canaries", "discovery"):
            rows = [f'    "{host}",\n' for host in checked(encrypted[name])]
            table(file, "char *const", f"lt_dns_data_{name}", rows)
        table(file, "LtSafeHost", "lt_dns_data_safe_hosts", safe_rows(safe))


if __name__ == "__main__":
    main(*sys.argv[1:])
