"""A backup's notes: reads them unchanged or not at all, and shows them."""

from __future__ import annotations

import codecs

from totpkey import errors
from totpkey.cli.input.files import read_file
from totpkey.cli.output import visible
from totpkey.i18n.translation import tr

#: The longest notes, in bytes. Paper has no room for more.
_LARGEST = 1 << 20


def read_notes(path: str) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark, as PowerShell writes it.

    It guesses no other encoding and drops no incomplete character: a mistake would be noticed only when the
    recovery codes are needed. Raise Unreadable.
    """
    data = read_file(path)
    if len(data) > _LARGEST:
        raise errors.Unreadable(
            tr("{path} has more than {most} bytes.", path=visible(path), most=_LARGEST),
            tr("Keep the recovery codes alone in the notes, and other files in another place."),
        )
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise _not_text(path) from None
    # UTF-16 without its mark is valid UTF-8, with NUL as every second character.
    if "\0" in text:
        raise _not_text(path)
    return text


def shown_notes(text: str) -> str:
    """Return lines for the terminal, with tabs between columns and without other control characters."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.splitlines())


def _not_text(path: str) -> errors.Unreadable:
    return errors.Unreadable(
        tr("{path} is not text in UTF-8: kept as it is, the notes would be damaged.", path=visible(path)),
        tr("Open it in a text editor, save it as UTF-8, then run this command again."),
    )
