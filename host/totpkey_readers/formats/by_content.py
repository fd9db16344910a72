"""JSON of apps without a reader of their own, read by what its fields hold: a key URI, or a secret in base32
in a field whose name says so.

Keeper, Padloc, Psono, mSecure and decrypted copies of Authy's data are read this way, and what nobody knows
yet. The reader says which fields it took, since they may mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from totpkey_readers.records.account import STEAM, TOTP, Reading
from totpkey_readers.records.contents import AskPassword, Contents, account, from_uri, site_of
from totpkey_readers.records.documents import entries_have
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Note, Problem, note

UNKNOWN = "JSON of an unknown app"
AUTHY = "Authy, decrypted"
#: Apps whose files are recognised by the fields of the document, or of its entries.
_APPS = {
    "Keeper": {"shared_folders", "records"},
    "Padloc": {"vaults", "orgs"},
    AUTHY: {"decrypted_authenticator_tokens"},
}
#: Apps whose fields have names that nobody else gives them.
_FIELDS = {"totpcode": "Psono", "websitepasswordtotpcode": "Psono"}
#: Names of fields with a secret, without what is no letter or digit.
CODE_NAMES = frozenset(
    name
    for line in (
        "totp otp otpauth otpsecret totpsecret totpkey totpsecretkey totpuri otpuri otpurl totpurl totpcode",
        "totptoken twofasecret twofactorsecret 2fa 2fasecret 2fakey onetimepassword onetimecode otpkey",
        "otpseed totpseed mfa mfasecret mfakey authenticatorkey authenticatorsecret oathsecret decryptedseed",
        "decryptedsecret tfckeeper websitepasswordtotpcode twofactorcode twofactorauthentication",
        "verificationcode secondfactor 一次性密码 动态密码 验证码 两步验证 双重验证",
    )
    for name in line.split()
)
#: These hold a secret only beside a name.
_SECRETS = frozenset({"secret", "secretkey", "seed", "sharedsecret"})
_TITLES = (
    "issuer",
    "service",
    "issuername",
    "provider",
    "title",
    "site",
    "name",
    "totptitle",
    "websitepasswordtitle",
)
_USERS = (
    "websitepasswordusername",
    "account",
    "username",
    "user",
    "login",
    "email",
    "accountname",
    "loginname",
    "label",
    "name",
)
_SITES = ("url", "website", "loginurl", "uri", "address")
_TYPES = ("otptype", "tokentype", "type", "kind")
_SPELLINGS = {"steamtotp": STEAM}
#: The shortest secret that counts without a key URI, in base32 digits: 80 bits.
_SHORTEST = 16
_BASE32 = re.compile("[A-Za-z2-7]+=*")
_NOT_WORD = re.compile(r"[\W_]+")
_DEEPEST = 100


@dataclass(frozen=True)
class Hit:
    """A code: the objects around it, the innermost last, the name of its field, and its text."""

    around: tuple[dict[str, Any], ...] = field(repr=False)
    name: str
    text: str = field(repr=False)


def plain(name: str) -> str:
    """A field's name in small letters, without what is no letter or digit."""
    return _NOT_WORD.sub("", name.lower())


def is_uri(text: str) -> bool:
    return text.lstrip()[:10].lower().startswith(("otpauth://", "steam://"))


def is_secret(text: str) -> bool:
    """Whether it can be a secret in base32. Sites write them in groups."""
    if not _SHORTEST <= len(text) <= 512:
        return False
    joined = text.replace(" ", "").replace("-", "")
    return len(joined) >= _SHORTEST and _BASE32.fullmatch(joined) is not None


def recognises(document: object) -> bool:
    return next(_hits(document), None) is not None


def read(document: object, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    contents = Contents(UNKNOWN)
    taken: dict[str, None] = {}
    for number, hit in enumerate(_hits(document), 1):
        taken[hit.name] = None
        contents.take(f"entry {number}", partial(_read_hit, hit), _title(hit) or _user(hit))
    app = _app(document) or _app_of_fields(taken)
    if app:
        contents.format = app
    else:
        contents.warnings.append(guessed(list(taken)))
    return contents


def _app(document: object) -> str:
    # The list that a script makes in Authy's own program.
    if entries_have(document, "name", "secret", "uri"):
        return AUTHY
    names = document.keys() if isinstance(document, dict) else set()
    return next((app for app, marks in _APPS.items() if marks <= names), "")


def _app_of_fields(names: Iterable[str]) -> str:
    apps = {_FIELDS.get(plain(name), "") for name in names}
    return apps.pop() if len(apps) == 1 else ""


def guessed(names: list[str]) -> Note:
    """The warning that a file was read by what is in it."""
    return note("guessed", names=", ".join(f"“{name[:40]}”" for name in names[:5]))


def _hits(document: object) -> Iterator[Hit]:
    """All codes, in the document's order."""
    waiting: list[tuple[object, tuple[dict[str, Any], ...]]] = [(document, ())]
    while waiting:
        value, around = waiting.pop()
        if isinstance(value, dict):
            if len(around) >= _DEEPEST:
                raise Problem("too_deep")
            own = (*around, value)
            yield from _hits_in(value, own)
            waiting += [(inner, own) for inner in reversed(value.values()) if isinstance(inner, dict | list)]
        elif isinstance(value, list):
            # A text in a list has no name.
            yield from (Hit(around, "", text) for text in value if isinstance(text, str) and is_uri(text))
            waiting += [(inner, around) for inner in reversed(value) if isinstance(inner, dict | list)]


def _hits_in(value: dict[str, Any], around: tuple[dict[str, Any], ...]) -> Iterator[Hit]:
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    links = {text: name for name, text in texts.items() if is_uri(text)}
    if links:
        # A secret beside it is the link's own.
        yield from (Hit(around, name, text) for text, name in links.items())
        return
    beside_name = any(plain(name) in (*_TITLES, *_USERS) for name in texts)
    for name, text in texts.items():
        known = _is_code(plain(name)) or (beside_name and plain(name) in _SECRETS)
        if known and is_secret(text):
            yield Hit(around, name, text)
    # A list of fields with their names: {"name": "TOTP", "value": "..."}.
    named = [
        text for name, text in texts.items() if plain(name) in ("name", "label", "type", "title", "kind")
    ]
    text = texts.get("value", "")
    if is_secret(text) and any(_is_code(plain(name)) for name in named):
        yield Hit(around, next(name for name in named if _is_code(plain(name))), text)


def _is_code(name: str) -> bool:
    # Keeper and others number their fields: "$oneTimeCode::1".
    return name.rstrip("0123456789") in CODE_NAMES or name in CODE_NAMES


def _read_hit(hit: Hit) -> Reading:
    title, user = _title(hit), _user(hit)
    if is_uri(hit.text):
        return from_uri(hit.text, title, user)
    fields = Fields(hit.around[-1])
    given = {plain(name): name for name in hit.around[-1]}

    def setting(*endings: str) -> str:
        return next((given[name] for name in given if name.endswith(endings)), "")

    digits, period = setting("digits"), setting("period", "timestep", "interval", "timer")
    algorithm, counter = setting("algorithm", "algo"), setting("counter")
    return account(
        title,
        user,
        hit.text,
        _type(hit),
        fields.text(algorithm, "SHA1") if algorithm else "SHA1",
        fields.number(digits, 6) if digits else 6,
        fields.number(period, 30) if period else 30,
        fields.number(counter, 0) if counter else 0,
    )


def _type(hit: Hit) -> str:
    """The type, where a field of the same object names one. An entry's own type may be `login`."""
    for name, value in hit.around[-1].items():
        if plain(name) in _TYPES and isinstance(value, str):
            spelling = plain(value)
            if spelling.endswith("otp") or spelling == STEAM:
                return _SPELLINGS.get(spelling, spelling)
    return TOTP


def _title(hit: Hit) -> str:
    title = _nearest(hit, _TITLES)
    return title or site_of(_nearest(hit, _SITES))


def _user(hit: Hit) -> str:
    title = _nearest(hit, _TITLES)
    user = _nearest(hit, _USERS)
    return "" if user == title else user


def _nearest(hit: Hit, wanted: tuple[str, ...]) -> str:
    """The text of the first of these fields, in the innermost object that has one."""
    for value in reversed(hit.around):
        if "value" in value and hit.name in value.values():
            # The object is a field itself, and its name is the field's.
            continue
        texts = {plain(name): text for name, text in _named(value) if isinstance(text, str) and text.strip()}
        found = next((texts[name] for name in wanted if name in texts), "")
        if found and not is_uri(found) and found != hit.text:
            return found
    return ""


def _named(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of an object, after those of a list of fields in it."""
    listed = value.get("fields")
    if isinstance(listed, list):
        for one in listed:
            if isinstance(one, dict) and isinstance(one.get("value"), str):
                yield from (
                    (str(one[name]), one["value"]) for name in ("name", "label", "type") if name in one
                )
    yield from value.items()
