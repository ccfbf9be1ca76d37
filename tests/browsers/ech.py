# SPDX-License-Identifier: GPL-3.0-or-later
"""An ECHConfigList as a DNS record offers it: RFC 9849 section 4."""

import base64
import os

VERSION = 0xFE0D
# RFC 9180: DHKEM(X25519, HKDF-SHA256); HKDF-SHA256 with AES-128-GCM.
KEM, KDF, AEAD = 0x0020, 0x0001, 0x0001


def _sized(data, n_bytes):
    return len(data).to_bytes(n_bytes, "big") + data


def _number(value):
    return value.to_bytes(2, "big")


def config_list(public_name):
    """In base64. Any 32 bytes are a public key of X25519; nobody has the private one here, as
    a browser that uses the list shows itself by @public_name in its hello."""
    key = (os.urandom(1) + _number(KEM) + _sized(os.urandom(32), 2)
           + _sized(_number(KDF) + _number(AEAD), 2))
    contents = key + b"\0" + _sized(public_name.encode("ascii"), 1) + _sized(b"", 2)
    config = _number(VERSION) + _sized(contents, 2)
    return base64.b64encode(_sized(config, 2)).decode("ascii")
