# SPDX-License-Identifier: GPL-3.0-or-later
"""First process of a house: makes its private files, says "ready", then lives until it is killed.

Runs as pid 1 of the house's own mount, pid and network namespaces, so that everything in the house
ends with it and no mount of it is ever seen outside.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys


def mount(*args):
    subprocess.run(["mount", *args], check=True)


def private_folder(work, path, seed=None, mode=0o755):
    """Lays a folder of the house over @path; @seed is copied into it first."""
    own = work / path.strip("/").replace("/", "-")
    own.mkdir(mode=mode)
    os.chmod(own, mode)
    if seed:
        subprocess.run(["cp", "-a", "--", f"{seed}/.", str(own)], check=True)
    mount("--bind", str(own), path)


def drop_lines(path, names, ids):
    """Takes the accounts out of a colon file that have one of our names or numbers."""
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split(":")
        if fields[0] not in names and not (len(fields) > 2 and fields[2] in ids):
            kept.append(line)
    return kept


def write_accounts(etc, accounts):
    """Adds @accounts (name -> (uid, groups)) to the house's passwd, group, shadow and subuid."""
    names = set(accounts)
    ids = {str(uid) for uid, _ in accounts.values()}
    passwd = drop_lines(etc / "passwd", names, ids)
    group = drop_lines(etc / "group", names, ids)
    members = {}
    for name, (uid, groups) in accounts.items():
        home = f"/home/{name}"
        passwd.append(f"{name}:x:{uid}:{uid}:{name}:{home}:/bin/bash")
        group.append(f"{name}:x:{uid}:")
        for other in groups:
            members.setdefault(other, []).append(name)
    for number, (name, users) in enumerate(sorted(members.items())):
        found = [line for line in group if line.split(":")[0] == name]
        for line in found:
            group.remove(line)
        gid = found[0].split(":")[2] if found else str(30500 + number)
        group.append(f"{name}:x:{gid}:{','.join(users)}")
    (etc / "passwd").write_text("\n".join(passwd) + "\n", encoding="utf-8")
    (etc / "group").write_text("\n".join(group) + "\n", encoding="utf-8")
    subids = [f"{name}:{200000 + 65536 * index}:65536" for index, name in enumerate(accounts)]
    for name in ("subuid", "subgid"):
        (etc / name).write_text("\n".join(subids) + "\n", encoding="utf-8")


def write_network_files(etc, resolvers):
    files = {
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "resolv.conf": "".join(f"nameserver {address}\n" for address in resolvers),
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    }
    for name, text in files.items():
        path = etc / name
        path.unlink(missing_ok=True)  # resolv.conf is often a link out of /etc
        path.write_text(text, encoding="ascii")


def make_homes(accounts):
    for name, (uid, _) in accounts.items():
        home = pathlib.Path("/home") / name
        home.mkdir(mode=0o700)
        runtime = pathlib.Path("/run/user") / str(uid)
        runtime.mkdir(mode=0o700, parents=True)
        for folder in (home, runtime):
            shutil.chown(folder, uid, uid)


def main():
    work = pathlib.Path(sys.argv[1])
    accounts = {}
    for item in sys.argv[3].split(";"):
        name, uid, groups = item.split(":")
        accounts[name] = (int(uid), [group for group in groups.split(",") if group])
    private_folder(work, "/etc", seed="/etc")
    for path in ("/run", "/var/lib", "/home"):
        private_folder(work, path)
    etc = pathlib.Path("/etc")
    write_accounts(etc, accounts)
    write_network_files(etc, sys.argv[2].split(","))
    make_homes(accounts)
    os.chdir("/")  # programs that enter start where this one is
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # reap whatever the house leaves behind
    print("ready", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
