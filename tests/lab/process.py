# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs inside a house: entered with nsenter, known by their real pid outside."""

import os
import signal
import subprocess
import time
from typing import NamedTuple

from .pace import slowed


class Done(NamedTuple):
    """What a program left: exit status (negative: killed, -9 also at a timeout), output, time."""

    rc: int
    out: str
    err: str
    ms: float


def only_child(pid):
    """The pid of the one child of @pid, or None while there is none."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(children[0]) if children else None


class Process:
    """A program under nsenter. `pid` is the program's own, in the caller's pid namespace."""

    def __init__(self, argv, **popen):
        self.argv = argv
        self._outer = subprocess.Popen(argv, **popen)
        self._inner = None

    @property
    def stdin(self):
        return self._outer.stdin

    @property
    def stdout(self):
        return self._outer.stdout

    @property
    def stderr(self):
        return self._outer.stderr

    @property
    def pid(self):
        # nsenter forks after it has entered the pid namespace: the program is its only child.
        while self._inner is None and self._outer.poll() is None:
            self._inner = only_child(self._outer.pid)
            if self._inner is None:
                time.sleep(0.002)
        return self._inner

    def poll(self):
        return self._outer.poll()

    def kill(self, number=signal.SIGKILL):
        """Signals the program itself; nsenter then stops with it or ends with the same status."""
        if self.pid is not None:
            try:
                os.kill(self.pid, number)
                if number == signal.SIGCONT:
                    self._outer.send_signal(number)
            except ProcessLookupError:
                pass

    def wait(self, timeout=10):
        return self._outer.wait(slowed(timeout))

    def stop(self, timeout=5):
        """Asks to end, then insists. Returns the exit status."""
        if self.poll() is None:
            self.kill(signal.SIGTERM)
            try:
                return self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.wait(timeout)

    def close(self):
        """After the house's end: takes the status and closes the pipes."""
        self.wait()
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe:
                pipe.close()

    def finish(self, timeout, stdin=None):
        """Waits for the end and returns a Done; kills the program at the timeout."""
        start = time.monotonic()
        try:
            out, err = self._outer.communicate(stdin, slowed(timeout))
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self._outer.communicate()
        ms = (time.monotonic() - start) * 1000
        rc = self._outer.returncode
        # nsenter dies of the signal that ended its child, or says 128 + signal.
        rc = 128 - rc if rc > 128 else rc
        return Done(rc, _text(out), _text(err), ms)


def _text(data):
    if data is None:
        return ""
    return data if isinstance(data, str) else data.decode("utf-8", "replace")
