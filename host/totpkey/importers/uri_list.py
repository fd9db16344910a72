"""Key URIs, one per line, as Ente Auth, FreeOTP, Aegis, WinAuth and others export and zbar prints them."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import unquote

from totpkey.i18n.translation import tr
from totpkey.importers import migration
from totpkey.importers.contents import Contents, from_uri

NAME = "list of key URIs"
_SCHEMES = ("otpauth:", "steam:", "motp:", migration.SCHEME)
#: Where a further link begins on a line. One within another link's parameters has its colon escaped.
_LINK = re.compile(r"(?i)(?<![\w%])(?:otpauth|otpauth-migration|steam|motp)://")
#: `zbarimg` prints this before a code's text.
_ZBAR = "qr-code:"
#: The first URI must begin within this many characters.
_FAR = 1 << 16


def recognises_text(text: str) -> bool:
    for line in text[:_FAR].splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return is_uri(line)
    return False


def is_uri(line: str) -> bool:
    """Whether it begins like a key URI or a migration URI."""
    return _plain(line).lower().startswith(_SCHEMES)


def read(text: str) -> Contents:
    """The accounts of all lines except blank ones and comments. Raises Damaged for a bad migration URI."""
    contents = Contents(NAME)
    migrations: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = _plain(line)
        if not line or line.startswith("#"):
            continue
        for link in links(line):
            _take(contents, migrations, f"line {number}", link)
    return _with_migrations(contents, migrations) if migrations else contents


def links(line: str) -> list[str]:
    """The links on a line, which some programs and people put there by commas or spaces; else the line."""
    starts = [found.start() for found in _LINK.finditer(line)]
    if not starts or (len(starts) == 1 and starts[0] == 0):
        return [line]
    ends = [*starts[1:], len(line)]
    parts = [line[start:end].strip(" \t,;|\"'<>") for start, end in zip(starts, ends, strict=True)]
    before = line[: starts[0]].strip(" \t,;|\"'<>")
    # A name before the only link is no entry of its own.
    return [before, *parts] if before and len(parts) > 1 and is_uri(before) else parts


def _take(contents: Contents, migrations: list[str], place: str, line: str) -> None:
    if line.lower().startswith(migration.SCHEME):
        migrations.append(line)
    elif line.lower().startswith("motp:"):
        contents.skip(place, _name(line), tr("It is Mobile-OTP, whose codes a key cannot compute."))
    elif is_uri(line):
        contents.take(place, partial(from_uri, line), _name(line))
    else:
        contents.skip(place, "", tr("It is not an otpauth:// link."))


def _plain(line: str) -> str:
    """A line without surrounding spaces and zbar's prefix."""
    line = line.strip()
    return line[len(_ZBAR) :].lstrip() if line[: len(_ZBAR)].lower() == _ZBAR else line


def _name(uri: str) -> str:
    """A name for an unreadable URI."""
    label = unquote(uri[:1024].partition("?")[0].partition("://")[2], errors="replace")
    if uri.lower().startswith("otpauth:"):
        return label.partition("/")[2][:80]
    return "" if uri.lower().startswith("steam:") else label[:80]


def _with_migrations(contents: Contents, uris: list[str]) -> Contents:
    moved = migration.read(uris)
    if not (contents.found or contents.skipped):
        return moved
    contents.found += moved.found
    contents.skipped += moved.skipped
    contents.warnings += moved.warnings
    return contents
