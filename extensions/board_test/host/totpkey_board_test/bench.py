"""What a board test needs around the board: a computer's time, its keyboard window, and a person."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from totpkey.link.client import KeyClient
from totpkey_board_test.client import BoardClient

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
