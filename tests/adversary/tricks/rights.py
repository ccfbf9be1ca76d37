#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tricks that need rights which a child's account has not, neither as it is nor in namespaces."""

import ctypes
import errno

from child import connected, main, only_for_root, os, socket

CLONE_NEWUSER = 0x10000000
SO_MARK, TCP_REPAIR, IP_TRANSPARENT, SO_BINDTODEVICE = 36, 19, 19, 25


def raw(target):
    """Segments of one's own making: overlaps, wrong checksums, RST and FIN as decoys."""
    only_for_root(socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)


def raw6(target):
    only_for_root(socket.socket, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)


def packet(target):
    """Frames past the firewall."""
    only_for_root(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))


def repair(target):
    """Sequence numbers at will."""
    with connected(target) as connection:
        only_for_root(connection.setsockopt, socket.IPPROTO_TCP, TCP_REPAIR, 1)


def mark(target):
    """The agent's own verdict, written on a packet."""
    with connected(target) as connection:
        only_for_root(connection.setsockopt, socket.SOL_SOCKET, SO_MARK, 0x000c0100)


def foreign_address(target):
    with connected(target) as connection:
        only_for_root(connection.setsockopt, socket.IPPROTO_IP, IP_TRANSPARENT, 1)


def firewall(target):
    """Netlink to the firewall."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
        # NFNL_MSG_BATCH_BEGIN, NFT_MSG_DELTABLE of all tables, NFNL_MSG_BATCH_END
        def message(kind, flags):
            body = b"\x01\x00\x00\x0a"
            return ((16 + len(body)).to_bytes(4, "little") + kind.to_bytes(2, "little")
                    + flags.to_bytes(2, "little") + bytes(8) + body)
        netlink.send(message(0x10, 1) + message(0x0a02, 5) + message(0x11, 1))
        answer = netlink.recv(4096)
        code = -int.from_bytes(answer[16:20], "little", signed=True)
        only_for_root(fail_with, code)


def fail_with(code):
    if code:
        raise OSError(code, os.strerror(code))


def as_own_root(call):
    """The same for one who is root in a user namespace of his own."""
    def run(target):
        libc = ctypes.CDLL(None, use_errno=True)
        uid = os.getuid()
        if libc.unshare(CLONE_NEWUSER) != 0:
            code = ctypes.get_errno()
            only_for_root(fail_with, code or errno.EPERM)
        with open("/proc/self/setgroups", "w", encoding="ascii") as file:
            file.write("deny")
        with open("/proc/self/uid_map", "w", encoding="ascii") as file:
            file.write(f"0 {uid} 1")
        call(target)
    return run


TRICKS = {"raw": raw, "raw6": raw6, "packet": packet, "repair": repair, "mark": mark,
          "foreign-address": foreign_address, "firewall": firewall}
VARIANTS = {**TRICKS, **{f"own-root-{name}": as_own_root(call) for name, call in TRICKS.items()}}

if __name__ == "__main__":
    main(VARIANTS)
