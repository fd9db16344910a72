"""Reads an export of any authenticator. Detects the format by the content, not by the file's name.

Each reader recognises its files by something that only its app writes, so at most one accepts a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

from totpkey_readers.formats import (
    aegis,
    and_otp,
    archives,
    authme,
    authy,
    bitwarden,
    by_content,
    cost,
    databases,
    duo,
    ente,
    extension,
    free_otp,
    free_otp_backup,
    keepass,
    otp_auth,
    otp_client,
    pages,
    pass_entry,
    preferences,
    proton,
    steam,
    stratum,
    tables,
    totp_authenticator,
    two_fas,
    unreadable,
    uri_list,
    winauth,
    xml_files,
)
from totpkey_readers.records import documents, links, strays, texts
from totpkey_readers.records.contents import LARGEST, AskPassword, Contents
from totpkey_readers.records.problem import Problem

#: How far into a file its first link begins, in bytes.
_FAR = 4096
_Given = TypeVar("_Given", contravariant=True)
#: Reads a recognised file.
Read = Callable[[AskPassword], Contents]


class _Reader(Protocol[_Given]):
    """What reads one format, from a file's bytes, text or JSON: a module, or an app of XML."""

    @property
    def __name__(self) -> str: ...

    def recognises(self, given: _Given, /) -> bool: ...

    def read(self, given: _Given, ask: AskPassword, /) -> Contents: ...


_DATA: tuple[_Reader[bytes], ...] = (free_otp_backup, databases, keepass, otp_auth, otp_client)
_JSON: tuple[_Reader[object], ...] = (
    *(aegis, ente, bitwarden, two_fas, stratum, free_otp, proton, steam, and_otp, extension, authme),
    *(authy, duo),
)
_TEXT: tuple[_Reader[str], ...] = (preferences, totp_authenticator, winauth, *xml_files.APPS, pages)
#: For files that no other reader takes: what is in them says what they are.
_ANY_JSON: tuple[_Reader[object], ...] = (by_content,)
_ANY_TEXT: tuple[_Reader[str], ...] = (tables, pass_entry)


def read(data: bytes, ask: AskPassword, patient: bool = False) -> Contents:
    """Everything in an export. `ask` is called for the password of one that is encrypted. With `patient` its
    key may cost what few computers have (see `cost`).

    Raises Problem for what no format fits, what is damaged as a whole, and a wrong password. A damaged
    entry is skipped with its reason.
    """
    if len(data) > LARGEST:
        raise Problem("too_large", most=LARGEST >> 20)
    with cost.bounded(patient), strays.looking() as looked_at:
        contents = _read(data, ask)
        contents.settle(looked_at)
    if not (contents.found or contents.skipped):
        raise Problem("empty", format=contents.format)
    return contents


def recognising(data: bytes) -> Iterator[tuple[str, Read]]:
    """Name and way to read of every reader that takes the file for its own. Raises Problem for bad JSON."""
    if stratum.is_encrypted(data):
        yield stratum.NAME, partial(stratum.read_encrypted, data)
    if archives.recognises(data):
        yield archives.NAME, partial(archives.read, data, read_inner=_read_inner)
    yield from _takers(data, _DATA)
    text = texts.decode(data)
    if text is None:
        return
    strays.seen(text)
    document = _document(text)
    if document is not None:
        yield from _takers(document, _JSON, _ANY_JSON, unreadable.refusal(b"", "", document))
    elif links.begins_with_link(text):
        yield uri_list.NAME, lambda ask: uri_list.read(text)
    else:
        yield from _takers(text, _TEXT, _ANY_TEXT, unreadable.refusal(data, text))


def _takers(
    given: _Given,
    readers: Sequence[_Reader[_Given]],
    others: Sequence[_Reader[_Given]] = (),
    refusal: Problem | None = None,
) -> Iterator[tuple[str, Read]]:
    """The readers that take the file for their own. If none does, the first of the others, unless refused."""
    takers = [reader for reader in readers if reader.recognises(given)]
    if not takers and refusal is None:
        takers = [reader for reader in others if reader.recognises(given)][:1]
    for reader in takers:
        yield reader.__name__.rpartition(".")[2], partial(reader.read, given)


def _read(data: bytes, ask: AskPassword) -> Contents:
    text = texts.decode(data)
    try:
        read_it = next((read_it for _name, read_it in recognising(data)), None)
    except Problem as broken_json:
        # It may be something else that begins alike.
        raise unreadable.refusal(data, text) or broken_json from None
    if read_it:
        return read_it(ask)
    refusal = unreadable.refusal(data, text, _document(text))
    if text is None and links.begins_with_link(data[:_FAR].decode(errors="ignore")):
        raise Problem("links_encoding")
    if refusal is None and text is None and and_otp.can_be(data):
        return and_otp.read_encrypted(data, ask)
    raise refusal or unreadable.unknown_text(text)


def _document(text: str | None) -> object:
    """What JSON says; None for other text. Raises Problem."""
    is_json = text is not None and text.lstrip().startswith(("{", "["))
    return documents.parse(text) if text is not None and is_json else None


def _read_inner(data: bytes, ask: AskPassword) -> Contents | None:
    """The contents of a file within an archive; None if its format is unknown."""
    if archives.recognises(data):
        return None
    return next((read_it(ask) for _name, read_it in recognising(data)), None)
