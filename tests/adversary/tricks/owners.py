#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the socket: handed on to another account's program, opened before the agent came, the
other end's idea, or in a network of one's own. Lines on standard input say when to go on."""

import subprocess
import sys

from child import QUIET_S, connected, main, os, read_for, read_some, socket, time

DOOR = "/run/door"  # where the helper waits for the socket


def handed_on(target):
    """Another account's program (`take`) sends on this child's connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        while True:
            try:
                door.connect(DOOR)
                break
            except OSError:
                time.sleep(0.01)
        connection = connected(target)
        socket.send_fds(door, [b"x"], [connection.fileno()])
        connection.close()
        door.recv(1)


def take(target):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(DOOR)
        os.chmod(DOOR, 0o777)
        door.listen()
        visitor, _ = door.accept()
        _, fds, _, _ = socket.recv_fds(visitor, 1, 1)
        with socket.socket(fileno=fds[0]) as connection:
            connection.sendall(target.asking())
            read_for(connection, QUIET_S * target.slow)
        visitor.send(b"x")


def opened_before(target):
    """Connected before the rules are in force, used after."""
    with connected(target) as connection:
        print("connected", flush=True)
        sys.stdin.readline()
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def used_before(target):
    """An open request before, the blocked one after."""
    with connected(target) as connection:
        connection.sendall(target.first())
        read_some(connection)
        print("connected", flush=True)
        sys.stdin.readline()
        connection.sendall(target.asking())
        read_for(connection, QUIET_S * target.slow)


def own_network(*command):
    """curl in a user and a network namespace with a network stack of its own."""
    def run(target):
        port = target[1]
        address = f"[{target[0]}]" if ":" in target[0] else target[0]
        url = f"{'http' if port == 80 else 'https'}://{target.closed}/"
        curl = ["curl", "-sSk", "--max-time", "5", "-o", "/dev/null", "--resolve",
                f"{target.closed}:{port}:{address}", url]
        done = subprocess.run([*command, *curl], capture_output=True, text=True, timeout=20,
                              check=False)
        if done.returncode:
            raise OSError(done.stderr.strip()[-200:])
    return run


SLIRP = """
import ctypes, os, subprocess, sys
ready, go = os.pipe(), os.pipe()
uid = os.getuid()
child = os.fork()
if child == 0:
    ctypes.CDLL(None).unshare(0x50000000)  # CLONE_NEWUSER | CLONE_NEWNET
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(ready[0], 1)
for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {uid} 1")):
    with open(f"/proc/{child}/{name}", "w") as file:
        file.write(text)
up = os.pipe()
os.set_inheritable(up[1], True)
slirp = subprocess.Popen(["slirp4netns", "-c", "-6", "-r", str(up[1]), str(child), "tap0"],
                         close_fds=False, stdout=2)
os.read(up[0], 1)
os.write(go[1], b"x")
status = os.waitpid(child, 0)[1]
slirp.terminate()
sys.exit(os.waitstatus_to_exitcode(status))
"""

VARIANTS = {"handed-on": handed_on, "take": take, "opened-before": opened_before,
      "used-before": used_before,
      "own-network-pasta": own_network("pasta", "-q", "--config-net", "--no-map-gw", "--"),
      "own-network-slirp": own_network("/usr/bin/python3", "-c", SLIRP)}

if __name__ == "__main__":
    main(VARIANTS)
