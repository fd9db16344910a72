"""The record layer of one program's session: what proves records to the other side, in both directions.

See docs/concepts/protocol.md. The key's side is `totpkey_firmware/setup/channel.py`.
"""

from __future__ import annotations

import os

from totpkey_protocol import limits
from totpkey_protocol.frames import TAG


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
