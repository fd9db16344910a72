"""JSON of password managers that keep codes among other things: 1Password, Proton Pass, Enpass, Passman."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, secret_or_uri, site_of
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "1Password"
PROTON_PASS = "Proton Pass"  # noqa: S105
ENPASS = "Enpass"
PASSMAN = "Passman"


def recognises(document: object) -> bool:
    return _format(document) != ""


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts; what has no code is no loss worth telling. Raises Problem."""
    contents = Contents(_format(document))
    if isinstance(document, dict) and document.get("encrypted") is True:
        raise Problem("proton_sealed")
    items = {
        NAME: _items_1password,
        PROTON_PASS: _items_proton,
        ENPASS: _items_enpass,
        PASSMAN: _items_passman,
    }
    for number, item in enumerate(items[contents.format](document), 1):
        place = f"entry {number}"
        try:
            for title, user, code in _CODES[contents.format](item):
                contents.take(place, partial(_read_code, code, title, user), title)
        except Problem as damaged:
            contents.skip(place, item.any_name(), damaged.note)
    return contents


def _format(document: object) -> str:
    if entries_have(document, "credential_id", "guid", "otp"):
        return PASSMAN
    if not isinstance(document, dict):
        return ""
    if "vaults" in document and isinstance(document["vaults"], dict):
        return PROTON_PASS
    if entries_have(document.get("accounts"), "vaults", "attrs"):
        return NAME
    return ENPASS if entries_have(document.get("items"), "template_type", "uuid") else ""


def _read_code(code: str | Fields, title: str, user: str) -> Reading:
    if isinstance(code, str):
        return secret_or_uri(code, title, user)
    return account(
        code.text("issuer", "") or title,
        code.text("label", "") or user,
        code.text("secret"),
        code.text("type", "totp"),
        code.text("algorithm", "SHA1"),
        code.number("digits", 6),
        code.number("period", 30),
    )


_Code = tuple[str, str, "str | Fields"]


def _items_1password(document: object) -> Iterator[Fields]:
    for owner in Fields(document).objects("accounts"):
        for vault in owner.objects("vaults"):
            yield from vault.objects("items")


def _codes_1password(item: Fields) -> Iterator[_Code]:
    overview, details = item.inside("overview"), item.inside("details")
    logins = details.objects("loginFields")
    user = next((f.text("value", "") for f in logins if f.text("designation", "") == "username"), "")
    title = overview.text("title", "") or site_of(overview.text("url", ""))
    for section in details.objects("sections"):
        for field in section.objects("fields"):
            # A field's value is an object with its kind.
            value = field.inside("value") if field.has("value") else field
            code = value.text("totp", "")
            if code.strip():
                yield title, user, code


def _items_proton(document: object) -> Iterator[Fields]:
    vaults = document["vaults"] if isinstance(document, dict) else {}
    for vault in vaults.values():
        yield from (item.inside("data") for item in Fields(vault, "vaults.").objects("items"))


def _codes_proton(item: Fields) -> Iterator[_Code]:
    content = item.inside("content")
    title = item.inside("metadata").text("name", "")
    user = content.text("itemUsername", "") or content.text("itemEmail", "") or content.text("username", "")
    codes = [content.text("totpUri", "")]
    # Items of other kinds, such as identities, have fields in sections.
    sections = [*content.objects("sections"), *content.objects("extraSections")]
    listed = [*item.objects("extraFields"), *(f for one in sections for f in one.objects("sectionFields"))]
    codes += [
        field.inside("data").text("totpUri", "") for field in listed if field.text("type", "") == "totp"
    ]
    yield from ((title, user, code) for code in codes if code.strip())


def _items_enpass(document: object) -> Iterator[Fields]:
    yield from Fields(document).objects("items")


def _codes_enpass(item: Fields) -> Iterator[_Code]:
    fields = [(field.text("type", ""), field.text("value", "")) for field in item.objects("fields")]
    known = dict(reversed([(kind, value) for kind, value in fields if value.strip()]))
    user = known.get("username", "") or known.get("email", "")
    yield from (
        (item.text("title", ""), user, value) for kind, value in fields if kind == "totp" and value.strip()
    )


def _items_passman(document: object) -> Iterator[Fields]:
    yield from Fields({"": document}).objects("")


def _codes_passman(item: Fields) -> Iterator[_Code]:
    user = item.text("username", "") or item.text("email", "")
    # Without a code the field is an empty list.
    if item.is_object("otp") and item.inside("otp").text("secret", "").strip():
        yield item.text("label", ""), user, item.inside("otp")


_CODES = {NAME: _codes_1password, PROTON_PASS: _codes_proton, ENPASS: _codes_enpass, PASSMAN: _codes_passman}
