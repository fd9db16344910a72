"""Derive each key from a PIN or passphrase only once per process.

A derivation is slow on purpose and always gives the same result, and tests often open again what they have
locked. Simulated keys and the chip derive each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from tests.support import aesio
from totpkey.locks import passphrase

_KEPT = 256


@pytest.fixture(autouse=True, scope="session")
def derived_once() -> Iterator[None]:
    """Keep the results of the real functions: the command's, and those of firmware that tests import."""
    # The firmware's modules import `aesio`.
    aesio.install()
    from totpkey_firmware.crypto import kdf
    from totpkey_firmware.vault import key_slots

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "argon2id", lru_cache(_KEPT)(passphrase.argon2id))
        patch.setattr(key_slots, "pbkdf2", lru_cache(_KEPT)(kdf.pbkdf2))
        yield
