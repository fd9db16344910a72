"""Reads accounts from the sources on the command line: files, pictures, standard input, a hidden prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from totpkey import errors
from totpkey.cli.input.no_secrets_in_argv import not_repeated
from totpkey.cli.input.prompts import ask_hidden
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers.plan import Contents, fitting
from totpkey_readers.jail import reader
from totpkey_readers.records import key_uri, links
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

    Each file is read in a process of its own (see `totpkey_readers.jail`). `patient` raises its limits. Raise
    Unreadable, WrongFilePassword, and click.UsageError if a source is a secret instead
    of a file name.
    """
    texts: list[str] = []
    read: list[Read] = []
    for source in sources:
        refuse_uri(source)
    refuse_missing(sources)
    for source in sources:
        with _opened(source) as file:
            found = reader.read(file, named(source), ask, patient)
        if isinstance(found, reader.Texts):
            texts += _links_of_picture(found.texts, source) if found.of_picture else found.texts
        else:
            read.append(found)
    if not sources:
        texts.append(ask_hidden(tr("otpauth-migration:// or otpauth:// link"), no_terminal=_PIPE_IT))
    if texts:
        read.insert(0, reader.links(texts, ", ".join(map(named, sources)), ask, patient))
    return fitting(_together(read))


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    """A source, not read yet. A pipe that nobody writes to is empty. Raise Unreadable."""
    if source == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(source, "rb", opener=_without_waiting)  # noqa: SIM115 - closed below
    except OSError as problem:
        raise _unreadable(source, problem) from None
    with file:
        yield file


def _without_waiting(path: str, flags: int) -> int:
    if sys.platform == "win32":
        return os.open(path, flags)
    file = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(file, True)
    return file


def named(source: str) -> str:
    """Return a source's name for people."""
    return tr("standard input") if source == "-" else source


def _links_of_picture(texts: list[str], source: str) -> list[str]:
    """Return the key URIs among the texts of a picture's codes. Raise Unreadable if there is none."""
    if not texts:
        raise errors.Unreadable(tr(_NONE_HERE, picture=source), tr(_SHARPER))
    uris = list(filter(links.is_link, texts))
    if not uris:
        raise errors.Unreadable(tr(_NO_ACCOUNTS, picture=source), tr(_SHOW_EXPORT_CODE))
    return uris


def refuse_missing(paths: Sequence[str]) -> None:
    """Raise Unreadable for a missing file, identified by its position among several."""
    for place, path in enumerate(paths, 1):
        if len(paths) > 1 and path != "-" and not os.path.exists(path):
            raise errors.Unreadable(*not_repeated(place, len(paths)))


def read_file(path: str) -> bytes:
    """Read a file. Raise Unreadable."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: str, problem: OSError) -> errors.Unreadable:
    return errors.Unreadable(tr("{path} cannot be read: {why}.", path=path, why=problem.strerror))


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


def _together(read: list[Read]) -> Read:
    """Combine the contents of several sources."""
    first, *others = read
    for other in others:
        first.format += f", {other.format}"
        first.found += other.found
        first.skipped += other.skipped
        first.warnings += other.warnings
    return first
