"""Authy: what its settings file holds, and what scripts make of its traffic, decrypted."""

from __future__ import annotations

from functools import partial

from totpkey_readers.formats import locked
from totpkey_readers.formats.app_marks import AUTHY, AUTHY_PERIOD
from totpkey_readers.records import texts
from totpkey_readers.records.account import Reading
from totpkey_readers.records.contents import AskPassword, Contents, account
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem

NAME = "Authy"
_ROUNDS = 1000
#: What Authy's own accounts have.
_OWN_DIGITS = 7
#: A seed as scripts decrypt it, and that of Authy's own accounts, in hexadecimal.
_OWN_SEED = "secret_seed"
_SEEDS = ("decrypted_seed", _OWN_SEED)
_LISTS = ("decrypted_authenticator_tokens", "authenticator_tokens")


def recognises(document: object) -> bool:
    return bool(_tokens(document))


def _tokens(document: object) -> list[object]:
    """The tokens, as far as they are decrypted: those on Authy's servers are not."""
    if not isinstance(document, dict):
        return []
    listed: list[object] = next(
        (document[name] for name in _LISTS if isinstance(document.get(name), list)), []
    )
    # Its own accounts may stand in a list of their own.
    apps = document.get("apps")
    listed = [*listed, *(apps if isinstance(apps, list) else [])]
    is_open = any(isinstance(token, dict) and not token.keys().isdisjoint(_SEEDS) for token in listed)
    return listed if is_open else []


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts of a decrypted list. Raises Problem."""
    contents = Contents(AUTHY)
    contents.take_each(_tokens(document), _read_decrypted)
    return contents


def _read_decrypted(token: Fields) -> Reading:
    issuer = token.text("issuer", "") or token.text("original_issuer", "")
    name = token.text("name", "") or token.text("original_name", "")
    digits = token.number("digits", _OWN_DIGITS if token.has(_OWN_SEED) else 6)
    token.leave_out("encrypted_seed", "salt", "unique_iv", "key_derivation_iterations", "password_timestamp")
    token.leave_out("original_name", "logo", "serial_id", "assets_group", "_id", "member")
    if token.has(_OWN_SEED):
        seed = texts.from_hex(token.text(_OWN_SEED), _OWN_SEED)
        return account(issuer, name, seed, digits=digits, period=AUTHY_PERIOD)
    is_own = token.text("account_type", "") == "authy" or digits == _OWN_DIGITS
    period = AUTHY_PERIOD if is_own else token.number("period", 30)
    return account(issuer, name, token.text("decrypted_seed"), digits=digits, period=period)


def read_settings(listed: list[object], ask: AskPassword) -> Contents:
    """The accounts of the app's own file. Raises Problem."""
    contents = Contents(NAME)
    sealed = any(Fields(entry).has("encryptedSecret") for entry in listed)
    password = ask(NAME) if sealed else ""
    contents.take_each(listed, partial(_read_token, contents, password))
    return contents


def _read_token(contents: Contents, password: str, entry: Fields) -> Reading:
    digits = entry.number("digits")
    entry.leave_out("accountType", "encryptedSecret", "salt", "key_derivation_iterations", "assetGroup")
    if entry.has("secretSeed"):
        seed = texts.from_hex(entry.text("secretSeed"), "secretSeed")
        return account(entry.text("name", ""), "", seed, digits=digits, period=AUTHY_PERIOD)
    if not entry.has("encryptedSecret"):
        return account(*_name(entry), entry.text("decryptedSecret"), digits=digits)
    try:
        secret = _opened(entry, password)
    except Problem as problem:
        # Each entry is encrypted separately. If another one opened, this one is damaged.
        if problem.code == WRONG_PASSWORD and contents.found:
            raise Problem("entry_password") from None
        raise
    return account(*_name(entry), secret, digits=digits)


def _opened(entry: Fields, password: str) -> str:
    key = locked.pbkdf2(password, entry.text("salt").encode(errors="replace"), _ROUNDS, "sha1")
    sealed = texts.from_base64(entry.text("encryptedSecret"), "encryptedSecret")
    return locked.open_cbc(key, bytes(16), sealed).decode("ascii", errors="replace")


def _name(entry: Fields) -> tuple[str, str]:
    """Issuer and label. The displayed name repeats the issuer."""
    name, original = entry.text("name", ""), entry.text("originalName", "")
    issuer = entry.text("originalIssuer", "") or original.partition(":")[0] * (":" in original)
    if not issuer and " - " in name:
        issuer = name.partition(" - ")[0]
    rest = name.removeprefix(issuer).lstrip(" :-") if issuer else name
    return issuer, rest
