"""SafeInCloud's export in XML: cards with fields, of which one is a one-time password.

Fields are recognised by their type, since people give them any name in any language.
"""

from __future__ import annotations

from functools import partial

from totpkey.importers import markup
from totpkey.importers.contents import AskPassword, Contents, secret_or_uri

NAME = "SafeInCloud"
_CODE, _USER = "one_time_password", "login"
_FAR = 1 << 16


def recognises_text(text: str) -> bool:
    start = text[:_FAR].lstrip()
    return start.startswith("<") and "<database" in start[:512] and "<card" in start


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged."""
    contents = Contents(NAME)
    for number, card in enumerate(markup.parse_xml(text).iter("card"), 1):
        if card.get("template") == "true" or card.get("deleted") == "true":
            continue
        title, fields = card.get("title", ""), card.findall("field")
        users = [field.text or "" for field in fields if field.get("type") == _USER]
        user = next(filter(str.strip, users), "")
        for field in fields:
            code = field.text or ""
            if field.get("type") == _CODE and code.strip():
                contents.take(f"entry {number}", partial(secret_or_uri, code, title, user), title)
    return contents
