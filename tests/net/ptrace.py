# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrace(2): holds one thread of another process, which then hangs for all that it can tell."""

import ctypes
import os

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000  # wait for threads, too

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def threads(pid):
    """name -> thread of @pid; names are those that the program gave, at most 15 characters."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as file:
            found[file.read().strip()] = int(thread)
    return found


class Held:
    """`with Held(thread):` it does nothing. The thread may be killed meanwhile."""

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        _ptrace(PTRACE_SEIZE, self.thread)
        _ptrace(PTRACE_INTERRUPT, self.thread)
        os.waitpid(self.thread, WALL)
        return self

    def __exit__(self, *_):
        try:
            _ptrace(PTRACE_DETACH, self.thread)
        except ProcessLookupError:
            os.waitpid(self.thread, WALL)  # killed: it is not gone before its holder knows
