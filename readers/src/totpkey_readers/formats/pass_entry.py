"""A decrypted entry of pass or gopass: a password, then lines with fields, and a key URI among them.

Other texts with links in them are read the same way, so that none of them is lost.
"""

from __future__ import annotations

import re
from functools import partial

from totpkey_readers.formats.by_content import is_secret
from totpkey_readers.records import links
from totpkey_readers.records.contents import AskPassword, Contents, secret_or_uri, site_of
from totpkey_readers.records.fields import plain

NAME = "text with links (pass, gopass)"
_FIELD = re.compile(r"([\w .-]{1,40}):[ \t]*(\S.*)")
_USERS, _SITES, _CODES = (
    ("user", "username", "login", "email"),
    ("url", "website"),
    ("totp", "otp", "2fa", "hotp"),
)
#: An entry is a page at most.
_LONGEST = 1 << 20


def recognises(text: str) -> bool:
    if len(text) > _LONGEST or text.lstrip()[:1] in ("<", "{", "["):
        return False
    return bool(_codes(text))


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts."""
    fields = {plain(name): value.strip() for name, value in _fields(text)}
    user = next((fields[name] for name in _USERS if name in fields), "")
    title = site_of(next((fields[name] for name in _SITES if name in fields), ""))
    contents = Contents(NAME)
    codes = _codes(text)
    # The fields of a text with several links belong to none of them.
    names = (title, user) if len(codes) == 1 else ("", "")
    for number, code in codes:
        contents.take(f"line {number}", partial(secret_or_uri, code, *names), "", code)
    return contents


def _codes(text: str) -> list[tuple[int, str]]:
    """The links and secrets, each with its line."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        own = [part for part in links.links_in(line) if links.is_link(part)]
        found += [(number, link) for link in own]
        field = _FIELD.fullmatch(line.strip()) if not own and len(line) < 512 else None
        if field and plain(field[1]) in _CODES and is_secret(field[2].strip()):
            found.append((number, field[2].strip()))
    return found


def _fields(text: str) -> list[tuple[str, str]]:
    lines = (_FIELD.fullmatch(line.strip()) for line in text.splitlines() if len(line) < 512)
    return [(field[1], field[2]) for field in lines if field]
