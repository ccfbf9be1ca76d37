# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of Debian 13 inside a house of Debian 12: clients that speak HTTP/3.

The root is made once by debootstrap, in CACHE, and is only read afterwards. curl there has HTTP/3
(ngtcp2, OpenSSL 3.5 with its post-quantum hello), and python3-aioquic speaks QUIC versions 1 and 2.

    newer = Debian13(house)
    done = newer.run_as("na", ["curl", "--http3-only", "-sS", "https://school.test/"])

Each program gets mounts of its own: the house's /etc/resolv.conf, /etc/hosts and authorities, /dev,
and house.work under the same path as outside.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess

CACHE = pathlib.Path(os.environ.get("LUYTRE_TEST_CACHE", "/var/cache/luytre-tests"))
SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
# debootstrap does not follow virtual packages, so python3-cryptography's is named here.
PACKAGES = ("ca-certificates", "curl", "python3-aioquic", "python3-cffi-backend")

ENTER = """set -e
root=$1; work=$2; user=$3; shift 3
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
  [ ! -e "$file" ] || mount --bind "$file" "$root$file"
done
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/tmp"
mkdir -p "$root$work" && mount --bind "$work" "$root$work"
exec chroot --userspec="$user" --groups= "$root" "$@"
"""


def root(suite=SUITE, packages=PACKAGES):
    """The folder of such a Debian, made on first use (minutes, 300 MB). Tests that run together
    wait for the one that makes it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    done = CACHE / f"{suite}-{'-'.join(packages)}"
    with open(CACHE / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _make(done, suite, packages)
    return done


def _make(done, suite, packages):
    growing = done.with_suffix(".new")
    shutil.rmtree(growing, ignore_errors=True)
    made = subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(packages),
                           suite, str(growing), MIRROR], capture_output=True, text=True)
    if made.returncode != 0:
        raise RuntimeError(f"debootstrap failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
    for name in ("etc/resolv.conf", "etc/hosts"):
        if not (growing / name).is_symlink():  # systemd-resolved's leads to /run
            (growing / name).touch()
    shutil.rmtree(growing / "var/cache/apt", ignore_errors=True)
    growing.rename(done)


class Debian13:
    """Debian 13's programs in one house."""

    def __init__(self, house):
        self.house = house
        self.root = root()

    def start_as(self, user, argv, env=None, **popen):
        """As House.start_as(), with programs of Debian 13; @argv[0] is found in its /usr/bin."""
        uid = self.house.accounts[user][0] if user in self.house.accounts else 0
        return self.house.start_as("root", self._enter(uid, argv), env=env, **popen)

    def _enter(self, uid, argv):
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(self.root),
                str(self.house.work), f"{uid}:{uid}", *argv]

    def start_server(self, argv, **popen):
        """As House.start_server(), with programs of Debian 13."""
        return self.house.start_server(self._enter("0", argv), **popen)

    def run_as(self, user, argv, timeout=20, env=None):
        """As House.run_as()."""
        process = self.start_as(user, argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.house.finish(process, timeout)
