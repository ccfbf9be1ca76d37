# SPDX-License-Identifier: GPL-3.0-or-later
"""Medians, ratios and what must hold of them, as JSON and as tables."""

import json
import platform
import statistics
import time

from loads import takes_part


def quartiles(values):
    """Median and the middle half."""
    if len(values) == 1:
        return {"median": values[0], "low": values[0], "high": values[0]}
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": middle, "low": low, "high": high}


def ratios(mine, others, field):
    """Quartiles of the ratios within the rounds."""
    pairs = [(getattr(a, field), getattr(b, field)) for a, b in zip(mine, others)]
    return quartiles([a / b if b else 1.0 for a, b in pairs])


def row(found, way):
    """One way of one load."""
    mine = found[way]
    operations = sum(one.n for one in mine)
    numbers = {field: quartiles([getattr(one, field) for one in mine])
               for field in ("rate", "cpu_us", "median_us")}
    numbers.update({field: sum(getattr(one, field) for one in mine)
                    for field in ("n", "failed", "slow", "late", "queued")})
    numbers["queued_each"] = numbers["queued"] / operations
    numbers["to"] = {other: {field: ratios(mine, found[other], field)
                             for field in ("rate", "cpu_us", "median_us")}
                     for other in ("none", "conntrack", "nfqueue")
                     if other in found and other != way}
    return numbers


def added_latency(rows):
    """How much longer than with connection tracking alone a connection takes: the agent's share to
    that of the bare queue; of medians over all rounds."""
    middle = {way: rows[way]["median_us"]["median"] for way in rows}
    floor = middle["conntrack"]
    return (middle["luytre"] - floor) / max(middle["nfqueue"] - floor, 0.1)


def summary(results, peers, loads, quiet, turns, notes, options):
    """All that the tables say, as one document."""
    rows = {name: {way: row(found, way) for way in found} for name, found in results.items()}
    for name, found in peers.items():
        rows[name].update({way: row(found, way) for way in found if way not in rows[name]})
    document = {"date": time.strftime("%Y-%m-%d"), "kernel": platform.release(),
                "rounds": options.rounds, "scale": options.scale, "notes": notes, "idle": quiet,
                "turns": turns,
                "loads": {name: {"title": loads[name].title, "operation": loads[name].what,
                                 "fixed": loads[name].fixed, "ways": rows[name]}
                          for name in rows}}
    document["must_hold"] = must_hold(rows, quiet, turns)
    return document


def add_turns(found, turns):
    """What DNS takes longer, of questions that took turns."""
    def ratio(name, way, other):
        ways = turns.get(name, {})
        if way in ways and other in ways and ways[other]["median_us"] > 0:
            return ways[way]["median_us"] / ways[other]["median_us"]
        return None

    for name, words, other, wanted in (
            ("far", "2 ms away, median to none", "none", "<= 1.3"),
            ("near", "at no distance, median to dnsmasq's", "dnsmasq", "<= 1"),
            ("near", "at no distance, median to none", "none", "a forwarder's")):
        if ratio(name, "luytre", other) is not None:
            found.append([f"DNS, resolver {words}", wanted, ratio(name, "luytre", other),
                          ratio(name, "none again", "none")])


def must_hold(rows, quiet, turns):
    """[what, wanted, found, noise]: the noise is a second house without a filter."""
    found = []

    def noise(name, field):
        again = rows[name].get("none again", {}).get("to", {}).get("none")
        return again[field] if again else None

    def add(name, way, other, field, what, wanted):
        if way in rows.get(name, {}) and other in rows[name]:
            found.append([what, wanted, rows[name][way]["to"][other][field], noise(name, field)])

    for name, words in (("other-http", "download"), ("other-hello", "new connections")):
        add(name, "luytre", "conntrack", "rate", f"another user's {words}, rate", "1 within noise")
        add(name, "luytre", "conntrack", "cpu_us", f"another user's {words}, CPU",
            "1 within noise")
        if "luytre" in rows.get(name, {}):
            found.append([f"another user's {words}, packets queued", "0",
                          rows[name]["luytre"]["queued"], None])
    for name, words in (("http", "HTTP"), ("https", "HTTPS")):
        add(name, "luytre", "conntrack", "rate", f"download over {words}, rate", ">= 0.97")
        add(name, "luytre", "conntrack", "cpu_us", f"download over {words}, CPU", "1 within noise")
    for name, words in (("hello", "hello and answer"), ("tls", "full handshake")):
        add(name, "luytre", "nfqueue", "rate", f"new connections, {words}, to one bare trip, rate",
            ">= 0.95")
        add(name, "luytre", "nfqueue", "cpu_us", f"new connections, {words}, to one bare trip, CPU",
            "<= 1.05")
    if {"luytre", "nfqueue", "conntrack"} <= set(rows.get("rate1000", {})):
        found.append(["added latency at 1,000 a second, to one bare trip's", "<= 1.5",
                      added_latency(rows["rate1000"]), None])
    for name, words in (("rate1000", "1,000 a second"), ("rate5000", "5,000 a second"),
                        ("quic1000", "QUIC, 1,000 a second")):
        if "luytre" in rows.get(name, {}):
            mine = rows[name]["luytre"]
            found.append([f"lost or stalled of {mine['n']:,} ({words})", "0",
                          mine["failed"] + mine["slow"], None])
    add_turns(found, turns)
    if "no child" in quiet:
        found.append(["wake-ups a second, no child", "the watchdog's",
                      quiet["no child"]["wakeups_per_s"], None])
        found.append(["resident MiB, no child", "<= 12", quiet["no child"]["rss_kib"] / 1024, None])
    return found


def _number(value):
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value):
    if value is None:
        return "–"
    if isinstance(value, dict):
        return f"{value['median']:.2f} [{value['low']:.2f} .. {value['high']:.2f}]"
    return _number(value) if isinstance(value, int) else f"{value:.2f}"


def _load_table(name, load):
    lines = [f"### {load['title']} (`{name}`)", "",
             f"| way | a second | to none | to conntrack | CPU µs a {load['operation']} | to none "
             "| to conntrack | median µs | failed, > 1 s | queued each |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for way, one in load["ways"].items():
        to = one["to"]
        cells = [way, _number(one["rate"]["median"])]
        cells += [_ratio(to.get(other, {}).get("rate")) for other in ("none", "conntrack")]
        cells.append(_number(one["cpu_us"]["median"]))
        cells += [_ratio(to.get(other, {}).get("cpu_us")) for other in ("none", "conntrack")]
        cells += [_number(one["median_us"]["median"]), f"{one['failed']}, {one['slow']}",
                  f"{one['queued_each']:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines + [""]


def _turns_table(turns):
    lines = ["### DNS questions that take turns, a new name and socket each", "",
             "| resolver | way | median µs | to none | to dnsmasq | 9 of 10 within µs | failed |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, ways in turns.items():
        for way, one in ways.items():
            to = [one["median_us"] / max(ways[other]["median_us"], 0.1)
                  if other in ways and other != way else None for other in ("none", "dnsmasq")]
            lines.append(f"| {name} | {way} | {_number(one['median_us'])} | {_ratio(to[0])} | "
                         f"{_ratio(to[1])} | {_number(one['p90_us'])} | {one['failed']} |")
    return lines + [""]


def markdown(document):
    """The tables, for people."""
    lines = ["# What it costs", "",
             f"`sudo tests/bench/run`, {document['date']}, Linux {document['kernel']}, "
             f"{document['rounds']} rounds. Medians; in brackets the middle half of the rounds. "
             "\"none again\" is a second house without a filter: its distance from 1 is the noise. "
             "CPU is that of all programs of a house, servers too, and of the kernel for them. "
             "OpenSnitch has rounds of its own, a few and smaller ones, because it would be in the "
             "others' way.",
             ""]
    lines += [f"Left out: {note}" for note in document["notes"]]
    lines += ["", "## What must hold", "", "| what | wanted | found | noise (none again to none) |",
              "| --- | --- | --- | --- |"]
    for what, wanted, found, noise in document["must_hold"]:
        lines.append(f"| {what} | {wanted} | {_ratio(found)} | {_ratio(noise)} |")
    lines += ["", "## Loads", ""]
    for name, load in document["loads"].items():
        lines += _load_table(name, load)
    if document["turns"]:
        lines += _turns_table(document["turns"])
    if document["idle"]:
        lines += ["### Doing nothing", "", "| when | wake-ups a second | resident MiB |",
                  "| --- | --- | --- |"]
        lines += [f"| {when} | {one['wakeups_per_s']:.2f} | {one['rss_kib'] / 1024:.1f} |"
                  for when, one in document["idle"].items()]
    return "\n".join(lines).rstrip() + "\n"


def write(document, text, path):
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(text, encoding="utf-8")


def check(document, ways, loads):
    """0 when each load has all its rows and nothing of the agent's was lost."""
    rows = {name: load["ways"] for name, load in document["loads"].items()}
    problems = [f"{name}, {way}: no row" for name in loads for way in ways
                if way not in rows.get(name, {}) and takes_part(way, name, loads[name])]
    problems += [f"{name}, {way}: {one['failed']} of {one['n']} failed"
                 for name, found in rows.items() for way, one in found.items() if one["failed"]]
    problems += [f"in turn, {name}, {way}: {one['failed']} failed"
                 for name, found in document["turns"].items() for way, one in found.items()
                 if one["failed"]]
    problems += [f"no row of doing nothing: {name}" for name in ("no child", "one child")
                 if "luytre" in ways and name not in document["idle"]]
    print("\n".join(problems))
    return int(bool(problems))
