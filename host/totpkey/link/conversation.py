"""Requests and their replies, one at a time, over any transport, in a session that proves each.

See docs/concepts/protocol.md. The key's side of the session is `totpkey_firmware/setup/channel.py`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from totpkey import errors
from totpkey.i18n import key_words
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.link import wire
from totpkey.link.transport import Transport
from totpkey.link.wire import Argument, Patience
from totpkey.system import times
from totpkey_protocol import answers, commands, fields, limits
from totpkey_protocol.answers import Begun
from totpkey_protocol.consent import READS, WHEN
from totpkey_protocol.errors import BUSY, CALM, NO_SESSION, NOT_AGREED
from totpkey_protocol.frames import TAG
from totpkey_protocol.words import NEVER


class Session:
    """One program's session with one key."""

    def __init__(self) -> None:
        #: 32 bytes that the key was given, and that no other program can read.
        self.key = os.urandom(limits.SESSION)

    def tag(self, text: bytes) -> bytes:
        """The tag of a record that has this text."""
        return self._code(text)[: TAG // 2].hex().encode()

    def opened(self, record: bytes) -> bytes | None:
        """The text of a record that the key has proved; None for any other line."""
        import hmac

        text, tag = record[:-TAG], record[-TAG:]
        return text if hmac.compare_digest(self.tag(text), tag) else None

    def uncovered(self, request_id: int, sealed: str) -> str:
        """The code that the reply to that request has covered. Characters of a false key may be any."""
        pad = self._code(b"code" + request_id.to_bytes(4, "big"))
        return bytes(one ^ other for one, other in zip(bytes.fromhex(sealed), pad, strict=False)).decode(
            "latin1"
        )

    def _code(self, message: bytes) -> bytes:
        # It would slow the start of every command.
        import hmac

        return hmac.digest(self.key, message, "sha256")


#: How long a key may take to answer, after its touch, in seconds.
ANSWER_WAIT = 5.0
#: A key that reads, rewrites or wipes all of its pages may take this long, in seconds: 41 with slow flash.
REWRITE_WAIT = 60.0
#: So often a request is sent in all, if its gesture fails.
TRIES = 3


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
    #: What was asked, in words.
    why: str = ""

    @property
    def begins(self) -> bool:
        return self.notice == commands.NOTICE_TOUCH


#: Called when the key waits for a touch, each second while it does, with each press, and when it was made.
OnTouch = Callable[[Touch], None]


#: Lets that many seconds pass, in which the key takes no gesture. Then the request is sent again.
OnCalm = Callable[[int], None]
#: An argument, or what gives it anew each time that the request is sent.
Given = Argument | Callable[[], Argument]


def nobody_told(touch: Touch) -> None:
    """Ignore that the key waits for a touch."""


class Silent(Exception):
    """No answer has come, or a key that waited for a touch has stopped saying so."""


@dataclass(frozen=True)
class Sent:
    """A request that was sent: its command, its id, and its tag, which is empty outside a session."""

    command: fields.Command
    id: int
    tag: str


class Conversation:
    """Sends requests and finds their replies among other data on the port. Closes the port at the end.

    `on_touch` is called while the key waits for a touch, `on_calm` after a gesture that failed, `on_stranger`
    once if another program speaks on the port; `now` gives Unix time, `ticks` a steady clock, both in
    seconds. Once a session has begun, only what the key proves under it is a message.
    """

    def __init__(
        self,
        transport: Transport,
        on_touch: OnTouch = nobody_told,
        now: Callable[[], float] = times.now,
        ticks: Callable[[], float] = times.ticks,
        on_stranger: Callable[[], None] = lambda: None,
        on_calm: OnCalm | None = None,
    ) -> None:
        self._transport = transport
        self._on_touch = on_touch
        self._on_calm = on_calm
        self._on_stranger = on_stranger
        self._now = now
        self._ticks = ticks
        #: The class of consent of the last request, what it does in words, and the touch that it waits for.
        self._consent, self._why = NEVER, ""
        self._touch: Touch | None = None
        #: The names of the key's accounts by id, as far as they were listed.
        self._names: dict[str, str] = {}
        self._session: Session | None = None
        #: What the key proved of itself when the session began; the tags of all requests.
        self._begun: Begun | None = None
        self._tags: set[str] = set()
        #: When the last request was about to be sent, in ticks.
        self._sent_at = 0.0
        self._lines = wire.LineReader(transport)
        #: The ids of greetings, which are sent outside a session, and whose replies may come late.
        self._greetings: set[int] = set()
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

    def _ask(self, name: str, answer_wait: float = 0, /, **arguments: Given) -> dict[str, Any]:
        """Send a request and return the checked fields of its reply. `on_calm` forgives a failed gesture.

        `answer_wait`: in seconds, by default as long as a key may take for that command.
        """
        wait = answer_wait or (REWRITE_WAIT if name in answers.SLOW else ANSWER_WAIT)
        for left in reversed(range(TRIES)):
            given = {name: value() if callable(value) else value for name, value in arguments.items()}
            try:
                return self._ask_once(name, wait, given)
            except errors.KeyRefused as refused:
                if not (refused.calm and self._on_calm and left):
                    raise
                self._on_calm(refused.calm)
        raise AssertionError(name)

    def _ask_once(self, name: str, answer_wait: float, arguments: dict[str, Argument]) -> dict[str, Any]:
        sent = self.send(name, **arguments)
        try:
            return wire.check_reply(sent.command, self._receive({sent.id}, answer_wait))
        except Silent:
            if name not in READS:
                return self._settle(sent)
        except KeyboardInterrupt:
            if self._waits:
                self._withdraw(sent)
            raise
        except errors.TransportError as error:
            if name not in READS:
                raise type(error)(joined(error.cause, tr(_UNKNOWN)), tr(_LOOK)) from None
            raise
        return self._ask_again(sent, answer_wait, arguments)

    def _ask_again(self, sent: Sent, answer_wait: float, arguments: dict[str, Argument]) -> dict[str, Any]:
        """Read once more, in a new session, what was not answered. Raises NoAnswer."""
        try:
            if self._begun:
                self.begin_session()
                sent = self.send(sent.command.name, **arguments)
                return wire.check_reply(sent.command, self._receive({sent.id}, answer_wait))
        except Silent:
            pass
        raise no_answer()

    def send(self, name: str, /, **arguments: Argument) -> Sent:
        """Send a request without waiting. Raises KeyRefused, TransportError."""
        sent_as = self._command(name)
        self._request_id = (self._request_id + 1) & limits.REQUEST_ID
        self._consent, self._touch = sent_as.consent, None
        self._why = key_words.said(name, arguments, self._names) if sent_as.consent != NEVER else ""
        text = wire.encode(sent_as, self._request_id, arguments)
        tag = self._session.tag(text) if self._session else b""
        # The first newline ends what another program has begun, which would otherwise swallow the request.
        self._sent_at = self._ticks()
        self._transport.write(b"\n" + text + tag + b"\n")
        if tag:
            self._tags.add(tag.decode())
        return Sent(sent_as, self._request_id, tag.decode())

    def begin_session(self) -> Begun:
        """Begin a session, which ends every other. Returns what the key proves of itself. Raises NoAnswer."""
        fresh = Session()
        self._session = self._begun = None
        sent = self.send("session", key=fresh.key)
        self._session = fresh
        try:
            told: dict[str, Any] = wire.check_reply(sent.command, self._receive({sent.id}, ANSWER_WAIT))
        except Silent:
            self._session = None
            raise no_answer() from None
        self._begun = Begun(**told)
        return self._begun

    def _settle(self, sent: Sent) -> dict[str, Any]:
        """Learn what became of a request whose reply does not come: {} if it was done, and told nothing else.

        A new session ends the request if it still waits, and says what was agreed to last. Raises NotDone,
        KeyRefused, DoneUnheard, OutcomeUnknown, NoAnswer, TransportError.
        """
        before, command = self._begun, sent.command
        if not before:
            raise no_answer()
        wanted_touch = self._touch is not None or (command.consent != NEVER and command.name not in WHEN)
        made = self._touch is not None and not self._waits
        try:
            now = self.begin_session()
        except (errors.NoAnswer, errors.TransportError) as problem:
            raise type(problem)(joined(problem.cause, tr(_UNKNOWN)), tr(_LOOK)) from None
        if now.agreed == sent.tag and now.outcome != BUSY:
            if now.outcome:
                raise errors.KeyRefused(now.outcome)
            if answers.of(command):
                raise errors.DoneUnheard(tr("The key has done this, but its answer was lost."), tr(_LOOK))
            return {}
        # Nothing was allowed since that we do not know, and the key has not restarted.
        known = now.start == before.start or now.agreed in self._tags
        if now.agreed != sent.tag and wanted_touch and known and not made:
            raise _not_done()
        raise errors.OutcomeUnknown(tr(_UNKNOWN), tr(_LOOK))

    def _withdraw(self, sent: Sent) -> None:
        """End a request that a person has cancelled. Its gesture may have come before: raises DoneUnheard."""
        with contextlib.suppress(errors.NotDone):
            self._settle(sent)
            raise errors.DoneUnheard(tr("The key did this before it was cancelled."), tr(_LOOK))

    def _heard(self, line: bytes) -> dict[str, object]:
        """The message in a line; an empty one if this program's key has not proved it."""
        if not self._session:
            return wire.decode(line)
        text = self._session.opened(line)
        if text is not None:
            return wire.decode(text)
        if self._begun and line.strip() and wire.decode(line).get("id") not in self._greetings:
            self._on_stranger()
            self._on_stranger = lambda: None
        return {}

    def _receive(self, request_ids: Collection[int], answer_wait: float) -> object:
        """What the reply to any of these requests calls "ok". Raises KeyRefused, Silent.

        After a touch, the reply may take `answer_wait` seconds again.
        """
        patience, notices = Patience(answer_wait, self._ticks), 0
        while True:
            line = self._lines.next(patience)
            if line is None or notices > _NOTICES_MOST:
                raise Silent
            message = self._heard(line)
            if message.get("id") not in request_ids:
                continue
            if "ok" in message:
                return message["ok"]
            if "error" in message:
                if message["error"] == NO_SESSION:
                    # The next request begins another one.
                    self._session = None
                raise _refusal(message)
            if message.get("notice") in _NOTICES:
                if message["notice"] == commands.NOTICE_TOUCH and not self._may_show():
                    continue
                self._announce(message)
                notices += 1
                patience = Patience(limits.BEAT_LOST if self._waits else answer_wait, self._ticks)

    def _may_show(self) -> bool:
        """Whether this is the first gesture for the request, and not late. Raises Silent if it is late.

        The key may have given a late one to another program's request since: this program stood still.
        """
        if not self._touch and self._ticks() - self._sent_at >= limits.PRESS_WAIT:
            raise Silent
        return not self._touch

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
                why=self._why,
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


_UNKNOWN = _("It is unknown whether the key did this.")
_LOOK = _("Look at the key (`totpkey info`, `totpkey list`) before you run the command again.")
#: A key that sends more notices of one request is none of ours. A gesture takes at most some 240.
_NOTICES_MOST = 300
_NOTICES = (commands.NOTICE_TOUCH, commands.NOTICE_WAITS, commands.NOTICE_AGREED)


def _refusal(message: dict[str, object]) -> errors.KeyRefused:
    """The key's error. After a gesture that failed it says, or this program knows, when it takes another."""
    calm = limits.CALM if message["error"] == NOT_AGREED else 0
    if message["error"] == CALM:
        calm = max(min(_number(message.get("seconds"), limits.CALM), limits.CALM), 1)
    return errors.KeyRefused(str(message["error"]), str(message.get("field", "")), calm)


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


def _not_done() -> errors.NotDone:
    return errors.NotDone(
        tr("The key did not do this: another program may have ended the request."),
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
