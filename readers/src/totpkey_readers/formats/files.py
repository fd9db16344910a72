"""Reads an export of any authenticator. Detects the format by the content, not by the file's name.

Each reader recognises its files by something that only its app writes, so at most one accepts a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import ModuleType

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
#: Reads a recognised file.
Read = Callable[[AskPassword], Contents]

_DATA: tuple[ModuleType, ...] = (free_otp_backup, databases, keepass, otp_auth, otp_client)
_JSON: tuple[ModuleType, ...] = (
    *(aegis, ente, bitwarden, two_fas, stratum, free_otp, proton, steam, and_otp, extension, authme),
    *(authy, duo),
)
_TEXT: tuple[ModuleType | xml_files.App, ...] = (
    *(preferences, totp_authenticator, winauth, *xml_files.APPS, pages),
)
#: For files that no other reader takes: what is in them says what they are.
_ANY_TEXT: tuple[ModuleType, ...] = (tables, pass_entry)


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
    if stratum.recognises_data(data):
        yield stratum.NAME, partial(stratum.read_encrypted, data)
    if archives.recognises_data(data):
        yield archives.NAME, partial(archives.read, data, read_inner=_read_inner)
    for binary in _DATA:
        if binary.recognises_data(data):
            yield _name(binary), partial(binary.read, data)
    text = text_of(data)
    if text is None:
        return
    strays.seen(text)
    document = _document(text)
    if document is not None:
        yield from _of_json(document)
        return
    if links.begins_with_link(text):
        yield uri_list.NAME, lambda ask: uri_list.read(text)
        return
    own: Sequence[ModuleType | xml_files.App] = [reader for reader in _TEXT if reader.recognises_text(text)]
    if not own and unreadable.refusal(data, text) is None:
        own = [reader for reader in _ANY_TEXT if reader.recognises_text(text)][:1]
    for reader in own:
        yield _name(reader), partial(reader.read, text)


def _of_json(document: object) -> Iterator[tuple[str, Read]]:
    own: Sequence[ModuleType] = [reader for reader in _JSON if reader.recognises(document)]
    if not own and unreadable.refusal(b"", "", document) is None and by_content.recognises(document):
        own = [by_content]
    for reader in own:
        yield _name(reader), partial(reader.read, document)


def _read(data: bytes, ask: AskPassword) -> Contents:
    text = text_of(data)
    try:
        _reader, read_it = next(recognising(data), ("", None))
        refusal = unreadable.refusal(data, text, _document(text)) if read_it is None else None
    except Problem:
        # Try this before reporting broken JSON: it may be something else that begins alike.
        refusal, read_it = unreadable.refusal(data, text), None
        if refusal is None:
            raise
    if read_it is not None:
        return read_it(ask)
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
    if archives.recognises_data(data):
        return None
    for _name, read_it in recognising(data):
        return read_it(ask)
    return None


def _name(reader: ModuleType | xml_files.App) -> str:
    return reader.__name__.rpartition(".")[2] if isinstance(reader, ModuleType) else reader.name


def text_of(data: bytes) -> str | None:
    """`data` decoded as text; None if it is binary."""
    return texts.decode(data)
