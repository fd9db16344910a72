"""From the command line's options to an open conversation with a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from totpkey.cli.output import say
from totpkey.discovery import Connection, connect


@dataclass(frozen=True)
class Selection:
    """Which key the person means: a serial port, the beginning of an id, or neither."""

    port: str = ""
    key: str = ""


def _ask_for_press(seconds: int) -> None:
    say(f"Press the key's button within {seconds} s.")


@contextmanager
def connected(selection: Selection) -> Iterator[Connection]:
    """The chosen key, open until the block ends."""
    connection = connect(selection.port, selection.key, _ask_for_press)
    with connection.client:
        yield connection
