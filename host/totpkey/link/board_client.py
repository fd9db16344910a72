"""A conversation with a board in its test face."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.link.conversation import ANSWER_WAIT, Conversation
from totpkey_protocol import board_test, fields
from totpkey_protocol.board_test import MOST_DIGITS


@dataclass(frozen=True)
class Seen:
    """What a board has shown: `totpkey_protocol.board_test` explains each field."""

    answers: bytes
    exchanged: bytes
    registers: bytes
    pull_ups: bool
    element: bool
    down: bool
    locks: int
    up: int
    presses: int
    bounces: int
    shortest: int
    pauses: int


class BoardClient(Conversation):
    """A method for each command. No command needs a session or a touch.

    Every method may raise TransportError, NoAnswer, BadReply and KeyRefused.
    """

    def _command(self, name: str) -> fields.Command:
        found = board_test.find(name)
        if found is None:
            raise LookupError(name)
        return found

    def greet(self, wait: float = ANSWER_WAIT) -> Seen:
        """As `seen`. Raises NoAnswer after `wait` s."""
        return self.seen(wait)

    def seen(self, wait: float = ANSWER_WAIT) -> Seen:
        """What the board showed so far."""
        reply = self._ask("board", wait)
        found = {name: bytes.fromhex(reply[name]) for name in ("answers", "exchanged", "registers")}
        flags = {name: bool(reply[name]) for name in ("pull_ups", "element", "down")}
        return Seen(**reply | found | flags)

    def show(self, colour: str) -> None:
        """Show a colour until the next one."""
        self._ask("board_show", colour=colour)

    def type(self, mode: str, count: int = MOST_DIGITS) -> None:
        """Have the board type so many digits after the next press of its button."""
        self._ask("board_type", mode=mode, count=count)

    def hang(self) -> None:
        """Have the firmware stop, until the watchdog restarts the board."""
        self._ask("board_hang")

    def done(self) -> None:
        """Restart the board: it comes back as a new key in setup."""
        self._ask("board_done")
