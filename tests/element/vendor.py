"""The vendor's own model of TROPIC01 (ts-tvl), which `make tvl` sets up.

We wrote both sides of the virtual element. Here the maker wrote one side.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.element.wires import Time, a_key
from totpkey_firmware.element.session import Pairing
from totpkey_firmware.element.tropic01 import Tropic01

PYTHON = Path(os.environ.get("TOTPKEY_TVL", "build/tvl/bin/python"))


class VendorPair:
    """As `wires.Pair`, the model in a process of its own, with the public half of `own` in its slot 0."""

    def __init__(self, own: tuple[bytes, bytes]) -> None:
        self.private, self.public = own
        self._time = Time()
        self.process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("tvl_model.py"), a_key()[0].hex(), self.public.hex()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pairing(self) -> Pairing:
        return Pairing(0, self.private, self.public, Tropic01(self).public_key())

    def plug(self) -> None:
        """Take the power away and give it back."""
        self._say("power")

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    # It is its own wire

    def wire(self) -> VendorPair:
        return self

    def select(self, selected: bool) -> None:
        self._say(f"select {int(selected)}")

    def exchange(self, buffer: bytearray) -> None:
        assert self.process.stdout is not None
        self._say(f"exchange {buffer.hex()}")
        buffer[:] = bytes.fromhex(self.process.stdout.readline())

    def ticks(self) -> int:
        return int(self._time.now * 1000) % (1 << 29)

    def pause(self) -> None:
        self._time.now += 0.001


@contextmanager
def vendor(own: tuple[bytes, bytes] | None = None) -> Iterator[VendorPair]:
    if not PYTHON.exists():
        pytest.skip("the vendor's model of the secure element is not set up: make tvl")
    pair = VendorPair(own or a_key())
    yield pair
    pair.process.communicate()
    assert pair.process.returncode == 0
