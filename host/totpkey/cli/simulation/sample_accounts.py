"""Sample accounts for a demonstration, as sites show them, with random secrets."""

from __future__ import annotations

import os

from totpkey.accounts import base32


def sample_uri() -> tuple[str, str]:
    """Return an empty name and a key URI that contains one."""
    secret = base32.encode(os.urandom(20))
    return "", f"otpauth://totp/Example:me%40example.com?secret={secret}&issuer=Example"


def amazon_style() -> tuple[str, str]:
    """Return a name and 52 base32 characters without padding, in groups of four."""
    text = base32.encode(os.urandom(32))
    return "Amazon:shop@example.com", " ".join(text[at : at + 4] for at in range(0, len(text), 4))
