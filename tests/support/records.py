"""Records as they pass over the wire, read by no code of the product."""

from __future__ import annotations

import hmac
import json
from typing import Any

_TAG = 32


def split(line: bytes) -> tuple[bytes, bytes]:
    """The object in a line, and its tag, which may be empty."""
    return (line[:-_TAG], line[-_TAG:]) if line[-1:] in b"0123456789abcdef" else (line, b"")


def message(line: bytes) -> dict[str, Any]:
    """What a line says, whoever proved it."""
    found: dict[str, Any] = json.loads(split(line)[0])
    return found


def tag(session: bytes, text: bytes) -> bytes:
    """The tag of that object under a session's key (docs/concepts/protocol.md)."""
    return hmac.new(session, text, "sha256").hexdigest()[:_TAG].encode()


def cover(session: bytes, number: int, code: bytes) -> bytes:
    """A code as the reply to that request has it, or back again."""
    pad = hmac.digest(session, b"code" + number.to_bytes(4, "big"), "sha256")
    return bytes(one ^ other for one, other in zip(code, pad, strict=False))
