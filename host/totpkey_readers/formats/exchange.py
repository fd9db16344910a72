"""CXF, the FIDO Alliance's Credential Exchange Format (v1.0, section 3.3.19), in which password managers and
authenticators exchange accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri, site_of
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "CXF (Credential Exchange Format)"


def recognises(document: object) -> bool:
    return isinstance(document, dict) and (
        {"exporterRpId", "accounts"} <= document.keys()
        or {"collections", "items", "email"} <= document.keys()
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. A file may hold one account of a manager, without the header. Raises Problem."""
    file = Fields(document)
    contents = Contents(NAME)
    number = 0
    for owner in file.objects("accounts") if file.has("accounts") else [file]:
        for item in owner.objects("items"):
            number += 1
            _take_item(contents, f"entry {number}", item)
    return contents


def _take_item(contents: Contents, place: str, item: Fields) -> None:
    try:
        credentials = item.objects("credentials")
        codes = [one for one in credentials if one.text("type", "") == "totp"]
        user, links = _user(credentials), _links(credentials)
        name = item.text("title", "") or _site(item)
    except Problem as damaged:
        contents.skip(place, item.any_name(), damaged.note)
        return
    for code in codes:
        contents.take(place, partial(_read_code, code, name, user), name)
    for link in links:
        contents.take(place, partial(_read_link, link, name, user), name)


def _read_code(code: Fields, name: str, user: str) -> Reading:
    label = code.text("username", "") or user
    return account(
        # An item without an issuer may have the account's own name as its title.
        code.text("issuer", "") or (name if name != label else ""),
        label,
        code.text("secret"),
        spelling=code.text("algorithm"),
        digits=code.number("digits"),
        period=code.number("period"),
    )


def _read_link(link: str, name: str, user: str) -> Reading:
    reading = from_uri(link, "", user)
    return reading if reading.account.label == name else from_uri(link, name, user)


def _links(credentials: Sequence[Fields]) -> list[str]:
    """The key URIs in fields of other kinds, where 1Password puts codes (section 3.3.3, `custom-fields`)."""
    links: dict[str, None] = {}
    for one in credentials:
        if one.text("type", "") == "custom-fields":
            for field in one.objects("fields"):
                value = field.text("value", "")
                if value.lstrip().lower().startswith("otpauth://"):
                    links[value] = None
    return list(links)


def _user(credentials: Sequence[Fields]) -> str:
    """The user name that belongs to the code."""
    for one in credentials:
        if one.text("type", "") == "basic-auth":
            return one.inside("username").text("value", "")
    return ""


def _site(item: Fields) -> str:
    urls = item.inside("scope").list("urls") if item.inside("scope").has("urls") else []
    return site_of(urls[0]) if urls and isinstance(urls[0], str) else ""
