"""The real benches of a board test: this computer, its terminal, and the person before it; or a second Pico
in the person's place, which presses the button and cuts the power (`jig/finger`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

import click

from totpkey import errors
from totpkey.cli.input.prompts import plain
from totpkey.cli.input.typed_keys import read_timed, unechoed
from totpkey.cli.keys.connect import Selection, ask_for_touch
from totpkey.cli.output import say
from totpkey.clock import host_clock
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.discovery import connect
from totpkey.link.transport import Transport
from totpkey.system import times
from totpkey_board_test import bench
from totpkey_board_test.bench import (
    EYES,
    FINGER,
    HAND,
    KEYBOARD,
    SKIN,
    WINDOW,
    BoardClient,
    Flash,
    Keystroke,
    connect_board,
)

if TYPE_CHECKING:
    from totpkey.picoboot import BootLoader

Client = TypeVar("Client", KeyClient, BoardClient)
#: How often the computer is asked for a board that is to come, in s.
_LOOK = 0.5


class TerminalBench:
    """With a person before it. `ticks` and `wait` are this computer's, and tests give others."""

    has = frozenset({FINGER, HAND, EYES, SKIN, KEYBOARD, WINDOW})
    patience = 120.0

    def __init__(
        self,
        selection: Selection,
        wait: Callable[[float], None] = times.wait,
        ticks: Callable[[], float] = times.ticks,
    ) -> None:
        self._selection = selection
        self.now, self.wait, self.ticks = times.now, wait, ticks

    def synchronised(self) -> bool:
        return host_clock.status() == host_clock.SYNCHRONISED

    def tell(self, text: str) -> None:
        say(text)

    def ask_for(self, action: str, text: str) -> None:
        say(f"\n→ {text}")

    def choose(self, question: str, answers: Sequence[str]) -> str:
        while True:
            answer = plain(click.prompt(question, err=True))
            if answer in answers:
                return answer
            say(tr("Type one of: {answers}", answers=" ".join(answers)))

    def connect(self, within: float) -> KeyClient:
        """As `Bench` says. While the board is away, its port is not there."""
        port, key = self._selection.port, self._selection.key
        return self._await(lambda: connect(port, key, ask_for_touch).client, within)

    def board(self, within: float) -> BoardClient:
        return self._await(lambda: connect_board(self._selection.port, self._selection.key), within)

    def _await(self, find: Callable[[], Client], within: float) -> Client:
        """What `find` finds within so many seconds. A key in its other face refuses to answer."""
        end = self.ticks() + within
        while True:
            try:
                return find()
            except errors.SeveralKeys:
                raise
            except (errors.TransportError, errors.ConversationError, errors.NoKey, errors.KeyRefused):
                if self.ticks() >= end:
                    raise
            self.wait(_LOOK)

    def window(self) -> AbstractContextManager[None]:
        return unechoed()

    def typed(self, count: int, wait: float) -> list[Keystroke]:
        return [Keystroke(at, character) for at, character in read_timed(count, wait)]

    def flash(self, within: float) -> Flash | None:
        from totpkey import picoboot

        end = self.ticks() + within
        while True:
            try:
                found = picoboot.find()
            except errors.LibraryMissing as missing:
                self.tell(f"{missing.cause} {missing.remedy}")
                return None
            if len(found) == 1:
                return _Board(found[0])
            if self.ticks() >= end:
                return None
            self.wait(_LOOK)


class JigBench(TerminalBench):
    """It says nothing, and asks nobody but a worker, who presses the button and looks at the light."""

    patience = 30.0

    def __init__(self, selection: Selection, worker: bool = False) -> None:
        super().__init__(selection)
        self.has = frozenset({FINGER, EYES, SKIN} if worker else ())

    def tell(self, text: str) -> None:
        return


class _Board:
    """A board in its boot loader, which is given back after each read."""

    def __init__(self, loader: BootLoader) -> None:
        self._loader = loader

    def read(self, start: int, length: int) -> bytes:
        with self._loader as board:
            return board.read(start, length)


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

    def __init__(self, selection: Selection, finger: Finger, worker: bool = False) -> None:
        super().__init__(selection, worker)
        self._finger = finger
        self.has |= {FINGER, HAND, *([WINDOW] if sys.stdin.isatty() else [])}

    def ask_for(self, action: str, text: str) -> None:
        if action in ASKED:
            self._finger.ask(ASKED[action])
