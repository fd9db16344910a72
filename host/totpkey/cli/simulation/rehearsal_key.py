"""A simulated key in this process, and the person who holds it. Its time is its own, so nobody waits."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from totpkey import errors
from totpkey.cli.simulation.choice import DEFAULT_BOARD, simulated_key
from totpkey.cli.simulation.direct import DirectTransport
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey_protocol import limits

#: How long a person presses, waits between two presses, waits for the light after a count, and holds for
#: setup, in s.
_PRESS, _BETWEEN, _COUNTED, _HOLD = 0.08, 0.12, 1.3, 3.2
#: How long the light may show the result of the request before, in s.
_RESULT = 2.0
#: How long a key takes to start, to change its face, and to be ready then, in s.
_START, _READY = 12.0, 2.5
_BUG = _("This is a fault in totpkey, not in the backup: please report it.")


class RehearsalKey:
    """A context manager for a blank key that is plugged in and in setup."""

    def __init__(self) -> None:
        self._key = simulated_key(DEFAULT_BOARD)

    def __enter__(self) -> Self:
        self._key.plug()
        self._await(serial=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key.plugged:
            self._key.unplug()

    @property
    def now(self) -> int:
        """The time in the key's world, in Unix seconds."""
        return int(self._key.true_time)

    def client(self) -> KeyClient:
        """Open the key's port as a program does. The person makes each gesture that it shows."""
        client = KeyClient(
            DirectTransport(self._key),
            self._obey,
            now=lambda: self._key.true_time,
            ticks=lambda: self._key.uptime_ms / 1000,
        )
        client.hello()
        return client

    def replug(self) -> None:
        """Cut the key's power, and bring it into setup again. Only its flash and its clock survive."""
        self._key.unplug()
        self._key.plug()
        self._await(serial=False)
        self._key.press(_HOLD)
        self._await(serial=True)

    def _await(self, serial: bool) -> None:
        if not self._key.run_until(lambda: self._shows(serial), _START):
            raise errors.NoAnswer(tr("The simulated key did not start."), tr(_BUG))
        self._key.run(_READY)

    def _shows(self, serial: bool) -> bool:
        enumeration = self._key.usb.enumeration
        return enumeration is not None and enumeration.has_serial == serial

    def _obey(self, touch: Touch) -> None:
        if not touch.begins:
            return
        self._key.run(_RESULT + limits.ANNOUNCED)
        for count in touch.gesture:
            for _press in range(int(count)):
                self._key.press(_PRESS)
                self._key.run(_BETWEEN)
            self._key.run(_COUNTED)
