"""2FAS: JSON of schema 1 to 4. Encrypted, its services are `sealed:salt:iv` (AES-GCM under PBKDF2)."""

from __future__ import annotations

from totpkey_readers.formats import locked
from totpkey_readers.records import documents, texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Problem

NAME = "2FAS"
_ITERATIONS = 10_000
#: The newest that is known.
_SCHEMA = 4


def recognises(document: object) -> bool:
    return isinstance(document, dict) and (
        "servicesEncrypted" in document or {"services", "schemaVersion"} <= document.keys()
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    file = Fields(document)
    if file.number("schemaVersion", 1) > _SCHEMA:
        raise Problem("newer")
    sealed = file.text("servicesEncrypted", "")
    services = _opened(sealed, ask) if sealed else file.list("services")
    contents = Contents(NAME)
    contents.take_each(services, _read_service)
    return contents


def _read_service(service: Fields) -> Reading:
    otp = service.inside("otp")
    label = otp.text("account", "") or otp.text("label", "")
    link = otp.text("link", "")
    if not label and link:
        # On Android, only the link has the label of a QR code.
        label = _label_in(link)
    return account(
        *_named(service.text("name", ""), otp.text("issuer", ""), label),
        service.text("secret"),
        otp.text("tokenType", "TOTP"),
        otp.text("algorithm", "SHA1"),
        otp.number("digits", 6),
        otp.number("period", 30),
        otp.number("counter", 0),
    )


def _label_in(link: str) -> str:
    try:
        return from_uri(link).account.label
    except Problem:
        return ""


def _named(name: str, issuer: str, label: str) -> tuple[str, str]:
    """Issuer and label. `name`, which a person may have edited, is kept: in the issuer if there is a label,
    since a recipe's {user} types the label.
    """
    shown = name.strip()
    if not issuer.strip():
        return shown, label
    if any(shown.casefold() in text.casefold() for text in (issuer, label)):
        return issuer, label
    if not label.strip():
        return issuer, shown
    return (shown if issuer.strip().casefold() in shown.casefold() else f"{issuer} ({shown})"), label


def _opened(sealed: str, ask: AskPassword) -> list[object]:
    parts = [texts.from_base64(part, "servicesEncrypted") for part in sealed.split(":")]
    if len(parts) != 3:
        raise Problem("two_fas_parts")
    data, salt, iv = parts
    opened = locked.open_gcm(locked.pbkdf2(ask(NAME), salt, _ITERATIONS), iv, data)
    return documents.as_list(documents.parse(opened))
