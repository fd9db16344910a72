"""Key URIs, one per line, as Ente Auth, FreeOTP, Aegis, WinAuth and others export and zbar prints them."""

from __future__ import annotations

from functools import partial
from urllib.parse import unquote

from totpkey_readers.formats import migration
from totpkey_readers.records import links
from totpkey_readers.records.contents import Contents, from_uri
from totpkey_readers.records.problem import note

NAME = "list of key URIs"


def read(text: str) -> Contents:
    """The accounts of all lines except blank ones and comments. Raises Problem for a bad migration URI."""
    contents = Contents(NAME)
    migrations: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = links.plain(line)
        if not line or line.startswith("#"):
            continue
        for link in links.links_in(line):
            _take(contents, migrations, f"line {number}", link)
    return _with_migrations(contents, migrations) if migrations else contents


def _take(contents: Contents, migrations: list[str], place: str, line: str) -> None:
    if line.lower().startswith(links.MIGRATION):
        migrations.append(line)
    elif line.lower().startswith("motp:"):
        contents.skip(place, _name(line), note("motp"), line)
    elif links.is_link(line):
        contents.take(place, partial(from_uri, line), _name(line), line)
    else:
        contents.skip(place, "", note("not_a_link"), line)


def _name(uri: str) -> str:
    """A name for an unreadable URI."""
    label = unquote(uri[:1024].partition("?")[0].partition("://")[2], errors="replace")
    if uri.lower().startswith("otpauth:"):
        return label.partition("/")[2][:80]
    return "" if uri.lower().startswith("steam:") else label[:80]


def _with_migrations(contents: Contents, uris: list[str]) -> Contents:
    moved = migration.read(uris)
    moved.disregard(uris)
    if not contents.read:
        return moved
    contents.add(moved)
    return contents
