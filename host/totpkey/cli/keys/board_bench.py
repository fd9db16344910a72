"""The real bench of a board test: this computer, its terminal, and the person before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

import click

from totpkey import errors
from totpkey.board_test.bench import Flash, Keystroke
from totpkey.cli.input.questions import plain
from totpkey.cli.input.typed_keys import read_timed, unechoed
from totpkey.cli.keys.connect import Selection, ask_for_touch
from totpkey.cli.output import say
from totpkey.i18n.translation import tr
from totpkey.link.board_client import BoardClient
from totpkey.link.board_discovery import connect_board
from totpkey.link.client import KeyClient
from totpkey.link.discovery import connect

if TYPE_CHECKING:
    from totpkey.picoboot.boot_loader import BootLoader

Client = TypeVar("Client", KeyClient, BoardClient)
#: How often the computer is asked for a board that is to come, in s.
_LOOK = 0.5


class TerminalBench:
    """With a person before it. `now` and `wait` are this computer's, and tests give others."""

    hands = eyes = has_window = True

    def __init__(
        self,
        selection: Selection,
        now: Callable[[], float] = time.time,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._selection = selection
        self.now = now
        self.wait = wait

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
        end = self.now() + within
        while True:
            try:
                return find()
            except (errors.TransportError, errors.ConversationError, errors.NoKey, errors.KeyRefused):
                if self.now() >= end:
                    raise
            self.wait(_LOOK)

    def window(self) -> AbstractContextManager[None]:
        return unechoed()

    def typed(self, count: int, wait: float) -> list[Keystroke]:
        return [Keystroke(at, character) for at, character in read_timed(count, wait)]

    def flash(self, within: float) -> Flash | None:
        from totpkey.picoboot import boot_loader

        end = self.now() + within
        while True:
            try:
                found = boot_loader.find()
            except errors.LibraryMissing as missing:
                say(f"{missing.cause} {missing.remedy}")
                return None
            if len(found) == 1:
                return _Board(found[0])
            if self.now() >= end:
                return None
            self.wait(_LOOK)


class JigBench(TerminalBench):
    """Without a person: it says nothing, and there is nobody to ask."""

    hands = eyes = has_window = False

    def tell(self, text: str) -> None:
        return


class _Board:
    """A board in its boot loader, which is given back after each read."""

    def __init__(self, loader: BootLoader) -> None:
        self._loader = loader

    def read(self, start: int, length: int) -> bytes:
        with self._loader as board:
            return board.read(start, length)
