"""Key URIs, one a line: what Ente Auth, FreeOTP, Aegis and others export as text."""

from __future__ import annotations

from functools import partial

from totpkey.accounts import key_uri
from totpkey.importers import migration
from totpkey.importers.contents import Contents

NAME = "list of key URIs"
_SCHEMES = ("otpauth:", "steam:", migration.SCHEME)


def recognises(text: str) -> bool:
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return is_uri(line)
    return False


def is_uri(line: str) -> bool:
    """Whether it is a key URI by its beginning, or an export's."""
    return line.strip().lower().startswith(_SCHEMES)


def read(text: str) -> Contents:
    """The accounts of all lines but blank ones and comments. Raises Damaged for a damaged migration URI."""
    contents = Contents(NAME)
    migrations: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.lower().startswith(migration.SCHEME):
            migrations.append(line)
        elif is_uri(line):
            contents.take(f"line {number}", partial(key_uri.read_uri, line))
        else:
            contents.skip(f"line {number}", "", "It is not a key URI.")
    return _with_migrations(contents, migrations) if migrations else contents


def _with_migrations(contents: Contents, uris: list[str]) -> Contents:
    moved = migration.read(uris)
    if not (contents.found or contents.skipped):
        return moved
    contents.found += moved.found
    contents.skipped += moved.skipped
    contents.warnings += moved.warnings
    return contents
