# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's own kernel for a virtual machine: fetched by apt, unpacked once into a cache.

Nothing of it is installed on this machine. The newest kernel that apt knows is taken; without a
network the newest of the cache.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import NamedTuple

META_PACKAGE = "linux-image-amd64"
# What a machine without hardware needs of the package, as tar sees it.
PARTS = (
    "./boot/vmlinuz-*",
    "./lib/modules/*/modules.*",
    "./lib/modules/*/kernel/arch",
    "./lib/modules/*/kernel/crypto",
    "./lib/modules/*/kernel/fs",
    "./lib/modules/*/kernel/lib",
    "./lib/modules/*/kernel/net",
    "./lib/modules/*/kernel/drivers/net/veth.ko",
    "./lib/modules/*/kernel/drivers/virtio",
)


class NoKernel(Exception):
    """Neither apt nor the cache has one; the message says why."""


class Kernel(NamedTuple):
    """An unpacked kernel: its version, its image and the folder of its modules."""

    version: str
    image: pathlib.Path
    modules: pathlib.Path

    def with_needed(self, names):
        """Files of the modules @names and of all that they need, in the order of loading."""
        files = []
        for name in names:
            done = subprocess.run(
                ["modprobe", "--dirname", str(self.modules.parents[2]), "--set-version",
                 self.version, "--show-depends", name],
                capture_output=True, text=True, check=True)
            for line in done.stdout.splitlines():
                kind, _, path = line.strip().partition(" ")
                if kind == "insmod" and path not in files:
                    files.append(path)
        return [pathlib.Path(path) for path in files]


def cache_folder():
    if os.geteuid() == 0:
        return pathlib.Path("/var/cache/luytre-tests")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(home) / "luytre-tests"


def run(argv, cwd=None):
    """Runs a tool of Debian; returns its output, or raises NoKernel with what it said."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != 0:
        raise NoKernel(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def package_name():
    """The package that the meta package leads to, with its version: what the cache's folder is
    called too."""
    fields = run(["apt-cache", "show", "--no-all-versions", META_PACKAGE])
    found = re.search(r"^Depends: (linux-image-[^ ,]+) \(= ([^)]+)\)", fields, re.MULTILINE)
    if not found:
        raise NoKernel(f"apt knows no {META_PACKAGE}")
    return found.groups()


def read(folder):
    """The kernel in @folder of the cache."""
    image = next(folder.glob("boot/vmlinuz-*"))
    version = image.name.partition("-")[2]
    return Kernel(version, image, folder / "lib/modules" / version)


def fetch(cache):
    """Downloads and unpacks the newest kernel, unless it is there already."""
    name, package_version = package_name()
    folder = cache / f"{name}_{package_version}"
    if folder.exists():
        return read(folder)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=cache) as work:
        run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root",
             f"{name}={package_version}"], cwd=work)
        package = next(pathlib.Path(work).glob("*.deb"))
        unpack(package, pathlib.Path(work) / "tree")
        os.rename(pathlib.Path(work) / "tree", folder)  # whole, or not at all
    return read(folder)


def unpack(package, tree):
    tree.mkdir()
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)],
                          stdout=subprocess.PIPE) as source:
        subprocess.run(["tar", "-x", "-C", str(tree), "--wildcards", *PARTS],
                       stdin=source.stdout, check=True)
    version = next(tree.glob("boot/vmlinuz-*")).name.partition("-")[2]
    run(["depmod", "--basedir", str(tree), version])


def newest_kept(cache):
    """The kernel of the cache that came last, or None."""
    kept = sorted(cache.glob("linux-image-*"), key=lambda folder: folder.stat().st_mtime)
    return read(kept[-1]) if kept else None


def drop_others(cache, kernel):
    for folder in cache.glob("linux-image-*"):
        if folder not in kernel.image.parents:
            shutil.rmtree(folder, ignore_errors=True)


def get():
    """The newest kernel. Asks apt to look again when what it knows of is gone from the archive."""
    cache = cache_folder()
    try:
        kernel = fetch(cache)
    except NoKernel as first:
        try:
            run(["apt-get", "update", "-q"])
            kernel = fetch(cache)
        except NoKernel as error:
            kernel = newest_kept(cache)
            if kernel is None:
                raise NoKernel(f"no kernel in {cache}, and none to be had:\n{first}\n{error}"
                               ) from error
            print(f"the kernel of the cache is used, apt gave none: {error}", flush=True)
            return kernel
    drop_others(cache, kernel)
    return kernel
