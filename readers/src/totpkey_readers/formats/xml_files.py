"""Exports in XML and HTML: KeePass' and KeePassXC's, SafeInCloud's, and Stratum's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from totpkey_readers.formats import keepass, markup, uri_list
from totpkey_readers.records.contents import AskPassword, Contents, secret_or_uri
from totpkey_readers.records.problem import note

#: How far into a text its marks stand.
_FAR, _FAR_IN_CARDS = 4096, 1 << 16
_CODE, _USER = "one_time_password", "login"


@dataclass(frozen=True)
class App:
    """How an app's file is recognised, and its accounts are read."""

    name: str
    recognises: Callable[[str], bool]
    accounts: Callable[[str], Contents]

    @property
    def __name__(self) -> str:
        return self.name

    def read(self, text: str, ask: AskPassword, /) -> Contents:
        """The accounts. Raises Problem."""
        contents = self.accounts(text)
        contents.format = self.name
        return contents


def _is_of_keepass(text: str) -> bool:
    return "<keepassfile" in text[:_FAR].lower()


def _of_keepass(text: str) -> Contents:
    """The same entries as in a database."""
    return keepass.entries_in(markup.parse_xml(text))


def is_of_stratum(text: str) -> bool:
    start = text[:_FAR].lower()
    return start.lstrip().startswith("<") and (
        "<title>stratum backup" in start or "<title>authenticator pro backup" in start
    )


def _of_stratum(text: str) -> Contents:
    """A table with a QR code and the key URI of each account."""
    return uri_list.read("\n".join(" ".join(code.split()) for code in markup.texts_in_code(text)))


def _is_of_safe_in_cloud(text: str) -> bool:
    start = text[:_FAR_IN_CARDS].lstrip()
    return start.startswith("<") and "<database" in start[:512] and "<card" in start


def _of_safe_in_cloud(text: str) -> Contents:
    """Cards with fields, recognised by their type, since people give them any name in any language."""
    contents = Contents("")
    for number, card in enumerate(markup.parse_xml(text).iter("card"), 1):
        title, fields = card.get("title", ""), card.findall("field")
        users = [field.text or "" for field in fields if field.get("type") == _USER]
        user = next(filter(str.strip, users), "")
        for field in fields:
            code = field.text or ""
            if field.get("type") != _CODE or not code.strip():
                continue
            if card.get("template") == "true":
                contents.disregard(code)
            elif card.get("deleted") == "true":
                contents.skip(f"entry {number}", title, note("in_bin"), code)
            else:
                contents.take(f"entry {number}", partial(secret_or_uri, code, title, user), title, code)
    return contents


APPS = (
    App("KeePass, XML", _is_of_keepass, _of_keepass),
    App("Stratum, HTML", is_of_stratum, _of_stratum),
    App("SafeInCloud", _is_of_safe_in_cloud, _of_safe_in_cloud),
)
