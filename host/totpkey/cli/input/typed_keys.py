"""Reads characters from the terminal one by one, without Enter and without echo."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from totpkey.i18n.translation import tr
from totpkey.system import times

#: After this long without a character, in seconds, typing is over. A busy computer may pause for a while.
_QUIET = 3.0


def require_terminal() -> None:
    """Raise click.UsageError unless standard input is a terminal."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            tr("The key types into the terminal: run this command in one, without a pipe.")
        )


def read_typed(length: int, wait: float) -> str:
    """Return up to `length` typed characters, or fewer after a pause, or none after `wait` seconds.

    Call it within `unechoed`.
    """
    return "".join(character for _, character in read_timed(length, wait))


def read_timed(length: int, wait: float) -> list[tuple[float, str]]:
    """As `read_typed`, each character with the moment when it was read, in seconds."""
    decoder = codecs.getincrementaldecoder(_ENCODING)(errors="replace")
    typed: list[tuple[float, str]] = []
    limit = wait
    while piece := _piece(limit):
        at = times.ticks()
        typed += [(at, character) for character in decoder.decode(piece)]
        # Wait a little to notice a character too many.
        limit = 0.1 if len(typed) >= length else _QUIET
    return typed + [(times.ticks(), character) for character in decoder.decode(b"", final=True)]


def read_pressed() -> str:
    """Return the characters typed since the last call, without waiting. Call it within `unechoed`."""
    return _piece(0).decode(_ENCODING, errors="replace")


if sys.platform == "win32":
    from totpkey.system import windows_console

    _ENCODING = "utf-16-le"

    @contextmanager
    def unechoed() -> Iterator[None]:
        """Drop what was typed before. Windows' console returns single characters without any setting."""
        windows_console.drop_typed()
        yield
        windows_console.drop_typed()

    def _piece(wait: float) -> bytes:
        return windows_console.typed(wait).encode(_ENCODING, "surrogatepass")

else:
    import select
    import termios
    import tty

    _ENCODING = "utf-8"

    @contextmanager
    def unechoed() -> Iterator[None]:
        """Return characters at once and without echo. Drop what was typed before."""
        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin, termios.TCSAFLUSH)
        try:
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)

    def _piece(wait: float) -> bytes:
        arrived = select.select([sys.stdin], [], [], wait)[0]
        return os.read(sys.stdin.fileno(), 1024) if arrived else b""
