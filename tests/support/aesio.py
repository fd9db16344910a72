"""CircuitPython's `aesio` for firmware that tests import on CPython: the simulator's, without its timing."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from totpkey_virtual.simulator.standins import aes


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
