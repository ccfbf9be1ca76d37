# SPDX-License-Identifier: GPL-3.0-or-later
"""What compiled code needs and gives away: policy/ stays pure, a file exports its own names."""

import pathlib
import re
import subprocess
import tempfile
from typing import NamedTuple

from tree import Problem

# What policy/ may take from outside, as whole names. Whatever is not here is refused: files,
# sockets, clocks, the environment, logs, threads, signals, processes.
ALLOWED = re.compile(r"""^(
    lt_.*
  | _GLOBAL_OFFSET_TABLE_ | __stack_chk_fail | __(asan|ubsan|sanitizer|tsan|sancov)_.* | __asan.*
  | (__)?(mem(cpy|move|set|cmp|chr|rchr|mem|pcpy)|str(n?len|n?cmp|n?casecmp|r?chr|c?spn|str))(_chk)?
  | qsort | bsearch | abort | __assert_fail | strto(ul|l|ull|ll|d) | __errno_location
  | __isoc(99|23)_strto(ul|l|ull|ll|d) | __ctype_(b|tolower|toupper)_loc | is(nan|inf|finite)
  | floor | ceil | trunc | fmod | modf | round | labs | abs
  | g_(malloc|malloc0|malloc_n|malloc0_n|realloc|realloc_n|try_malloc|try_malloc0|free|free_sized)
  | g_(new|memdup2|aligned_alloc|aligned_free|clear_pointer|steal_pointer|slice_.*)
  | g_(strdup|strndup|strdup_printf|strdup_vprintf|strconcat|strjoin|strjoinv|strsplit|strsplit_set)
  | g_(strfreev|strv_.*|strcmp0|str_.*|strstr_len|strrstr.*|strchomp|strchug|strlcpy|strlcat)
  | g_strdelimit
  | g_(snprintf|vsnprintf|strescape|strreverse|stpcpy)
  | g_(ascii|utf8|unichar|utf16|ucs4)_.* | g_ascii_table
  | g_(array|ptr_array|byte_array|bytes|hash_table|string|list|slist|queue|tree|sequence|bit)_.*
  | g_(int|int64|direct)_(equal|hash) | g_qsort_with_data | g_base64_.*
  | g_(error|set_error|propagate|prefix)_.* | g_(set|propagate|prefix|clear)_(prefixed_)?error.*
  | g_quark_from_static_string | g_quark_to_string | g_intern_static_string
  | g_(atomic_)?(rc_box|ref_count)_.* | g_atomic_int_.*
  | g_return_if_fail_warning | g_log | g_assertion_message(_.*)? | g_date_.*
  | g_checksum_.* | g_compute_checksum_.*
  | json_(object|tokener|pointer|util_get|c_version|type_to_name|number_chars|hex_chars|global).*
  | idn2_.* | nettle_.* | pcre2_.*
  | psl_(builtin|is_public_suffix|is_public_suffix2|registrable_domain
      | unregistrable_domain|free_string|str_to_utf8lower|check_version_number|get_version)
)$""", re.VERBOSE)

# g_log alone is what g_return_if_reached() is made of: the check "policy-silent" sees the rest.
# Of the families above, what does I/O, reads the machine or is not for a library.
REFUSED = re.compile(r"""^(
    g_date_set_time.* | g_date_strftime | json_object_(from|to)_f(ile|d).* | json_util_get_last_err
  | json_global_set.* | idn2_lookup_ul | idn2_register_ul | g_tree_foreach_print
)$""", re.VERBOSE)

# The storage of a GQuark that its macro makes; it is filled with the same value by whoever comes.
QUARK_STORAGE = re.compile(r"^q(\.\d+)?$")


class Symbol(NamedTuple):
    name: str
    kind: str
    section: str


def read_symbols(path):
    """nm's table of an object file."""
    done = subprocess.run(["nm", "--format=sysv", str(path)], capture_output=True, text=True,
                          check=True)
    found = []
    for line in done.stdout.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7:
            found.append(Symbol(fields[0], fields[2], fields[6]))
    return found


def objects(tree, folder):
    """(source path, object) of the folder: from the build, or compiled here for a snippet."""
    if tree.build is None:
        return _compile(tree, folder)
    found = []
    for path in tree.c_files(folder):
        if path.endswith(".c"):
            for part in range(1, path.count("/") + 1):
                pieces = path.split("/")
                at = tree.build.joinpath(*pieces[:part])
                name = "_".join(pieces[part:]) + ".o"
                found += [(path, read_symbols(item)) for item in at.glob(f"*.a.p/{name}")]
    return found


def _compile(tree, folder):
    found = []
    with tempfile.TemporaryDirectory() as work:
        for path in tree.c_files(folder):
            if path.endswith(".c"):
                out = pathlib.Path(work) / "snippet.o"
                subprocess.run(["gcc", "-w", "-std=gnu11", "-D_GNU_SOURCE", "-c", "-o", str(out),
                                f"-I{tree.root}", str(tree.root / path)], check=True)
                found.append((path, read_symbols(out)))
    return found


def policy_symbols(tree):
    """policy/ asks nothing of the world: no file, socket, clock, environment, log or thread."""
    found = []
    listed = objects(tree, "policy/")
    if not listed:
        return [Problem("policy", 1, "no compiled code of policy/ was found")]
    for path, symbols in listed:
        for symbol in symbols:
            if symbol.kind in ("U", "w") and (not ALLOWED.match(symbol.name)
                                              or REFUSED.match(symbol.name)):
                found.append(Problem(path, 1, f"policy/ must not use {symbol.name}()"))
    return found


def policy_state(tree):
    """policy/ keeps nothing between calls: no variable that can change."""
    found = []
    for path, symbols in objects(tree, "policy/"):
        for symbol in symbols:
            writable = symbol.section.startswith((".data", ".bss", "*COM*", ".tbss", ".tdata")) \
                and not symbol.section.startswith(".data.rel.ro")
            ours = symbol.name and not symbol.name.startswith(("__", ".", "_"))
            if writable and ours and not QUARK_STORAGE.match(symbol.name):
                found.append(Problem(path, 1, f"'{symbol.name}' is state: policy/ keeps none"))
    return found


def _types(header):
    """Prefixes that a header's own types give to functions: LtRuleSet -> lt_rule_set_."""
    names = set(re.findall(r"\}\s*(Lt[A-Z]\w*);", header))
    names |= set(re.findall(r"typedef\s+struct\s+_?\w+\s+(Lt[A-Z]\w*);", header))
    names |= set(re.findall(r"G_DECLARE_\w+\((Lt[A-Z]\w*)", header))
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + "_" for name in names}


def exports(tree):
    """policy/host-index.c exports lt_host_index_*, lt_host_*, or functions of its types."""
    found = []
    for path, symbols in objects(tree, "policy/"):
        stem = pathlib.Path(path).stem
        header = path[:-2] + ".h"
        prefixes = {"lt_" + stem.split("-")[0] + "_", "lt_" + stem.replace("-", "_")}
        if header in tree.paths:
            prefixes |= _types(tree.text(header))
        for symbol in symbols:
            # T, D, R, B: defined here and seen everywhere. Sanitizers add some of their own.
            if symbol.kind in "TDRBGC" and symbol.kind and not symbol.name.startswith("_") \
                    and not symbol.name.startswith(tuple(prefixes)):
                found.append(Problem(path, 1, f"'{symbol.name}' is not this file's name to export"))
    return found
