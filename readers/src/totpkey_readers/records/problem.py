"""What readers have to say: a code with fields, which a program turns into sentences of its own.

No field holds a secret, nor a text that a secret could be in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WRONG_PASSWORD = "wrong_password"  # noqa: S105
_OF_THE_FILE = {WRONG_PASSWORD, "costly", "cryptography_old", "no_argon2id", "no_memory"}


@dataclass(frozen=True)
class Note:
    """A code, and the values that belong into its sentence: texts, numbers, lists of texts, or a note."""

    code: str
    fields: dict[str, Any] = field(default_factory=dict, hash=False)


def note(code: str, **fields: Any) -> Note:
    return Note(code, fields)


class Problem(Exception):
    """Why a file, an entry of it or a text cannot be read."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.note = Note(code, fields)

    @property
    def code(self) -> str:
        return self.note.code

    @property
    def is_of_the_file(self) -> bool:
        """Whether it stands in the way of all entries, not of one."""
        return self.code in _OF_THE_FILE
