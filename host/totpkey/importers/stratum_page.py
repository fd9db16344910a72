"""Stratum's page in HTML: a table with a QR code and the key URI of each account."""

from __future__ import annotations

from totpkey.importers import markup, uri_list
from totpkey.importers.contents import AskPassword, Contents

NAME = "Stratum, HTML"
_FAR = 4096


def recognises_text(text: str) -> bool:
    start = text[:_FAR].lower()
    return start.lstrip().startswith("<") and (
        "<title>stratum backup" in start or "<title>authenticator pro backup" in start
    )


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = uri_list.read("\n".join(" ".join(code.split()) for code in markup.texts_in_code(text)))
    contents.format = NAME
    return contents
