"""A bench without a person: a second Pico presses the button and cuts the power (`jig/finger`)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from totpkey import errors
from totpkey.cli.keys.connect import Selection
from totpkey.i18n.translation import tr
from totpkey.link.transport import SerialTransport, Transport
from totpkey.system import times
from totpkey_board_test import bench
from totpkey_board_test.bench import FINGER, HAND, WINDOW
from totpkey_board_test.terminal import JigBench

#: What the Pico is asked for each action: docs/guide/board-test.md has its language.
ASKED = {
    bench.PRESS: "press 10 100 400",
    bench.TYPE: "press 1 100 0",
    bench.PULL: "cut 700 2000",
    bench.PULL_LONG: "cut 700 30000",
    bench.PLUG_BRIEFLY: "cut 0 2000 600 2000",
    bench.BOOT: "boot",
    bench.PLUG: "cut 0 2000",
}
#: The first word of its answer to `hello`.
NAME = "totpkey-finger"
#: How long it may take to answer, in s.
_WAIT = 3.0


class Finger:
    """The conversation with the Pico: one line asks, one line answers."""

    def __init__(self, transport: Transport, ticks: Callable[[], float] = times.ticks) -> None:
        """Raises NoAnswer, TransportError."""
        self._transport = transport
        self._ticks = ticks
        if not self.ask("\nhello").startswith(NAME):
            raise self._silent()

    def ask(self, line: str) -> str:
        """Have it begin something. Returns its answer."""
        self._transport.write(f"{line}\n".encode())
        answer, end = b"", self._ticks() + _WAIT
        while not answer.endswith(b"\n"):
            answer += self._transport.read(0.1)
            if self._ticks() > end:
                raise self._silent()
        return answer.decode(errors="replace").strip()

    def _silent(self) -> errors.NoAnswer:
        return errors.NoAnswer(
            tr("What is on this port does not answer as the finger of a jig does."),
            tr("Copy extensions/board_test/jig/finger onto its CIRCUITPY drive, and plug it in again."),
        )


class FingerBench(JigBench):
    """The keyboard's digits come to this program if it runs in the terminal that is in front."""

    def __init__(
        self, selection: Selection, finger: Finger, worker: bool = False, **clocks: Callable[..., float]
    ) -> None:
        super().__init__(selection, worker, **clocks)
        self._finger = finger
        self.has |= {FINGER, HAND, *([WINDOW] if sys.stdin.isatty() else [])}

    def ask_for(self, action: str, text: str) -> None:
        if action in ASKED:
            self._finger.ask(ASKED[action])


def finger(port: str) -> Finger:
    """The Pico on that port."""
    return Finger(SerialTransport(port))
