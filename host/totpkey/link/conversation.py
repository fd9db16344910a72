"""Requests and their replies, one at a time, over any transport."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Any, Self

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.patience import Patience
from totpkey.link.transport import Transport
from totpkey_protocol import commands, fields, limits
from totpkey_protocol.words import NEVER

#: How long a key may take to answer, after its touch, in seconds.
ANSWER_WAIT = 5.0
#: A key that rewrites or wipes all of its pages may take this long, in seconds.
REWRITE_WAIT = 30.0


#: Called with how many seconds the key waits for its button, for how many it must be held (0: a press), and
#: the class of consent of what was asked, which its light shows.
OnPress = Callable[[int, int, str], None]


def nobody_told(seconds: int, hold: int, consent: str) -> None:
    """Ignore that the key waits for its button."""


class Conversation:
    """Sends requests and finds their replies among other data on the port. Closes the port at the end.

    `on_press(seconds, hold, consent)` is called when the key waits for its button; `now` gives Unix time,
    `ticks` a steady clock, both in seconds.
    """

    def __init__(
        self,
        transport: Transport,
        on_press: OnPress = nobody_told,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._on_press = on_press
        self._now = now
        self._ticks = ticks
        #: The class of consent of the last request: what the key's light must show, whatever its notice says.
        self._consent = NEVER
        self._lines = wire.LineReader(transport)
        # A random start, so that replies to an earlier program are not mistaken for ours.
        self._request_id = int.from_bytes(os.urandom(4), "big") & limits.REQUEST_ID

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def _ask(self, name: str, answer_wait: float = ANSWER_WAIT, /, **arguments: str | int) -> dict[str, Any]:
        """Send a request and return the checked fields of its reply."""
        request_id = self.send(name, **arguments)
        reply = self._receive((request_id,), answer_wait)
        if not reply:
            raise no_answer()
        return wire.check_reply(command(name), reply["ok"])

    def send(self, name: str, /, **arguments: str | int) -> int:
        """Send a request without waiting. Returns its id. Raises KeyRefused, TransportError."""
        self._request_id = (self._request_id + 1) & limits.REQUEST_ID
        self._consent = command(name).consent
        self._transport.write(wire.encode(command(name), self._request_id, arguments))
        return self._request_id

    def _receive(
        self, request_ids: Collection[int], answer_wait: float, anonymous: bool = True
    ) -> dict[str, object] | None:
        """The successful reply to any of these requests; None if there is none within `answer_wait` seconds.

        Skips noise, echoes and stale replies. With `anonymous`, an error without an id counts as the answer.
        After a touch, the reply may take `answer_wait` seconds again.
        """
        patience = Patience(answer_wait, self._ticks)
        while True:
            line = self._lines.next(patience)
            if line is None:
                return None
            message = wire.decode(line) or {}
            ours = message.get("id") in request_ids
            if ours and "ok" in message:
                return message
            if ours and message.get("notice") in (commands.NOTICE_PRESS, commands.NOTICE_HOLD):
                patience = Patience(self._announce(message) + answer_wait, self._ticks)
            elif "error" in message and (ours or (anonymous and message.get("id") is None)):
                raise errors.KeyRefused(str(message["error"]), str(message.get("field", "")))

    def _announce(self, notice: dict[str, object]) -> float:
        """Announce that the key waits for its button. Returns for how many seconds it does."""
        seconds, hold = _seconds(notice.get("seconds"), limits.PRESS_WAIT), _seconds(notice.get("hold"), 0)
        self._on_press(seconds, hold, self._consent)
        return seconds + hold


def _seconds(value: object, default: int) -> int:
    """A time from a key, limited to a plausible range."""
    return min(max(value, 0), limits.SETUP_IDLE) if isinstance(value, int) else default


def command(name: str) -> fields.Command:
    """The command of that name. Raises LookupError."""
    found = commands.find(name)
    if found is None:
        raise LookupError(name)
    return found


def random() -> str:
    """Random bytes for a key whose own generator should fail, in hexadecimal."""
    return os.urandom(32).hex()


def no_answer() -> errors.NoAnswer:
    """The error for a key that does not answer, or has stopped answering."""
    return errors.NoAnswer(
        tr("What is on this port does not answer as a key does."),
        tr("Check that it is the key's port, unplug the key and hold its button for 3 s."),
    )
