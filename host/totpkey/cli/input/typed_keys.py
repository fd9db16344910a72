"""The terminal as a place where a keyboard's characters arrive, one by one and with no echo."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

#: After this long with no character, in seconds, nothing more is coming: a busy computer may make a pause.
_QUIET = 1.5
#: How often Windows' console is looked at, in seconds.
_LOOK = 0.005


def require_terminal() -> None:
    """Raise click.UsageError unless standard input is a terminal."""
    if not sys.stdin.isatty():
        raise click.UsageError("The key types into this terminal: run the command in one, without a pipe.")


def read_typed(length: int, wait: float, quiet: float = _QUIET) -> str:
    """What is typed: until there are `length` characters, or none for a while; none within `wait` s is "".

    To be called within `unechoed`.
    """
    text, limit = b"", wait
    while piece := _piece(limit):
        text, limit = text + piece, quiet
        if len(text.decode(errors="ignore")) >= length:
            # One more would be one too many: see whether it comes.
            limit = min(quiet, 0.1)
    return text.decode(errors="replace")


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def unechoed() -> Iterator[None]:
        """Windows' console gives single characters by itself."""
        yield

    def _piece(wait: float) -> bytes:
        end = time.monotonic() + wait
        while time.monotonic() < end:
            if msvcrt.kbhit():
                character = msvcrt.getwch()
                # Cursor keys come as two; on other systems they begin with an escape.
                return b"\x1b" + msvcrt.getwch().encode() if character in "\x00\xe0" else character.encode()
            time.sleep(_LOOK)
        return b""

else:
    import select
    import termios
    import tty

    @contextmanager
    def unechoed() -> Iterator[None]:
        """Characters come at once and are not shown. What was typed before is dropped."""
        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin, termios.TCSAFLUSH)
        try:
            yield
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, before)

    def _piece(wait: float) -> bytes:
        arrived = select.select([sys.stdin], [], [], wait)[0]
        return os.read(sys.stdin.fileno(), 1024) if arrived else b""
