# SPDX-License-Identifier: GPL-3.0-or-later
"""The house's layers: what stands at the root, and who may include whom."""

import concurrent.futures
import json
import pathlib
import re
import subprocess

from tree import Problem

ROOT_ENTRIES = {
    "policy", "agent", "tray", "systemd", "tests", "po", "debian", ".ci",
    "meson.build", "meson_options.txt", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
}

# folder -> folders whose headers it may include; the complete list.
ARROWS = {
    "policy": {"policy"},
    "agent": {"policy", "agent"},
    "tray": {"tray"},
    "tests": {"policy", "agent", "tray", "tests"},
}

# The C that gdbus-codegen makes of agent/bus/org.luytre.Agent1.xml: the contract that both sides
# know, and the only thing of the agent's that the tray may see.
CONTRACT = re.compile(r"^(agent/bus/)?[a-z0-9-]*(agent1|contract|generated)[a-z0-9-]*\.h$")

# What a pure library needs of the system.
POLICY_SYSTEM = {
    "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdbool.h",
    "stddef.h", "stdint.h", "stdlib.h", "string.h",
    "glib.h", "glib-object.h", "idn2.h", "libpsl.h", "json.h", "pcre2.h",
}
POLICY_SYSTEM_FAMILIES = ("json-c/", "json_", "nettle/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.MULTILINE)


def includes(tree, path):
    """(line, kind, name) of each include; kind is '"' or '<'."""
    code = tree.code(path)
    return [(code.count("\n", 0, match.start()) + 1, match.group(1), match.group(2))
            for match in INCLUDE.finditer(code)]


def root_entries(tree):
    """Only what other tools look for stands beside the layers."""
    found = []
    for path in tree.paths:
        name = path.split("/")[0]
        is_dotfile = name.startswith(".") and "/" not in path
        if name not in ROOT_ENTRIES and not is_dotfile:
            found.append(Problem(path, 1, f"'{name}' has no place at the root"))
        if name == "systemd" and path.endswith((".c", ".h")):
            found.append(Problem(path, 1, "no C in systemd/"))
    return found


def include_arrows(tree):
    """policy sees policy; agent policy and agent; tray itself and the bus contract; tests all."""
    found = []
    for path in tree.c_files():
        folder = path.split("/")[0]
        for line, kind, name in includes(tree, path):
            if kind != '"':
                continue
            target = name.split("/")[0]
            if CONTRACT.match(name) and folder != "policy":
                continue
            if "/" not in name and folder != "tests":
                found.append(Problem(path, line, f'"{name}": the folder is part of an include'))
            elif "/" in name and target not in ARROWS[folder]:
                found.append(Problem(path, line, f'{folder}/ must not include "{name}"'))
            elif "/" in name and name not in tree.paths:
                found.append(Problem(path, line, f'"{name}" is not in the tree'))
    return found


def policy_system_headers(tree):
    """policy/ does no I/O: it includes only what values and functions need."""
    found = []
    for path in tree.c_files("policy/"):
        for line, kind, name in includes(tree, path):
            if kind == "<" and name not in POLICY_SYSTEM and \
                    not name.startswith(POLICY_SYSTEM_FAMILIES):
                found.append(Problem(path, line, f"<{name}> is not for policy/"))
    return found


def include_order(tree):
    """A file's own header comes first, and ours before the system's."""
    found = []
    for path in tree.c_files("policy/", "agent/", "tray/"):
        listed = includes(tree, path)
        own = path[:-2] + ".h"
        names = [name for _, _, name in listed]
        if path.endswith(".c") and own in names and names[0] != own:
            found.append(Problem(path, listed[0][0], f'"{own}" comes first'))
        system = False
        for line, kind, name in listed:
            system = system or kind == "<"
            if system and kind == '"':
                found.append(Problem(path, line, f'"{name}" comes before the <...> headers'))
    return found


def headers_once(tree):
    """A header says #pragma once."""
    return [Problem(path, 1, "no #pragma once") for path in tree.ours(".h")
            if not re.search(r"^#pragma once$", tree.text(path), re.MULTILINE)]


def include_cycles(tree):
    """No header is in a cycle."""
    graph = {path: [name for _, kind, name in includes(tree, path) if kind == '"']
             for path in tree.c_files() if path.endswith(".h")}
    found = []
    for start in graph:
        seen, wait = set(), list(graph[start])
        while wait:
            name = wait.pop()
            if name not in seen:
                seen.add(name)
                wait += graph.get(name, [])
        if start in seen:
            found.append(Problem(start, 1, "includes itself by way of others"))
    return found


def _flags(tree):
    packages = ["glib-2.0", "gio-2.0", "gio-unix-2.0", "json-c", "sqlite3", "libnftables", "libmnl",
                "libnotify", "polkit-gobject-1", "libpsl", "libidn2", "nettle"]
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-DG_LOG_USE_STRUCTURED=1", f"-I{tree.root}",
             '-DLUYTRE_VERSION="0"', "-DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_74",
             "-DGLIB_VERSION_MAX_ALLOWED=GLIB_VERSION_2_74"]
    for package in packages:
        done = subprocess.run(["pkg-config", "--cflags", package], capture_output=True, text=True,
                              check=False)
        flags += done.stdout.split()
    if tree.build:
        flags.append(f"-I{tree.build}")
        flags += [f"-I{header.parent}" for header in tree.build.glob("agent/bus/*.h")]
    return list(dict.fromkeys(flags))


def headers_alone(tree):
    """Each header compiles as the first line of a program, with gcc and with clang."""
    flags = _flags(tree)

    def compile_one(job):
        compiler, path = job
        done = subprocess.run(
            [compiler, *flags, "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
             "-fsyntax-only", "-x", "c", "-"],
            input=f'#include "{path}"\n', capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr)
        return Problem(path, 1, f"does not compile alone with {compiler}: {first}")

    jobs = [(compiler, path) for compiler in ("gcc", "clang") for path in tree.ours(".h")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [problem for problem in pool.map(compile_one, jobs) if problem]


def all_built(tree):
    """No C file lies about that no program is built from."""
    if tree.build is None:
        return []
    commands = json.loads((tree.build / "compile_commands.json").read_text(encoding="utf-8"))
    built = {(pathlib.Path(item["directory"]) / item["file"]).resolve() for item in commands}
    return [Problem(path, 1, "no target is built from this file")
            for path in tree.c_files("policy/", "agent/", "tray/")
            if path.endswith(".c") and (tree.root / path).resolve() not in built]
