"""CircuitPython's `aesio` for firmware that tests import on CPython: the simulator's, which costs no time."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from totpkey_virtual.simulator.standins import aes


class _NoTime:
    """In the place of a simulated chip, whose time would go by."""

    def spend(self, nanoseconds: int) -> None: ...


def _aesio() -> ModuleType:
    made: Any = ModuleType("aesio")
    made.AES = type("AES", (aes.AES,), {"_machine": _NoTime()})
    made.MODE_ECB, made.MODE_CBC, made.MODE_CTR = aes.MODE_ECB, aes.MODE_CBC, aes.MODE_CTR
    module: ModuleType = made
    return module


def install() -> None:
    """Let `import aesio` find it."""
    sys.modules.setdefault("aesio", _aesio())
