"""What proves to a key that requests come from one program, and what only that program can read.

See docs/concepts/consent.md. The key's side is `totpkey_firmware/setup/program.py`.
"""

from __future__ import annotations

import os
from base64 import b64decode

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import limits
from totpkey_protocol.frames import MAC_SIZE, MAC_START

_REPLY = b"totpkey reply"


class Session:
    """One program's session with one key."""

    def __init__(self) -> None:
        #: 32 bytes that the key was given, and that no other program can read.
        self.key = os.urandom(limits.SESSION)

    def proved(self, frame: bytes) -> bytes:
        """`frame`, a JSON object without its newline, with its MAC as the last field."""
        # It would slow the start of commands that only read.
        import hmac

        head = frame[:-1]
        mac = hmac.digest(self.key, head, "sha256")[:MAC_SIZE].hex()
        return head + f'{MAC_START}{mac}"}}'.encode()

    def opened(self, request_id: int, sealed: str) -> str:
        """The text that the reply to that request has sealed. Raises BadReply."""
        import hmac

        # It would slow the start of every command.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        first = hmac.digest(self.key, _REPLY + b"\x01", "sha256")
        cipher = AESSIV(first + hmac.digest(self.key, first + _REPLY + b"\x02", "sha256"))
        try:
            return cipher.decrypt(b64decode(sealed, validate=True), [request_id.to_bytes(4, "big")]).decode()
        except (ValueError, InvalidTag):
            raise errors.BadReply(
                tr("The code that the key gave was meant for another program."),
                tr("Unplug the key, hold its button for 3 s and run the command again."),
            ) from None
