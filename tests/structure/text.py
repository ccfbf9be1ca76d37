# SPDX-License-Identifier: GPL-3.0-or-later
"""What files look like: first lines, size, words, calls and forms that the style rules out."""

import os
import re
import subprocess

from tree import Problem, line_of, search

MAX_LINES = 600
LICENCE = "SPDX-License-Identifier: GPL-3.0-or-later"

# Unbounded, unsafe in threads, silent about errors, or a shell.
BANNED_CALLS = (
    "strcpy", "strcat", "strncat", "strncpy", "stpcpy", "sprintf", "vsprintf", "gets", "scanf",
    "strtok", "atoi", "atol", "atoll", "atof", "alloca", "g_alloca", "g_newa",
    "system", "popen", "tmpnam", "tempnam", "mktemp", "rand", "srand", "setjmp", "longjmp",
    "g_error", "bcopy", "bzero", "usleep", "gethostbyname", "inet_ntoa",
)
CALLS_OF_MAIN = ("exit", "_exit", "quick_exit")

MARKS = r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|\bnot impl[e]mented\b"
MACHINE_PATHS = r"/w[o]rk/|/tmp/w[t]\b|/tmp/b[a]sh_jobs|/home/(user|build[a-z]*|runner)/"


def first_lines(tree):
    """A source file opens with its licence and one sentence that says what it is for."""
    found = []
    for path in tree.c_files():
        lines = tree.text(path).split("\n")
        if lines[0] != f"/* {LICENCE} */":
            found.append(Problem(path, 1, f"line 1 is not '/* {LICENCE} */'"))
        purpose = re.match(r"/\*\*?[\s*]*([A-Z\"`<a-z].*?)\*/", "\n".join(lines[1:]), re.DOTALL)
        if not purpose or not re.search(r"[.?]", purpose.group(1)):
            found.append(Problem(path, 2, "no sentence that says what the file is for"))
    scripts = set(tree.scripts("python", ".py")) | set(tree.scripts("(ba)?sh", ".sh"))
    for path in sorted(scripts):
        lines = tree.text(path).split("\n")
        lines = lines[1:] if lines[0].startswith("#!") else lines
        if lines[0] != f"# {LICENCE}":
            found.append(Problem(path, 1, f"no line '# {LICENCE}' at the head"))
        elif not re.match(r'("""|# )\S.*', "\n".join(lines[1:]).lstrip("\n")):
            found.append(Problem(path, 2, "no sentence that says what the file is for"))
    for path in tree.ours(".xml"):
        if LICENCE not in tree.text(path)[:400]:
            found.append(Problem(path, 1, "no licence line at the head"))
    return found


def file_size(tree):
    """One idea a file: no source is longer than MAX_LINES."""
    found = []
    for path in tree.ours(".c", ".h", ".py", ".sh", "tests/all", "tests/demo"):
        n_lines = tree.text(path).count("\n")
        if n_lines > MAX_LINES:
            found.append(Problem(path, MAX_LINES, f"{n_lines} lines: split it by idea"))
    return found


def banned_calls(tree):
    """No call that cannot be bounded or checked; the program ends only in main."""
    found = []
    names = "|".join(BANNED_CALLS)
    for path in tree.c_files():
        found += search(tree, path, rf"(?<![\w.>])({names})\s*\(", "'{0}...)' is banned")
        if not path.startswith("tests/") and not path.endswith("-main.c"):
            ends = "|".join(CALLS_OF_MAIN)
            found += search(tree, path, rf"(?<![\w.>])({ends})\s*\(", "'{0}...)' outside main")
    return found


def policy_silent(tree):
    """A library is silent: policy/ neither logs nor prints."""
    found = []
    for path in tree.c_files("policy/"):
        found += search(tree, path,
                        r"\bg_(log\w*|message|debug|info|warning|critical|print\w*)\s*\("
                        r"|\bf?printf\s*\(|\bf?puts\s*\(", "'{0}...)' in policy/")
    return found


def wire_casts(tree):
    """Bytes from outside are read one by one: policy/wire casts no pointer to a wider type."""
    narrow = r"(?:const\s+)?(?:guint8|uint8_t|guchar|unsigned char|char|gchar)\s*\*"
    pattern = rf"\((?!{narrow}\s*\))\s*(?:const\s+)?(?:struct\s+)?[A-Za-z_]\w*\s*\*+\s*\)\s*[\w(&]"
    found = []
    for path in tree.c_files("policy/wire/"):
        found += search(tree, path, pattern, "'{0}': a cast of a pointer to packet bytes")
    return found


def no_goto(tree):
    """Cleanup is g_autoptr's; no goto."""
    found = []
    for path in tree.c_files():
        found += search(tree, path, r"\bgoto\s+\w+\s*;", "'{0}': clean up by g_autoptr")
    return found


def _block(code, start):
    """The offsets of the {...} that opens after @start."""
    begin = code.find("{", start)
    depth = 0
    for offset in range(begin, len(code)):
        depth += {"{": 1, "}": -1}.get(code[offset], 0)
        if depth == 0:
            return begin, offset
    return begin, len(code)


def own_enums_complete(tree):
    """A switch on an enum of ours names each value: the compiler then finds a forgotten one."""
    found = []
    for path in tree.c_files("policy/", "agent/", "tray/"):
        code = tree.code(path)
        for match in re.finditer(r"\bswitch\s*\(", code):
            begin, end = _block(code, match.end())
            body = code[begin + 1:end]
            inner = re.search(r"\bswitch\s*\(", body)
            while inner:  # an inner switch answers for itself
                first, last = _block(body, inner.end())
                body = body[:inner.start()] + re.sub(r"[^\n]", " ", body[inner.start():last + 1]) \
                    + body[last + 1:]
                inner = re.search(r"\bswitch\s*\(", body)
            default = re.search(r"\bdefault\s*:", body)
            if default and re.search(r"\bcase\s+LT_[A-Z_]+\s*:", body):
                found.append(Problem(path, line_of(code, begin + 1 + default.start()),
                                     "default in a switch on an enum of ours"))
    return found


def unfinished(tree):
    """Nothing is marked as to be done later."""
    found = []
    for path in tree.ours(".c", ".h", ".py", ".sh", ".build", ".md", ".xml", "tests/all",
                          "tests/demo"):
        found += search(tree, path, MARKS, "'{0}': do it or leave it out", code=False)
    return found


def machine_paths(tree):
    """Nothing names the folders of the machine that it was written on."""
    found = []
    for path in tree.ours():
        found += search(tree, path, MACHINE_PATHS, "'{0}': a path of one machine", code=False)
    return found


def plain_text(tree):
    """UTF-8 text without tabs in code, blanks at line ends or a missing last newline."""
    found = []
    for path in tree.ours():
        data = tree.bytes(path)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            found.append(Problem(path, 1, "not text"))
            continue
        if "\0" in text:
            found.append(Problem(path, 1, "not text"))
            continue
        if text and not text.endswith("\n"):
            found.append(Problem(path, text.count("\n") + 1, "no newline at the end"))
        found += search(tree, path, r"[ \t]+$", "blanks at the end of the line", code=False)
        if path.endswith((".c", ".h", ".py", ".build", ".json", ".xml")):
            found += search(tree, path, r"\t", "a tab", code=False)
    return found


def formatted(tree):
    """clang-format 14 would change nothing."""
    paths = tree.c_files()
    if not paths:
        return []
    config = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.clang-format")
    done = subprocess.run(
        ["clang-format-14", "--dry-run", "-Werror", f"--style=file:{config}", *paths],
        cwd=tree.root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    places = dict.fromkeys(re.findall(r"^(\S+?):(\d+):\d+: error", done.stderr, re.MULTILINE))
    return [Problem(path, int(line), "clang-format-14 would change this")
            for path, line in places] or [Problem(".", 1, done.stderr)]


def shell_scripts(tree):
    """Shell scripts parse, and shellcheck finds nothing."""
    found = []
    for path in tree.scripts("(ba)?sh", ".sh"):
        for tool in (["bash", "-n"], ["shellcheck", "--severity=warning", "--format=gcc"]):
            done = subprocess.run([*tool, path], cwd=tree.root, capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0:
                found.append(Problem(path, 1, (done.stdout + done.stderr).strip()))
    return found


def python_scripts(tree):
    """Python compiles, in lines of at most 100 columns."""
    found = []
    for path in tree.scripts("python", ".py"):
        text = tree.text(path)
        try:
            compile(text, path, "exec")
        except SyntaxError as error:
            found.append(Problem(path, error.lineno or 1, f"does not compile: {error.msg}"))
        found += [Problem(path, number, f"{len(line)} columns")
                  for number, line in enumerate(text.split("\n"), 1) if len(line) > 100]
    return found


def executables(tree):
    """What starts with #! can be run, and nothing else can."""
    found = []
    for path in tree.ours():
        runs = os.access(tree.root / path, os.X_OK)
        script = tree.bytes(path).startswith(b"#!")
        if runs != script:
            found.append(Problem(path, 1, "not executable" if script else
                                 "executable, but no script"))
    return found
