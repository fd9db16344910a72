"""Reads a QR code from a file, the screen, the clipboard or the camera, depending on options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from totpkey import errors
from totpkey.cli.input import prompts
from totpkey.cli.output import say, visible
from totpkey.i18n import reader_words
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_readers.records import key_uri
from totpkey_readers.records.problem import Problem

_OPTIONS = ("--qr", "--screen", "--clipboard", "--camera")
_SCHEMES = ("otpauth:", "otpauth-migration:", "steam:")


@dataclass(frozen=True)
class QrSource:
    """Where to look: at most one place. Raise click.UsageError for more."""

    file: str = ""
    screen: bool = False
    clipboard: bool = False
    camera: bool = False

    def __post_init__(self) -> None:
        # Check this now. When the picture is needed, the person has already done the preceding steps.
        if self.count > 1:
            raise click.UsageError(tr("Choose one of {options}.", options=", ".join(self._named())))

    @property
    def count(self) -> int:
        """How many places were named."""
        return len(self._named())

    @errors.in_words()
    def text(self) -> str:
        """Return the key URI or secret found there. The user chooses if there are several.

        Raise Unreadable, NoPicture or LibraryMissing.
        """
        texts, where = self._texts()
        if not texts:
            raise errors.Unreadable(
                tr("No readable QR code was found {where}.", where=tr(where)),
                tr("Show it larger and whole, with some white around it; or paste the setup key as text."),
            )
        return choose(texts, where)

    def _named(self) -> list[str]:
        """Return the options that name the places."""
        places = (self.file, self.screen, self.clipboard, self.camera)
        return [option for option, place in zip(_OPTIONS, places, strict=True) if place]

    def _texts(self) -> tuple[list[str], str]:
        from totpkey import pictures
        from totpkey_readers.pictures import qr

        if self.file:
            from totpkey.cli.input.files import read_file
            from totpkey_readers.jail import reader

            return reader.texts(read_file(self.file), self.file), _("in that picture")
        if self.camera:
            return pictures.from_camera(), _("before the camera")
        if self.screen:
            texts = [text for picture in pictures.grab() for text in qr.find(picture)]
            return list(dict.fromkeys(texts)), _("on the screen")
        held = pictures.clipboard()
        if isinstance(held, str):
            return [held], _("in the clipboard")
        return qr.find(held) if held else [], _("in the clipboard")


def choose(texts: Sequence[str], where: str) -> str:
    """Return the text that the user chooses. Other QR codes in the same picture are ignored."""
    uris = [text for text in texts if text.strip().lower().startswith(_SCHEMES)]
    if len(uris) == 1 or (not uris and len(texts) == 1):
        return (uris or list(texts))[0]
    if not uris:
        raise errors.Unreadable(
            tr("The QR codes {where} are not accounts.", where=tr(where)),
            tr("Use the one on the site's page for authenticator apps."),
        )
    for number, uri in enumerate(uris, 1):
        say(f"  {number}  {_described(uri)}")
    return uris[prompts.choose(tr("Which one, 1 to {count}", count=len(uris)), len(uris)) - 1]


def _described(uri: str) -> str:
    """Return an account's name without its secret."""
    try:
        return visible(key_uri.read_uri(uri.strip()).account.name)
    except Problem as problem:
        return visible(f"({reader_words.told(problem.note)})")
