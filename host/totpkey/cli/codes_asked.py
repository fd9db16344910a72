"""Asking for two codes of another authenticator, and for the moment between them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import click

from totpkey import errors
from totpkey.replies import StoredAccount
from totpkey_protocol import limits


@dataclass(frozen=True)
class ShownCodes:
    """Two codes in a row, and when the second appeared (`time.monotonic`)."""

    codes: tuple[str, str]
    changed: float

    def age(self) -> int:
        """For how many ms the second code has been shown, while the key can still tell."""
        return round(1000 * (time.monotonic() - self.changed))

    def near(self) -> float:
        """What time it may be: this computer's, within what the key can hold. Only where to look first."""
        return min(max(time.time(), limits.TIME_LEAST), limits.TIME_MOST)


def ask_two_codes(account: StoredAccount) -> ShownCodes:
    """Let a person tell them. Raises InvalidAccount."""
    first = _ask("The code that the other authenticator shows now", account.digits)
    click.prompt("Press Enter at the moment it changes", default="", show_default=False, err=True)
    changed = time.monotonic()
    second = _ask("The code that it shows now", account.digits)
    return ShownCodes((first, second), changed)


def _ask(question: str, digits: int) -> str:
    code = "".join(str(click.prompt(question, err=True)).split())
    if len(code) != digits or not code.isdecimal() or not code.isascii():
        raise errors.InvalidAccount(
            f"That is no code of {digits} digits.", "Type the digits as the other authenticator shows them."
        )
    return code
