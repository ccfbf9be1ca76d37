# SPDX-License-Identifier: GPL-3.0-or-later
"""ptrace(2): holds one thread of another process, which then hangs for all that it can tell."""

import ctypes
import os
import platform
import signal
import struct
import time

PTRACE_DETACH, PTRACE_SYSCALL, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 24, 0x4206, 0x4207
PTRACE_GET_SYSCALL_INFO, PTRACE_O_TRACESYSGOOD, SYSCALL_ENTRY = 0x420E, 1, 1
SYSCALL_STOP = signal.SIGTRAP | 0x80
# sendto(2) and sendmsg(2)
SENDS = {"x86_64": (44, 46), "aarch64": (206, 211)}[platform.machine()]
WALL = 0x40000000  # wait for threads, too

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, thread, address=None, data=None):
    if _libc.ptrace(request, thread, address, data) < 0:
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
        _ptrace(PTRACE_SEIZE, self.thread, data=PTRACE_O_TRACESYSGOOD)
        self._stop()
        return self

    def _stop(self):
        _ptrace(PTRACE_INTERRUPT, self.thread)
        os.waitpid(self.thread, WALL)

    def run_to(self, calls, timeout_s=30):
        """Lets it go on until it is about to make one of the system @calls."""
        end = time.monotonic() + timeout_s
        while True:
            _ptrace(PTRACE_SYSCALL, self.thread)
            while (stopped := os.waitpid(self.thread, WALL | os.WNOHANG))[0] == 0:
                if time.monotonic() > end:
                    self._stop()
                    raise RuntimeError(f"no system call {calls}")
                time.sleep(0.001)
            if not os.WIFSTOPPED(stopped[1]):
                raise RuntimeError("the thread has ended")
            if os.WSTOPSIG(stopped[1]) == SYSCALL_STOP and self._enters() in calls:
                return

    def _enters(self):
        """The system call that begins; -1 where one ends."""
        info = ctypes.create_string_buffer(128)
        _ptrace(PTRACE_GET_SYSCALL_INFO, self.thread, len(info), ctypes.addressof(info))
        return struct.unpack_from("=Q", info, 24)[0] if info.raw[0] == SYSCALL_ENTRY else -1

    def __exit__(self, *_):
        try:
            _ptrace(PTRACE_DETACH, self.thread)
        except ProcessLookupError:
            os.waitpid(self.thread, WALL)  # killed: it is not gone before its holder knows
