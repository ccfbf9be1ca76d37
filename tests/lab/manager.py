# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd is to one service: sd_notify(3), its file descriptor store, sd_listen_fds(3)."""

import os
import socket
import threading
import time

# Moves the descriptors to where sd_listen_fds() looks, from 3 on, and becomes the program.
MOVE = """
import fcntl, os, sys
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 1000) for fd in sys.argv[1].split(",")]
for index, fd in enumerate(high):
    os.dup2(fd, 3 + index)
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """Listens as long as the house stands; the service may come and go."""

    def __init__(self):
        self.fds = {}
        self.said = []  # (monotonic time, line) of all messages
        self._ready = threading.Event()
        self._socket = None
        self._thread = None
        self._over = False

    def listen(self, path):
        """@path: NOTIFY_SOCKET as the caller sees it. Forgets that anybody was ready."""
        self._ready.clear()
        if self._socket:
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)
        os.chmod(path, 0o666)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over:
            try:
                message, fds, _, _ = socket.recv_fds(self._socket, 4096, 16)
            except TimeoutError:
                continue
            lines = message.decode().splitlines()
            self.said += [(time.monotonic(), line) for line in lines]
            self._take(dict(line.split("=", 1) for line in lines), fds)
            if "READY=1" in lines:
                self._ready.set()

    def _take(self, values, fds):
        name = values.get("FDNAME")
        if "FDSTOREREMOVE" in values and name in self.fds:
            os.close(self.fds.pop(name))
        elif "FDSTORE" in values and name not in self.fds:
            [self.fds[name]] = fds
            return
        for fd in fds:
            os.close(fd)

    def is_ready(self, wait_s):
        return self._ready.wait(wait_s)

    def times(self, line):
        """When the service said @line."""
        return [when for when, said in self.said if said == line]

    def hand_over(self, argv, env):
        """What a start with everything that is kept looks like: argv, env, descriptors to pass."""
        if not self.fds:
            return argv, env, ()
        kept = dict(self.fds)
        fds = tuple(kept.values())
        env = {**env, "LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(kept)}
        return ["/usr/bin/python3", "-c", MOVE, ",".join(map(str, fds)), *argv], env, fds

    def clear(self):
        """As when the service is stopped: nothing is kept any more."""
        while self.fds:
            os.close(self.fds.popitem()[1])

    def close(self):
        self._over = True
        if self._thread:
            self._thread.join()
            self._socket.close()
        self.clear()
