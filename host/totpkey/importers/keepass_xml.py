"""KeePass' and KeePassXC's export in XML: the same entries as in a database, unencrypted."""

from __future__ import annotations

from totpkey.importers import keepass, markup
from totpkey.importers.contents import AskPassword, Contents

NAME = "KeePass, XML"
_FAR = 4096


def recognises_text(text: str) -> bool:
    return "<keepassfile" in text[:_FAR].lower()


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = keepass.entries_in(markup.parse_xml(text))
    contents.format = NAME
    return contents
