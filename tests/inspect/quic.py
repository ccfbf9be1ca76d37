# SPDX-License-Identifier: GPL-3.0-or-later
"""A QUIC client's Initial packets, RFC 9000, 9001 and 9369."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

V1, V2 = 1, 0x6B3343CF
# version: salt, prefix of the labels, type bits of an Initial
VERSIONS = {
    V1: (bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), b"quic ", 0),
    V2: (bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2 ", 1),
}


def _hmac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def _expand(secret, label, size):
    label = b"tls13 " + label
    return _hmac(secret, struct.pack(">HB", size, len(label)) + label + b"\0\1")[:size]


def keys(cid, version=V1):
    """A client's key, IV and header key."""
    salt, prefix, _ = VERSIONS[version]
    secret = _expand(_hmac(salt, cid), b"client in", 32)
    return [_expand(secret, prefix + label, size)
            for label, size in ((b"key", 16), (b"iv", 12), (b"hp", 16))]


def varint(value):
    """In four bytes: numbers need not be short."""
    return struct.pack(">I", 0x80000000 | value)


def crypto(message, start=0, end=None):
    """A CRYPTO frame with that part of @message."""
    part = message[start:end]
    return b"\x06" + varint(start) + varint(len(part)) + part


def initial(frames, cid=b"8 bytes!", version=V1, number=0, key_cid=None, token=b"", size=1200):
    """An Initial packet of at least @size bytes; its keys come of @key_cid, else of @cid."""
    key, iv, header_key = keys(cid if key_cid is None else key_cid, version)
    first = 0xC3 | VERSIONS[version][2] << 4
    head = struct.pack(">BIB", first, version, len(cid)) + cid + b"\0" + varint(len(token)) + token
    frames += bytes(max(size - len(head) - 8 - len(frames) - 16, 0))
    head += varint(4 + len(frames) + 16) + struct.pack(">I", number)
    nonce = bytes(a ^ b for a, b in zip(iv, number.to_bytes(12, "big")))
    sealed = AESGCM(key).encrypt(nonce, frames, head)
    mask = Cipher(algorithms.AES(header_key), modes.ECB()).encryptor().update(sealed[:16])
    head = bytearray(head)
    head[0] ^= mask[0] & 0x0F
    for i in range(4):
        head[len(head) - 4 + i] ^= mask[1 + i]
    return bytes(head) + sealed
