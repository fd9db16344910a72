"""Apps whose files are read by what their fields hold (`by_content`), and what marks them as this app's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields, plain
from totpkey_readers.records.problem import Problem

AUTHY, AUTHY_PERIOD = "Authy, decrypted", 10


def _has(marks: set[str], document: object) -> bool:
    return isinstance(document, dict) and marks <= document.keys()


def _listed(name: str, marks: tuple[str, ...], document: object) -> bool:
    """Whether the list of that name, or the document itself, has entries with these fields."""
    within = document.get(name) if isinstance(document, dict) else None
    return entries_have(within if name else document, *marks)


def _is_of_bitwarden(document: object) -> bool:
    return _has({"encrypted", "items"}, document) or _listed("items", ("type", "name", "folderId"), document)


def _is_of_last_pass(document: object) -> bool:
    if _has({"accounts", "folders"}, document):
        return True
    return _listed("accounts", ("timeStep",), document) or _listed("accounts", ("issuerName",), document)


def _is_of_proton_pass(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("vaults"), dict)


#: The first that fits.
_APPS: dict[str, Callable[[object], bool]] = {
    "Bitwarden": _is_of_bitwarden,
    "Proton Pass": _is_of_proton_pass,
    "1Password": partial(_listed, "accounts", ("vaults", "attrs")),
    "Enpass": partial(_listed, "items", ("template_type", "uuid")),
    "Passman": partial(_listed, "", ("credential_id", "guid", "otp")),
    "CXF (Credential Exchange Format)": lambda document: (
        _has({"exporterRpId", "accounts"}, document) or _has({"collections", "items", "email"}, document)
    ),
    "LastPass Authenticator": _is_of_last_pass,
    "Chronos": partial(_listed, "tokens", ("account", "secret", "type", "period")),
    "Raivo": partial(_listed, "", ("kind", "timer", "secret", "account")),
    "extract_otp_secrets": partial(_listed, "", ("name", "secret", "issuer", "type", "url")),
    "2FAuth": partial(_has, {"app", "schema", "data"}),
    "cotp": partial(_has, {"version", "elements"}),
    "Keeper": partial(_has, {"shared_folders", "records"}),
    "Padloc": partial(_has, {"vaults", "orgs"}),
    AUTHY: partial(_listed, "", ("name", "secret", "uri")),
}
#: Apps whose fields have names that nobody else gives them.
_FIELDS = {"totpcode": "Psono", "websitepasswordtotpcode": "Psono"}
#: Fields that each entry of an app has, and that must therefore say something.
_REQUIRED = {
    "Raivo": ("kind", "timer", "digits", "algorithm"),
    "Chronos": ("type", "period", "digits", "algorithm"),
}


def lifted(app: str, document: object) -> object:
    """The document of an app that keeps an item's names beside its codes, as a list of items with both."""
    lift = _LIFTS.get(app)
    return list(lift(document)) if lift else document


def _of_1password(document: object) -> Iterator[dict[str, Any]]:
    for owner in Fields(document).objects("accounts"):
        for item in (one for vault in owner.objects("vaults") for one in vault.objects("items")):
            overview, details = item.inside("overview"), item.inside("details")
            own = [field for section in details.objects("sections") for field in section.objects("fields")]
            logins = details.objects("loginFields")
            yield {
                "title": overview.text("title", ""),
                "url": overview.text("url", ""),
                "username": _first(
                    f.text("value", "") for f in logins if f.text("designation", "") == "username"
                ),
                "notes": details.text("notesPlain", ""),
                # A field's value is an object with its kind.
                "values": [
                    field.inside("value").value if field.is_object("value") else field.value for field in own
                ],
            }


def _of_proton_pass(document: object) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict) and document.get("encrypted") is True:
        raise Problem("proton_sealed")
    vaults = Fields(document).inside("vaults")
    for vault in (vaults.inside(name) for name in vaults.names()):
        for item in (one.inside("data") for one in vault.objects("items")):
            content = item.inside("content")
            names = ("itemUsername", "itemEmail", "username")
            yield {
                "title": item.inside("metadata").text("name", ""),
                "username": _first(content.text(name, "") for name in names),
                "note": item.inside("metadata").value,
                "data": {name: value for name, value in Fields(item.value).items() if name != "metadata"},
            }


def _of_exchange(document: object) -> Iterator[dict[str, Any]]:
    """A file may hold one account of a manager, without the header."""
    file = Fields(document)
    for owner in file.objects("accounts") if file.has("accounts") else [file]:
        for item in owner.objects("items"):
            credentials = item.objects("credentials")
            logins = [one for one in credentials if one.text("type", "") == "basic-auth"]
            urls = item.inside("scope").list("urls") if item.inside("scope").has("urls") else []
            yield {
                "title": item.text("title", ""),
                "url": _first(url for url in urls if isinstance(url, str)),
                "username": _first(one.inside("username").text("value", "") for one in logins),
                "credentials": [one.value for one in credentials],
            }


def _of_passman(document: object) -> Iterator[dict[str, Any]]:
    for item in Fields({"": document}).objects(""):
        user = _first(item.text(name, "") for name in ("username", "email"))
        yield {"title": item.text("label", ""), "username": user, "otp": item.value}


def _first(texts: Iterable[str]) -> str:
    return next(filter(str.strip, texts), "")


_LIFTS: dict[str, Callable[[object], Iterator[dict[str, Any]]]] = {
    "1Password": _of_1password,
    "Proton Pass": _of_proton_pass,
    "CXF (Credential Exchange Format)": _of_exchange,
    "Passman": _of_passman,
}


def app_of(document: object) -> str:
    """The app that wrote a document; "" for an unknown one."""
    return next((app for app, fits in _APPS.items() if fits(document)), "")


def app_of_fields(names: Iterable[str]) -> str:
    """The app whose names these are, all of them."""
    apps = {_FIELDS.get(plain(name), "") for name in names}
    return apps.pop() if len(apps) == 1 else ""


def period_of(entry: dict[str, Any]) -> int:
    """The period of an entry that names none. Authy's own accounts have another."""
    return AUTHY_PERIOD if "authy" in entry.values() else 30


def required(app: str) -> tuple[str, ...]:
    return _REQUIRED.get(app, ())
