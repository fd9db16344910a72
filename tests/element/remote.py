"""Runs the driver on a virtual key of either kind: evaluates expressions over the serial port."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.element.wires import a_key
from totpkey.install.drive import drive_folder
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.secure_element import Memory, SecureElement

ON_KEY = Path(__file__).parent / "on_key"
BOARD = "raspberry_pi_pico"

#: Makes a key from a drive and an element.
MakeKey = Callable[[Path, Callable[[Now], SecureElement] | None], VirtualKey]


class Remote:
    """A key paired with an element, whose driver waits for expressions."""

    def __init__(self, make_key: MakeKey, folder: Path, with_element: bool = True) -> None:
        drive = shutil.copytree(drive_folder(), folder / "drive")
        shutil.copytree(ON_KEY, drive, dirs_exist_ok=True)
        shutil.copytree(ON_KEY, drive / "source", dirs_exist_ok=True)
        self.private, self.public = a_key()
        self.memory = Memory(self.public)
        self.key = make_key(drive, (lambda now: SecureElement(now, self.memory)) if with_element else None)
        self.plug()

    def plug(self) -> None:
        """Power up and wait until the driver is ready."""
        self.key.plug()
        assert self.key.run_until(lambda: self.key.usb.enumeration is not None, 20)
        self.key.open_serial()

    def ask(self, expression: str, limit: float = 20.0) -> Any:
        """Return the value of `expression` on the key, or None if the power fails."""
        self.key.write_serial(expression.encode() + b"\n")
        answer = bytearray()

        def complete() -> bool:
            if self.key.plugged:
                answer.extend(self.key.read_serial())
            return answer.endswith(b"\n") or not self.key.plugged

        assert self.key.run_until(complete, limit), expression
        return ast.literal_eval(answer.decode()) if answer else None

    @property
    def keys(self) -> tuple[bytes, bytes, bytes]:
        return self.private, self.public, self.memory.public

    def open(self) -> Any:
        return self.ask(f"open_session(*{self.keys!r}, {os.urandom(32)!r})")
