"""Requests and their replies, one at a time, over any transport."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link import wire
from totpkey.link.patience import Patience
from totpkey.link.session import Session
from totpkey.link.transport import Transport
from totpkey.link.wire import Argument
from totpkey_protocol import commands, fields, limits
from totpkey_protocol.errors import NO_SESSION
from totpkey_protocol.words import NEVER

#: How long a key may take to answer, after its touch, in seconds.
ANSWER_WAIT = 5.0
#: A key that reads, rewrites or wipes all of its pages may take this long, in seconds.
REWRITE_WAIT = 30.0


#: After so long without a word from a key that waits, something has ended the request. In seconds.
BEAT_LOST = float(limits.BEAT_LOST)


@dataclass(frozen=True)
class Touch:
    """What a key waits for, and how far it has come."""

    #: For how many seconds it waits for the touch to begin.
    seconds: int
    #: The presses of each count, such as "32".
    gesture: str
    #: Whether a hold comes first, since the key is locked.
    hold: bool
    #: The class of consent of what was asked.
    consent: str
    #: The counts that are complete, and the presses of the one under way.
    counted: str = ""
    presses: int = 0
    #: One of `commands.NOTICE_TOUCH` (when it begins), `NOTICE_WAITS`, `NOTICE_AGREED`.
    notice: str = commands.NOTICE_TOUCH

    @property
    def begins(self) -> bool:
        return self.notice == commands.NOTICE_TOUCH


#: Called when the key waits for a touch, each second while it does, with each press, and when it was made.
OnTouch = Callable[[Touch], None]


def nobody_told(touch: Touch) -> None:
    """Ignore that the key waits for a touch."""


class Conversation:
    """Sends requests and finds their replies among other data on the port. Closes the port at the end.

    `on_touch` is called while the key waits for a touch; `now` gives Unix time, `ticks` a steady clock, both
    in seconds. The session begins with the first request that needs one.
    """

    def __init__(
        self,
        transport: Transport,
        on_touch: OnTouch = nobody_told,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._on_touch = on_touch
        self._now = now
        self._ticks = ticks
        #: The class of consent of the last request, and the touch that it waits for.
        self._consent = NEVER
        self._touch: Touch | None = None
        self._session: Session | None = None
        self._lines = wire.LineReader(transport)
        # A random start, so that replies to an earlier program are not mistaken for ours.
        # In the lower half of all: a session's ids only rise.
        self._request_id = int.from_bytes(os.urandom(4), "big") & limits.REQUEST_ID >> 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def _command(self, name: str) -> fields.Command:
        """The command of that name, in the face that this conversation is with. Raises LookupError."""
        return command(name)

    def _needs_session(self, name: str) -> bool:
        return name not in commands.READS

    def _ask(self, name: str, answer_wait: float = ANSWER_WAIT, /, **arguments: Argument) -> dict[str, Any]:
        """Send a request and return the checked fields of its reply."""
        request_id = self.send(name, **arguments)
        reply = self._receive((request_id,), answer_wait)
        if not reply:
            raise no_answer()
        return wire.check_reply(self._command(name), reply["ok"])

    def send(self, name: str, /, **arguments: Argument) -> int:
        """Send a request without waiting, and before it what begins a session, if it needs one.

        Returns its id. Raises KeyRefused, NoAnswer, TransportError.
        """
        if self._needs_session(name) and not self._session:
            # What the key would refuse is noticed before anything is sent.
            wire.encode(self._command(name), self._request_id, arguments)
            self.begin_session()
        return self._send(name, arguments)

    def _send(self, name: str, arguments: dict[str, Argument]) -> int:
        self._request_id = (self._request_id + 1) & limits.REQUEST_ID
        self._consent, self._touch = self._command(name).consent, None
        self._transport.write(wire.encode(self._command(name), self._request_id, arguments, self._session))
        return self._request_id

    def begin_session(self) -> None:
        """Begin a session, unless one has begun. A request that must arrive in time cannot wait for that."""
        if self._session:
            return
        session = Session()
        request_id = self._send("session", {"key": session.key})
        if not self._receive([request_id], ANSWER_WAIT):
            raise no_answer()
        self._session = session

    def _opened(self, sealed: str) -> str:
        """What the last reply has sealed. Raises BadReply."""
        if not self._session:
            raise no_answer()
        return self._session.opened(self._request_id, sealed)

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
                if self._waits:
                    raise _no_longer_waits()
                return None
            message = wire.decode(line) or {}
            ours = message.get("id") in request_ids
            if ours and "ok" in message:
                return message
            if ours and message.get("notice") in _NOTICES:
                self._announce(message)
                patience = Patience(BEAT_LOST if self._waits else answer_wait, self._ticks)
            elif "error" in message and (ours or (anonymous and message.get("id") is None)):
                if message["error"] == NO_SESSION:
                    # The next request begins another one.
                    self._session = None
                raise errors.KeyRefused(str(message["error"]), str(message.get("field", "")))

    @property
    def _waits(self) -> bool:
        """Whether a touch is waited for."""
        return self._touch is not None and self._touch.notice != commands.NOTICE_AGREED

    def _announce(self, notice: dict[str, object]) -> None:
        """Say what the key waits for, or how far that has come."""
        if notice["notice"] == commands.NOTICE_TOUCH:
            self._touch = Touch(
                _number(notice.get("seconds"), limits.PRESS_WAIT),
                _counts(notice.get("gesture")),
                bool(notice.get("hold")),
                self._consent,
            )
        elif self._touch:
            self._touch = replace(
                self._touch,
                notice=str(notice["notice"]),
                counted=_counts(notice.get("counted")),
                presses=_number(notice.get("presses"), 0),
            )
        if self._touch:
            self._on_touch(self._touch)


_NOTICES = (commands.NOTICE_TOUCH, commands.NOTICE_WAITS, commands.NOTICE_AGREED)


def _number(value: object, default: int) -> int:
    """A number from a key, limited to a plausible range."""
    return min(max(value, 0), limits.SETUP_IDLE) if isinstance(value, int) else default


def _counts(value: object) -> str:
    """The counts of a gesture from a key: few digits, whatever it says."""
    return "".join(each for each in str(value) if each in "123456789")[:4] if isinstance(value, str) else ""


def command(name: str) -> fields.Command:
    """The command of that name. Raises LookupError."""
    found = commands.find(name)
    if found is None:
        raise LookupError(name)
    return found


def random() -> bytes:
    """Random bytes for a key whose own generator should fail."""
    return os.urandom(32)


def _no_longer_waits() -> errors.NoLongerWaits:
    return errors.NoLongerWaits(
        tr("The key no longer waits for this: another program may have ended it."),
        tr(
            "Do not touch the button now. Close other programs that use the key, then run the command again."
            " If you know of no other program, unplug the key."
        ),
    )


def no_answer() -> errors.NoAnswer:
    """The error for a key that does not answer, or has stopped answering."""
    return errors.NoAnswer(
        tr("What is on this port does not answer as a key does."),
        tr("Check that it is the key's port, unplug the key and hold its button for 3 s."),
    )
