"""The passphrase of somebody who lends an account: only with it can its end be changed."""

from __future__ import annotations

import hashlib

from totpkey.locks import passphrase
from totpkey_protocol import limits


def derive(phrase: str, key: str, account: str) -> bytes:
    """The 32 bytes that a key takes for its owner's passphrase, by Argon2id.

    The salt comes from the ids of key and account, so there is nothing to keep. Raises InvalidPassphrase and
    DerivationFailed.
    """
    salt = hashlib.sha256(f"totpkey owner {key} {account}".encode()).digest()[: limits.SALT]
    return passphrase.derive(phrase, passphrase.Parameters(salt))
