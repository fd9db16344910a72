"""What a board test needs around the board: a computer's time, its keyboard window, and a person."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from totpkey.doctor.case import GOOD
from totpkey.link.board_client import BoardClient
from totpkey.link.client import KeyClient

#: What a person does when asked. Programs that play one know the actions by these names.
PRESS, TYPE, NUM_LOCK, CAPS_LOCK, SLEEP = "press", "type", "num-lock", "caps-lock", "sleep"
PULL, PLUG_BRIEFLY, BOOT, PLUG = "pull", "plug-briefly", "boot", "plug"

#: Numbers and names of parts, never anything that identifies a board or its owner.
Measured = dict[str, int | float | str | list[int]]


@dataclass(frozen=True)
class Row:
    """What one step found: its grade as in `doctor`, the fault's name for programs, words for people."""

    step: str
    grade: str
    detail: str
    fault: str = ""
    remedy: str = ""
    measured: Measured = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.grade == GOOD) != (not self.fault):
            raise ValueError(f"{self.step}: a fault, or good")


class Flash(Protocol):
    """The flash of a board in its boot loader."""

    def read(self, start: int, length: int) -> bytes: ...


@dataclass(frozen=True)
class Keystroke:
    """A character that arrived, and when, in seconds."""

    at: float
    character: str


class Bench(Protocol):
    """One board's place: the real one (`cli`), or one with a virtual key (tests).

    `hands`: something presses its button and pulls it out. `eyes`: somebody answers questions. `has_window`:
    what the key types comes to this program.
    """

    hands: bool
    eyes: bool
    has_window: bool

    def now(self) -> float:
        """This computer's time, Unix seconds."""

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
