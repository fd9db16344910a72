"""A secure element on its wires."""

from __future__ import annotations

from collections.abc import Callable

from tests.element.wires import Pair, PlainWire
from totpkey_firmware.element.tropic01 import Tropic01


def driver(pair: Pair, watch: Callable[[], None] | None = None) -> Tropic01:
    return Tropic01(PlainWire(pair.element, pair.time), watch)
