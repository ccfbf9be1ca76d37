# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd's file descriptor store, as one service needs it: sd_notify(3), sd_listen_fds(3)."""

import os

# Moves the descriptors to where sd_listen_fds() looks, from 3 on, and becomes the program.
MOVE = """
import fcntl, os, sys
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1].split(",")]
for index, fd in enumerate(high):
    os.dup2(fd, 3 + index)
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(sys.argv[2], sys.argv[2:])
"""


class FdStore:
    def __init__(self):
        self.fds = {}

    def take(self, message, fds):
        """A message that came to NOTIFY_SOCKET with @fds."""
        lines = dict(line.split(b"=", 1) for line in message.split(b"\n") if b"=" in line)
        if lines.get(b"FDSTORE") != b"1":
            for fd in fds:
                os.close(fd)
            return
        name = lines[b"FDNAME"].decode()
        if name in self.fds:
            os.close(self.fds.pop(name))
        [self.fds[name]] = fds

    def hand_over(self, argv, env):
        """What a start with everything that is kept looks like: argv, env, descriptors to pass."""
        if not self.fds:
            return argv, env, ()
        fds = tuple(self.fds.values())
        env = {**env, "LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(self.fds)}
        return ["/usr/bin/python3", "-c", MOVE, ",".join(map(str, fds)), *argv], env, fds

    def clear(self):
        """As when the service is stopped: nothing is kept any more."""
        while self.fds:
            os.close(self.fds.popitem()[1])
