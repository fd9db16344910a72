"""Contents and errors as JSON, between the process that reads a file and the command."""

from __future__ import annotations

import json
from typing import Any

from totpkey import errors
from totpkey.accounts.account import Account, checked
from totpkey.i18n.translation import tr
from totpkey.importers.contents import Contents, Found, Skipped
from totpkey.importers.fields import Damaged, Fields

#: The errors that may come back.
_KINDS = {
    kind.__name__: kind
    for kind in (
        errors.InvalidAccount,
        errors.InvalidImport,
        errors.WrongFilePassword,
        errors.UnreadablePicture,
        errors.LibraryMissing,
        errors.DerivationFailed,
    )
}
#: The longest text that is accepted, in characters: a warning may name many codes.
_LONGEST = 4096


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def of_contents(contents: Contents) -> dict[str, Any]:
    return {
        "format": contents.format,
        "found": [
            {"place": found.place, "notes": list(found.notes), "account": _of_account(found.account)}
            for found in contents.found
        ],
        "skipped": [{"place": one.place, "name": one.name, "reason": one.reason} for one in contents.skipped],
        "warnings": contents.warnings,
    }


def _of_account(account: Account) -> dict[str, Any]:
    return {
        "issuer": account.issuer,
        "label": account.label,
        "secret": account.secret.hex(),
        "algorithm": account.algorithm,
        "digits": account.digits,
        "period": account.period,
        "type": account.type,
        "counter": account.counter,
    }


def of_error(error: errors.TotpkeyError) -> dict[str, str]:
    return {"kind": type(error).__name__, "cause": error.cause, "remedy": error.remedy}


def to_contents(value: object) -> Contents:
    """The contents, each account checked as any input is. Raises InvalidImport."""
    try:
        file = Fields(value)
        return Contents(
            _text(file, "format"),
            [
                Found(_text(one, "place"), _account(one.inside("account")), tuple(_texts(one, "notes")))
                for one in file.objects("found")
            ],
            [
                Skipped(_text(one, "place"), _text(one, "name"), _text(one, "reason"))
                for one in file.objects("skipped")
            ],
            _texts(file, "warnings"),
        )
    except (Damaged, errors.InvalidAccount, ValueError):
        raise broken() from None


def to_texts(value: object) -> list[str]:
    """The texts of QR codes. Raises InvalidImport."""
    if not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
        raise broken()
    return value


def to_error(value: object) -> errors.TotpkeyError:
    try:
        file = Fields(value)
        return _KINDS[_text(file, "kind")](_text(file, "cause"), _text(file, "remedy"))
    except (Damaged, KeyError):
        return broken()


def broken() -> errors.InvalidImport:
    """The error for an answer that no reader gives."""
    return errors.InvalidImport(
        tr("What came out of the file is not a list of accounts."),
        tr("The file may be hostile: get it from the app again."),
    )


def _account(fields: Fields) -> Account:
    given = Account(
        fields.text("issuer"),
        fields.text("label"),
        bytes.fromhex(fields.text("secret")),
        fields.text("algorithm"),
        fields.number("digits"),
        fields.number("period"),
        fields.text("type"),
        fields.number("counter"),
    )
    return checked(_known(given)).account


def _known(account: Account) -> Account:
    """`account`, if its type and algorithm are ones that accounts have. Raises ValueError."""
    from totpkey_protocol import words

    if account.type not in (words.TOTP, words.HOTP, words.STEAM) or account.algorithm not in words.ALGORITHMS:
        raise ValueError
    return account


def _text(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if len(text) > _LONGEST:
        raise Damaged("")
    return text


def _texts(fields: Fields, name: str) -> list[str]:
    texts = fields.list(name)
    if not all(isinstance(text, str) and len(text) <= _LONGEST for text in texts):
        raise Damaged("")
    return texts
