"""From the command line's options to an open conversation with a key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from totpkey import errors
from totpkey.cli.output import say
from totpkey.cli.states import refusal
from totpkey.discovery import Connection, connect
from totpkey_protocol.errors import NOT_ALLOWED


@dataclass(frozen=True)
class Selection:
    """Which key the person means: a serial port, the beginning of an id, or neither."""

    port: str = ""
    key: str = ""

    @classmethod
    def of(cls, text: str) -> Selection:
        """From a port (`/dev/ttyACM0`, `COM3`) or the beginning of an id, which is hexadecimal."""
        is_port = "/" in text or text.upper().startswith("COM")
        return cls(port=text) if is_port else cls(key=text)


def ask_for_touch(seconds: int, hold: int) -> None:
    """Say what the key waits for."""
    if hold:
        say(f"Hold the key's button for {hold} s, within {seconds} s.")
    else:
        say(f"Press the key's button within {seconds} s.")


@contextmanager
def connected(selection: Selection) -> Iterator[Connection]:
    """The chosen key, open until the block ends. What its state forbids is told as what to do about it."""
    connection = connect(selection.port, selection.key, ask_for_touch)
    with connection.client:
        try:
            yield connection
        except errors.KeyRefused as refused:
            if refused.code != NOT_ALLOWED:
                raise
            raise refusal(connection.client.hello().state) or refused from None
