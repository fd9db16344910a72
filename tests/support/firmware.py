"""Firmware that tests import on CPython: its `aesio`, the simulator's without the timing, and each key
derived once.

A derivation from a PIN or passphrase is slow on purpose and always gives the same result, and tests often
open again what they have locked. Simulated keys and the chip derive each time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

import pytest

from totpkey.locks import passphrase
from totpkey_virtual.simulator.standins import aes

_KEPT = 256


class _Untimed:
    """Stands in for a simulated chip, whose clock would advance."""

    def spend(self, nanoseconds: int) -> None: ...


def _aesio() -> ModuleType:
    made: Any = ModuleType("aesio")
    made.AES = type("AES", (aes.AES,), {"_machine": _Untimed()})
    made.MODE_ECB, made.MODE_CBC, made.MODE_CTR = aes.MODE_ECB, aes.MODE_CBC, aes.MODE_CTR
    module: ModuleType = made
    return module


def install() -> None:
    """Make `import aesio` work."""
    sys.modules.setdefault("aesio", _aesio())


@pytest.fixture(autouse=True, scope="session")
def derived_once() -> Iterator[None]:
    """Keep the results of the real functions: the command's, and those of firmware that tests import."""
    install()
    from totpkey_firmware.crypto import kdf
    from totpkey_firmware.vault import key_slots

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "argon2id", lru_cache(_KEPT)(passphrase.argon2id))
        patch.setattr(key_slots, "pbkdf2", lru_cache(_KEPT)(kdf.pbkdf2))
        yield
