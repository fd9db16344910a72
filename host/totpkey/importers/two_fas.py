"""2FAS: JSON of schema 1 to 4. Encrypted, its services are `sealed:salt:iv` (AES-GCM under PBKDF2)."""

from __future__ import annotations

from totpkey import errors
from totpkey.accounts.account import Reading
from totpkey.i18n.translation import tr
from totpkey.importers import documents, locked
from totpkey.importers.contents import AskPassword, Contents, account, from_uri
from totpkey.importers.fields import Damaged, Fields

NAME = "2FAS"
_ITERATIONS = 10_000
#: The newest that is known.
_SCHEMA = 4


def recognises(document: object) -> bool:
    return isinstance(document, dict) and (
        "servicesEncrypted" in document or {"services", "schemaVersion"} <= document.keys()
    )


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Damaged and WrongFilePassword."""
    file = Fields(document)
    if file.number("schemaVersion", 1) > _SCHEMA:
        raise Damaged(tr("It is of a version that this command does not know: update it."))
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
    except errors.InvalidAccount:
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
    parts = [locked.from_base64(part, "servicesEncrypted") for part in sealed.split(":")]
    if len(parts) != 3:
        raise Damaged(tr("Its field servicesEncrypted does not have three parts: the file is cut off."))
    data, salt, iv = parts
    opened = documents.parse(locked.open_gcm(locked.pbkdf2(ask(NAME), salt, _ITERATIONS), iv, data))
    if not isinstance(opened, list):
        raise Damaged(tr("What it has encrypted is not a list."))
    return opened
