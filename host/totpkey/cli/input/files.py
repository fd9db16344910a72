"""Reads accounts from the sources on the command line: files, pictures, standard input, a hidden prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from totpkey import errors
from totpkey.cli.input.no_secrets_in_argv import not_repeated
from totpkey.cli.input.prompts import ask_hidden
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers.reading import Contents, fitting
from totpkey_readers.jail import reader
from totpkey_readers.pictures import qr
from totpkey_readers.records import key_uri, links
from totpkey_readers.records import texts as encodings
from totpkey_readers.records.contents import LARGEST, AskPassword
from totpkey_readers.records.contents import Contents as Read

_NONE_HERE = _("No readable QR code was found in {picture}.")
_SHARPER = _("Take it again: sharp, straight, the whole code with some white around it.")
_NO_ACCOUNTS = _("The QR codes in {picture} are not accounts.")
_SHOW_EXPORT_CODE = _("Take a picture of the code that the app shows when it exports its accounts.")
_PIPE_IT = _("There is no terminal to ask on ({question}): pipe it to `totpkey import -`.")


@errors.in_words()
def contents(sources: Sequence[str], ask: AskPassword, patient: bool = False) -> Contents:
    """Read everything in the sources; one export's QR codes and URIs may be spread over several.

    Each file is read in a process of its own (see `confined`). `patient` raises its limits. Raise
    InvalidImport, UnreadablePicture, WrongFilePassword, and click.UsageError if a source is a secret instead
    of a file name.
    """
    texts: list[str] = []
    read: list[Read] = []
    for source in sources:
        refuse_uri(source)
    refuse_missing(sources)
    for source in sources:
        data = _data(source)
        if qr.is_picture(data):
            texts += picture_texts(data, source, patient)
        elif _is_uris(data):
            texts += _lines(data, source)
        else:
            read.append(reader.contents(data, named(source), ask, patient))
    if not sources:
        texts.append(ask_hidden(tr("otpauth-migration:// or otpauth:// link"), no_terminal=_PIPE_IT))
    if texts:
        lines = "\n".join(texts).encode(errors="replace")
        read.insert(0, reader.contents(lines, ", ".join(map(named, sources)), ask, patient))
    return fitting(_together(read))


def named(source: str) -> str:
    """Return a source's name for people."""
    return tr("standard input") if source == "-" else source


@errors.in_words(errors.UnreadablePicture)
def picture_texts(data: bytes, source: str, patient: bool = False) -> list[str]:
    """Return the key URIs in a picture's QR codes. Other codes are ignored.

    Raise UnreadablePicture if there is none.
    """
    texts = reader.texts(data, named(source), patient)
    if not texts:
        raise errors.UnreadablePicture(tr(_NONE_HERE, picture=source), tr(_SHARPER))
    uris = list(filter(links.is_link, texts))
    if not uris:
        raise errors.UnreadablePicture(tr(_NO_ACCOUNTS, picture=source), tr(_SHOW_EXPORT_CODE))
    return uris


def refuse_missing(paths: Sequence[str]) -> None:
    """Raise InvalidImport for a missing file, identified by its position among several."""
    for place, path in enumerate(paths, 1):
        if len(paths) > 1 and path != "-" and not os.path.exists(path):
            raise errors.InvalidImport(*not_repeated(place, len(paths)))


def read_file(path: str) -> bytes:
    """Read a file. Raise InvalidImport."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as problem:
        raise errors.InvalidImport(
            tr("{path} cannot be read: {why}.", path=path, why=problem.strerror)
        ) from None


def refuse_uri(source: str) -> None:
    """Refuse a secret in place of a file name, without repeating it. Raise click.UsageError."""
    is_uri = "otpauth" in source.lower() and "//" in source
    if is_uri or (key_uri.looks_secret(source) and not Path(source).exists()):
        raise click.UsageError(
            tr(
                "Secrets do not belong on the command line: what stood there is now in your shell's "
                "history, and other users may have seen it. Leave it out and you are asked, or pipe it "
                "to `totpkey import -`."
            )
        )


def _data(source: str) -> bytes:
    return sys.stdin.buffer.read(LARGEST + 1) if source == "-" else read_file(source)


def _is_uris(data: bytes) -> bool:
    try:
        return links.begins_with_link(data[:4096].decode("utf-8-sig", errors="ignore"))
    except UnicodeDecodeError:
        return False


def _lines(data: bytes, source: str) -> list[str]:
    text = encodings.decode(data)
    if text is None:
        raise errors.InvalidImport(
            tr("{source} is a list of otpauth:// links, but not in UTF-8.", source=source),
            tr("Save it as UTF-8 in a text editor, or export it again from the app."),
        )
    return text.splitlines()


def _together(read: list[Read]) -> Read:
    """Combine the contents of several sources."""
    first, *others = read
    for other in others:
        first.format += f", {other.format}"
        first.found += other.found
        first.skipped += other.skipped
        first.warnings += other.warnings
    return first
