"""Exports accounts as CXF, the FIDO Alliance's Credential Exchange Format, in JSON.

The fields are those of the types in bitwarden/credential-exchange.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence

from totpkey.accounts.account import Account
from totpkey.backups import plain_export
from totpkey_protocol.words import TOTP
from totpkey_readers.records import base32

#: Who wrote it. There is no relying party, so this is a name under .example (RFC 2606).
_EXPORTER, _NAME = "totpkey.example", "totpkey"
#: Bytes of an identifier; 64 at most.
_IDENTIFIER = 16
#: The longest period: other projects read it into eight bits.
_LONGEST_PERIOD = 255


def document(accounts: Sequence[Account], made: int) -> bytes:
    """The file with these accounts, written at `made`, in Unix seconds."""
    owner = {"id": _identifier(), "username": "", "email": "", "collections": []}
    header = {
        "version": {"major": 1, "minor": 0},
        "exporterRpId": _EXPORTER,
        "exporterDisplayName": _NAME,
        "timestamp": made,
        "accounts": [owner | {"items": [_item(account) for account in accounts]}],
    }
    return json.dumps(header, ensure_ascii=False, indent=1).encode(errors="replace") + b"\n"


def fits(account: Account) -> bool:
    """Whether CXF has a credential for such codes. It has none for HOTP and Steam."""
    return account.type == TOTP and account.period <= _LONGEST_PERIOD


def _item(account: Account) -> dict[str, object]:
    credential = _code(account) if fits(account) else _link(account)
    return {
        "id": _identifier(),
        "title": account.issuer or account.label,
        "credentials": [credential],
    }


def _code(account: Account) -> dict[str, object]:
    issuer = {"issuer": account.issuer} if account.issuer else {}
    return {
        "type": "totp",
        "secret": base32.encode(account.secret),
        "period": account.period,
        "digits": account.digits,
        "username": account.label,
        "algorithm": account.algorithm.lower(),
        **issuer,
    }


def _link(account: Account) -> dict[str, object]:
    """A field with the key URI, as 1Password exchanges codes. An importer shows it at least."""
    field = {"fieldType": "concealed-string", "label": "otpauth", "value": plain_export.uri(account)}
    return {"type": "custom-fields", "fields": [field]}


def _identifier() -> str:
    return base64.urlsafe_b64encode(os.urandom(_IDENTIFIER)).decode().rstrip("=")
