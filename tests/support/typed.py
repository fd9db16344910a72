"""What a key types, in a terminal."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.terminal import CommandDesk
from totpkey_virtual.computer import Computer, Keys
from totpkey_virtual.key import Report


class Typed:
    """A terminal that has the focus: what the key types goes to its `type`, as `change` makes it."""

    def __init__(
        self,
        desk: CommandDesk,
        type: Callable[[str], object],
        keys: Keys,
        change: Callable[[str], str] = str,
        answers: bool = True,
    ) -> None:
        self._desk = desk
        self._computer = Computer(desk.key, keys, answers=answers)
        self._type = type
        self._shown = 0
        self._change = change
        self._take = desk.key.usb.on_report
        desk.key.usb.on_report = self._report

    def sit_down(self, keys: Keys) -> None:
        """Another computer for the key."""
        self._computer.keys, self._shown = keys, 0

    def press(self) -> str:
        """What a press of the key in everyday life types, without the code."""
        before = len(self._computer.text)
        key = self._desk.key
        key.unplug()
        key.plug()
        assert key.run_until(lambda: key.usb.enumeration is not None)
        key.run(2.5)
        key.press()
        # A code that is about to end is waited out.
        assert key.run_until(lambda: len(self._computer.text) > before, 10)
        key.run(2)
        return self._computer.text[before:-6]

    def _report(self, report: Report) -> None:
        self._take(report)
        new, self._shown = self._computer.text[self._shown :], len(self._computer.text)
        self._type(self._change(new))
