"""Links of accounts within text: key URIs, and the migration URIs of Google Authenticator."""

from __future__ import annotations

import re

MIGRATION = "otpauth-migration:"
_SCHEMES = ("otpauth:", "steam:", "motp:", MIGRATION)
#: Where a further link begins on a line. One within another link's parameters has its colon escaped.
_LINK = re.compile(r"(?i)(?<![\w%])(?:otpauth|otpauth-migration|steam|motp)://")
#: `zbarimg` prints this before a code's text.
_ZBAR = "qr-code:"
#: The first link must begin within this many characters.
_FAR = 1 << 16


def begins_with_link(text: str) -> bool:
    """Whether the first line that is no comment begins like a link."""
    for line in text[:_FAR].splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return is_link(line)
    return False


def is_link(line: str) -> bool:
    """Whether it begins like a key URI or a migration URI."""
    return plain(line).lower().startswith(_SCHEMES)


def is_account(line: str) -> bool:
    """Whether it begins like a key URI that may be read. Steam opens its games by links, too."""
    begins = plain(line)[:64].lower()
    return begins.startswith("otpauth://") or (
        begins.startswith("steam://") and "/" not in begins[8:].rstrip("/")
    )


def links_in(line: str) -> list[str]:
    """The links on a line, which some programs and people put there by commas or spaces; else the line."""
    starts = [found.start() for found in _LINK.finditer(line)]
    if not starts or (len(starts) == 1 and starts[0] == 0):
        return [line]
    ends = [*starts[1:], len(line)]
    parts = [line[start:end].strip(" \t,;|\"'<>") for start, end in zip(starts, ends, strict=True)]
    before = line[: starts[0]].strip(" \t,;|\"'<>")
    # A name before the only link is no entry of its own.
    return [before, *parts] if before and len(parts) > 1 and is_link(before) else parts


def plain(line: str) -> str:
    """A line without surrounding spaces and zbar's prefix."""
    line = line.strip()
    return line[len(_ZBAR) :].lstrip() if line[: len(_ZBAR)].lower() == _ZBAR else line
