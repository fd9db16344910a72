"""Requests and replies as bytes: newline-delimited JSON, and how long to wait for it.

Both are checked against the protocol. Only time in which an answer could have been heard counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.link.transport import Transport
from totpkey_protocol import answers, fields, limits
from totpkey_protocol.errors import BAD_TYPE, FRAME_TOO_LONG, Refusal
from totpkey_protocol.frames import TAG

#: The most seconds that one look at the port may count, however long it took.
PIECE = 0.25


class Patience:
    """Waits for bytes, for `seconds` in all.

    A program stands still while its computer sleeps or is overloaded. Time that passes then says nothing
    about the key: its answer may be on its way. So the wait is cut into pieces, and none counts for more
    than it asked for.
    """

    def __init__(self, seconds: float, ticks: Callable[[], float]) -> None:
        self._left = seconds
        self._ticks = ticks
        self._counted = ticks()

    @property
    def ended(self) -> bool:
        return self._left <= 0

    def read(self, transport: Transport) -> bytes:
        """The bytes that have come, which may be none yet. Raises TransportError."""
        asked = min(max(self._left, 0), PIECE)
        data = transport.read(asked)
        now = self._ticks()
        # A port that never falls silent must not be read for ever.
        self._left -= min(now - self._counted, PIECE) if data else asked
        self._counted = now
        return data


#: A value as a method of the client has it.
Argument = str | int | bytes


def encode(command: fields.Command, request_id: int, arguments: Mapping[str, Argument]) -> bytes:
    """The text of one request. The key completes it with defaults, so none is sent: reading takes it long.

    Bytes become hexadecimal, and a bool 0 or 1.

    Raises KeyRefused for what the key would refuse, instead of sending it.
    """
    try:
        checked = fields.check(command, {name: _on_wire(value) for name, value in arguments.items()})
    except Refusal as refusal:
        raise errors.KeyRefused(refusal.code, refusal.field) from None
    told = {
        field.name: checked[field.name] for field in command.takes if checked[field.name] != field.default
    }
    request = {"id": request_id, "command": command.name, **told}
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) + TAG + len(b"\n") > limits.FRAME:
        raise errors.KeyRefused(FRAME_TOO_LONG)
    return text


def _on_wire(value: Argument) -> str | int:
    if isinstance(value, bytes):
        return value.hex()
    return int(value) if isinstance(value, bool) else value


def decode(line: bytes) -> dict[str, object]:
    """The JSON object in `line`; an empty one for anything else, such as the end of an older record."""
    try:
        message = json.loads(line)
        # Escapes may give half a character (a lone surrogate), which nothing can print.
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def check_reply(
    command: fields.Command, reply: object, answer: tuple[fields.Field, ...] | None = None
) -> dict[str, object]:
    """The checked fields of a reply's "ok", without unknown ones. Raises BadReply.

    `answer`: those of a command that is not the core's.
    A number that can only be 0 or 1 is a bool.
    """
    try:
        return _checked(answers.of(command) if answer is None else answer, reply)
    except Refusal as refusal:
        raise errors.BadReply(
            tr(
                "The key's reply to “{name}” breaks the protocol ({code}: {field}).",
                name=command.name,
                code=refusal.code,
                field=refusal.field,
            ),
            tr("Update the command and the key's firmware to the same version."),
        ) from None


def _checked(fields: tuple[fields.Field, ...], reply: object) -> dict[str, object]:
    if not isinstance(reply, dict):
        raise Refusal(BAD_TYPE, "ok")
    # A key with older firmware does not send newer fields, which have a default.
    return {field.name: _value(field, reply.get(field.name, field.default)) for field in fields}


def _value(field: fields.Field, value: object) -> object:
    if field.kind != fields.ACCOUNTS:
        fields.check_value(field, value)
        return bool(value) if field.kind == fields.NUMBER and field.most == 1 else value
    if not isinstance(value, list):
        raise Refusal(BAD_TYPE, field.name)
    return [_checked(answers.LISTED, entry) for entry in value]


class LineReader:
    """Splits a transport's bytes into lines, and drops lines that are longer than a frame."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._pending = bytearray()

    def next(self, patience: Patience) -> bytes | None:
        """The next line without its newline; None if none is complete before patience ends."""
        while True:
            line, newline, rest = self._pending.partition(b"\n")
            if newline:
                self._pending = rest
                if len(line) < limits.FRAME:
                    return bytes(line)
                continue
            if patience.ended:
                return None
            self._pending += patience.read(self._transport)
            self._drop_overlong()

    def _drop_overlong(self) -> None:
        """Bound the memory of an endless line. The rest still counts as too long when it ends."""
        if len(self._pending) > 2 * limits.FRAME and b"\n" not in self._pending:
            del self._pending[limits.FRAME + 1 :]
