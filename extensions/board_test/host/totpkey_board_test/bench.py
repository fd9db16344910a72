"""What a board test needs around the board: a computer's time, its keyboard window, a person, and who finds
the board that is in its test face, and talks to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.client import KeyClient
from totpkey.link.conversation import ANSWER_WAIT, Conversation, Silent, no_answer
from totpkey.link.discovery import SEARCH_WAIT, KeyPort, key_ports
from totpkey.link.transport import SerialTransport
from totpkey_protocol import fields
from totpkey_test_face import definition
from totpkey_test_face.definition import MOST_DIGITS

#: How long the board may take to try its flash, in s: a sector may take ten times as long as it should.
_STORE_WAIT = 240.0


@dataclass(frozen=True)
class Seen:
    """What a board has shown: `totpkey_test_face.definition` explains each field."""

    answers: bytes
    exchanged: bytes
    registers: bytes
    lines: int
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
        found = definition.find(name)
        if found is None:
            raise LookupError(name)
        return found

    def _ask_once(self, name: str, answer_wait: float, arguments: dict[str, wire.Argument]) -> dict[str, Any]:
        sent = self.send(name, **arguments)
        try:
            reply = self._receive({sent.id}, answer_wait)
        except Silent:
            raise no_answer() from None
        return wire.check_reply(sent.command, reply, definition.ANSWERS.get(name, ()))

    def seen(self, wait: float = ANSWER_WAIT) -> Seen:
        """What the board showed so far. Raises NoAnswer after `wait` s."""
        reply = self._ask("board", wait)
        return Seen(
            **reply | {name: bytes.fromhex(reply[name]) for name in ("answers", "exchanged", "registers")}
        )

    def second(self, register: int) -> bytes:
        """The clock's first registers, once its second in that register has changed; empty if it does not."""
        return bytes.fromhex(self._ask("board_second", register=register)["registers"])

    def register(self, register: int, value: int = -1) -> int:
        """What is in that register of the clock, once `value` was written; -1 for neither."""
        return int(self._ask("board_register", register=register, value=value)["value"])

    def store(self) -> bytes:
        """The places for accounts that did not keep what was written."""
        return bytes.fromhex(self._ask("board_store", _STORE_WAIT)["bad"])

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


def connect_board(port: str, key: str) -> BoardClient:
    """Open the board on `port`, or the only one in its test face whose id begins with `key`.

    Raises NoKey, SeveralKeys, and the problem of the last possible port.
    """
    opened: list[BoardClient] = []
    problem: errors.TotpkeyError = errors.NoKey(tr("The board did not come back for its test."))
    for each in [KeyPort(port, key.lower())] if port else key_ports():
        if not each.key.startswith(key.lower()):
            continue
        try:
            opened.append(_open(each.path, ANSWER_WAIT if port else SEARCH_WAIT))
        except (errors.TransportError, errors.ConversationError, errors.KeyRefused) as found:
            problem = found
    if len(opened) == 1:
        return opened[0]
    for board in opened:
        board.close()
    raise errors.SeveralKeys(tr("There are several boards.")) if opened else problem


def _open(port: str, wait: float) -> BoardClient:
    board = BoardClient(SerialTransport(port))
    try:
        board.seen(wait)
    except errors.TotpkeyError:
        board.close()
        raise
    return board


#: What a person does when asked. Programs that play one know the actions by these names.
PRESS, TYPE, NUM_LOCK, CAPS_LOCK, SLEEP = "press", "type", "num-lock", "caps-lock", "sleep"
PULL, PULL_LONG, PLUG_BRIEFLY, BOOT, PLUG = "pull", "pull-long", "plug-briefly", "boot", "plug"
WARM = "warm"
#: What is at a bench: a finger on the button, a hand or a switch at the plug, eyes before the light, a warm
#: fingertip, a keyboard and a lid to close, and a window that gets what the key types.
FINGER, HAND, EYES, SKIN, KEYBOARD, WINDOW = "finger", "hand", "eyes", "skin", "keyboard", "window"


class Flash(Protocol):
    """The flash of a board in its boot loader."""

    def read(self, start: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class Keystroke:
    """A character that arrived, and when, in seconds."""

    at: float
    character: str


class Bench(Protocol):
    """One board's place: the real one (`terminal`), or one with a virtual key (tests)."""

    #: What is here: FINGER and the like.
    has: frozenset[str]
    #: How long a board may take to be plugged in and to answer, in s.
    patience: float

    def now(self) -> float:
        """This computer's time, Unix seconds."""

    def ticks(self) -> float:
        """A steady clock of this computer, in s, that nobody sets."""

    def synchronised(self) -> bool:
        """Whether this computer's clock is known to be kept right."""

    def wait(self, seconds: float) -> None: ...

    def tell(self, text: str) -> None:
        """Say something that asks for nothing."""

    def ask_for(self, action: str, text: str) -> None:
        """Ask for an action, in words. Does not wait for its end."""

    def choose(self, question: str, answers: Sequence[str]) -> str:
        """Ask for one of these answers."""

    def connect(self, within: float) -> KeyClient:
        """Talk to the key, which may come within so many seconds. Raises NoKey, ConversationError."""

    def board(self, within: float) -> BoardClient:
        """Talk to the board in its test face, which may come within so many seconds. Raises as `connect`."""

    def window(self) -> AbstractContextManager[None]:
        """While it lasts, what is typed into this window is kept for `typed`, and not shown."""

    def typed(self, count: int, wait: float) -> list[Keystroke]:
        """What the key types into this window: so many characters, or fewer after a pause of `wait` s."""

    def flash(self, within: float) -> Flash | None:
        """The flash of the only board in its boot loader; None if none comes within so many seconds."""
