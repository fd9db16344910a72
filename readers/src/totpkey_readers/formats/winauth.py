"""WinAuth's own file (`winauth.xml`), where it is not encrypted.

`secretdata` holds the secret in hexadecimal, then digits, HMAC and period, with tabs between; a counter
follows the period behind a bar. Described by winauth/winauth: Authenticator/Authenticator.cs.
"""

from __future__ import annotations

from functools import partial

from totpkey_readers.formats import markup
from totpkey_readers.records import texts
from totpkey_readers.records.account import HOTP, STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.problem import Problem

NAME = "WinAuth"
_ENTRY = "WinAuthAuthenticator"
_STEAM, _COUNTED, _BATTLE_NET = "SteamAuthenticator", "HOTPAuthenticator", "BattleNetAuthenticator"


def recognises(text: str) -> bool:
    return "<winauth" in text[:512].lower()


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem, also for what only the app can open."""
    root = markup.parse_xml(text)
    listed = list(root.iter(_ENTRY))
    sealed = [one for one in root.iter() if one.get("encrypted")]
    if sealed or not listed:
        raise Problem("winauth_sealed")
    contents = Contents(NAME)
    for number, entry in enumerate(listed, 1):
        name = entry.findtext("name") or ""
        kind = (entry.get("type") or "").rpartition(".")[2]
        data = entry.findtext("authenticatordata/secretdata") or ""
        contents.take(f"entry {number}", partial(_read_entry, name, kind, data), name, data)
    return contents


def _read_entry(name: str, kind: str, data: str) -> Reading:
    if kind == _BATTLE_NET:
        raise Problem("other_kind")
    issuer, colon, label = name.partition(":")
    if not colon:
        issuer, label = "", name
    secret, *settings = data.split("|")[0].strip().split("\t")
    digits, algorithm, period = (settings + ["6", "SHA1", "30"][len(settings) :])[:3]
    counter = data.partition("|")[2].partition("|")[0] if kind == _COUNTED else ""
    type_ = STEAM if kind == _STEAM else HOTP if kind == _COUNTED else TOTP
    return account(
        issuer,
        label,
        texts.from_hex(secret, "secretdata"),
        type_,
        algorithm,
        _number(digits, "digits"),
        _number(period, "period"),
        _number(counter or "0", "counter"),
    )


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Problem("field_number", field=what)
    return int(text)
