"""Reads accounts from what a site shows: a key URI (`otpauth://totp/...`) or a secret.

It accepts URIs as they are found in the wild. The format is described in Google Authenticator's "Key Uri
Format" and draft-linuxgemini-otpauth-uri.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from totpkey_readers.records import base32
from totpkey_readers.records.account import (
    HOTP,
    STEAM,
    STEAM_DIGITS,
    TOTP,
    Account,
    Reading,
    algorithm_of,
    split_name,
)
from totpkey_readers.records.fields import DECORATIONS, PARAMETERS, SHIFTS
from totpkey_readers.records.problem import Note, Problem, note

_NUMBERS_AND_NAMES = ("algorithm", "counter", "digits", "issuer", "period")
#: The counter has eight bytes (RFC 4226 section 5.1), which are twenty decimal digits.
_COUNTER_DIGITS = 20
#: What a parameter `steam` says where it says that the account is Steam's: Stratum gives it no value.
_MARKED = ("", "true", "1", "yes")
#: The longest URI that is read, in characters, with an app's notes and pictures.
_LONGEST_URI = 1 << 18
#: Longer texts are not names, in characters.
_LONGEST_NAME = 4096
#: A secret within other text. The shortest that sites give out has 16 digits of base32 (10 bytes). Of letters
#: alone it must have more, since a name may be in capitals.
_IN_A_NAME = re.compile("[A-Z2-7]{24,}|(?=[2-7]*[A-Z]+[2-7])[A-Z2-7]{16,}")


def looks_secret(name: str) -> bool:
    """Whether a text given as a name looks like a key URI or a base32 secret, or holds one.

    A damaged URI may have its secret anywhere in what should be its name.
    """
    # A name is short; the rest of a longer text is not looked at, and not repeated either.
    if len(name) > _LONGEST_NAME:
        return True
    lowered = name.lower()
    if "otpauth" in lowered or "secret=" in lowered or _IN_A_NAME.search(name):
        return True
    return any(map(_looks_base32, name.split(":")))


def _looks_base32(text: str) -> bool:
    squeezed = base32.squeeze(text)
    if len(squeezed) < 16 or not set(squeezed) <= set(base32.ALPHABET):
        return False
    groups = text.split()
    grouped = len(groups) > 2 and all(len(group) == 4 for group in groups)
    return grouped or text.isupper() or any(character in "234567" for character in text)


def read(
    text: str,
    name: str = "",
    algorithm: str = "SHA1",
    digits: int = 6,
    period: int = 30,
    lenient: bool = False,
) -> Reading:
    """The account in `text`, a key URI or a base32 secret.

    `name` (`issuer:label` or a label) overrides a URI's, and a bare secret needs it. `algorithm`, `digits`
    and `period` (seconds) apply only to a bare secret. `lenient` is that of `base32.decode`. Raises
    Problem.
    """
    text = text.strip()
    if ":" in text:
        return read_uri(text, name, lenient)
    issuer, label = split_name(name)
    secret = base32.decode(text, lenient)
    return Reading(Account(issuer, label, secret, algorithm_of(algorithm), digits, period))


def read_uri(
    text: str, name: str = "", lenient: bool = False, otherwise: tuple[str, str] = ("", "")
) -> Reading:
    """The account in a key URI, not checked against a key's limits.

    `otherwise` is the issuer and label for a URI that lacks one of them. Raises Problem.
    """
    uri = _split(text)
    warnings: list[Note] = []
    if uri.scheme == "steam":
        own = split_name(name) if name or any(otherwise) else ("", "Steam")
        secret = uri.netloc + uri.path
        _warn_of_odd(secret, lenient, warnings)
        return Reading(_steam(*_named(own, otherwise), secret, lenient), tuple(warnings))
    given = _parameters(uri)
    own = split_name(name) if name else _uri_name(uri, given, warnings)
    if "secret" not in given:
        raise Problem("uri_no_secret")
    kind = _type(uri, given)
    issuer, label = _named(own, otherwise)
    _warn_of_odd(given["secret"], lenient, warnings)
    warnings += _not_understood(given)
    if kind == STEAM:
        return Reading(_steam(issuer, label, given["secret"], lenient), tuple(warnings))
    settings = {role: _setting(given, role) for role in PARAMETERS}
    if kind == HOTP and not settings["counter"]:
        warnings.append(note("no_counter"))
    account = Account(
        issuer,
        label,
        base32.decode(given["secret"], lenient),
        algorithm_of(_setting(given, "algorithm", "SHA1")),
        _number(settings, "digits", 6),
        _number(settings, "period", 30) if kind == TOTP else 30,
        kind,
        _number(settings, "counter", 0, _COUNTER_DIGITS) if kind == HOTP else 0,
    )
    return Reading(account, tuple(warnings))


def _setting(given: dict[str, str], role: str, absent: str = "") -> str:
    """A setting under whichever of its names. Raises Problem if two differ."""
    values = {given[name].strip() for name in PARAMETERS[role] if name in given}
    if len(values) > 1:
        raise Problem("uri_twice")
    return values.pop() if values else absent


def _not_understood(given: dict[str, str]) -> list[Note]:
    """A note of the parameters that nobody here knows. Raises Problem for those that shift codes."""
    if any(given.get(name, "").strip() not in ("", "0") for name in SHIFTS):
        raise Problem("uri_shifted")
    known = {*DECORATIONS, *SHIFTS, *(name for names in PARAMETERS.values() for name in names)}
    names = [name for name, value in given.items() if name and name not in known and value.strip()]
    return [note("not_understood", names=", ".join(name[:40] for name in names[:5]))] if names else []


def _named(given: tuple[str, str], otherwise: tuple[str, str]) -> tuple[str, str]:
    """Issuer and label. `otherwise` gives what is missing; an issuer alone also names an account."""
    issuer, label = given
    issuer, label = issuer or otherwise[0], label or otherwise[1]
    return (issuer, label) if label else ("", issuer)


def _steam(issuer: str, label: str, secret: str, lenient: bool) -> Account:
    return Account(issuer, label, base32.decode(secret, lenient), digits=STEAM_DIGITS, type=STEAM)


def _warn_of_odd(secret: str, lenient: bool, warnings: list[Note]) -> None:
    if lenient and base32.is_odd(secret):
        warnings.append(note("odd"))


def _split(text: str) -> SplitResult:
    if len(text) > _LONGEST_URI:
        raise Problem("uri_long")
    try:
        # A URI copied from a page's source has character references between its parameters.
        uri = urlsplit(text.replace("&amp;", "&"), allow_fragments=False)
    except ValueError:
        raise Problem("uri_invalid") from None
    if uri.scheme == "otpauth-migration":
        raise Problem("uri_several")
    if uri.scheme not in ("otpauth", "steam"):
        raise Problem("uri_unknown")
    return uri


def _parameters(uri: SplitResult) -> dict[str, str]:
    """The query by lower-case name. A parameter may be repeated only with the same value."""
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(uri.query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Problem("uri_utf8") from None
    for parameter, value in pairs:
        parameter = parameter.lower()
        if value == "null" and parameter in _NUMBERS_AND_NAMES:
            # Ente and other programs in JavaScript or Dart write unknown values like this.
            continue
        if given.setdefault(parameter, value) != value:
            raise Problem("uri_twice")
    return given


def _uri_name(uri: SplitResult, given: dict[str, str], warnings: list[Note]) -> tuple[str, str]:
    """Issuer and label. The issuer parameter wins over the label's prefix, with a warning."""
    try:
        prefix, label = split_name(unquote(uri.path.removeprefix("/"), errors="strict"))
    except UnicodeDecodeError:
        raise Problem("uri_utf8") from None
    issuer = _issuer(uri, given)
    if prefix and prefix.casefold() != issuer.casefold():
        warnings.append(note("two_issuers", first=issuer, second=prefix))
    return issuer, label


def _issuer(uri: SplitResult, given: dict[str, str]) -> str:
    return given.get("issuer", "").strip() or split_name(unquote(uri.path.removeprefix("/")))[0]


def _type(uri: SplitResult, given: dict[str, str]) -> str:
    """TOTP, HOTP or STEAM, which has no common spelling.

    Steam is recognised by the URI's own issuer, or its label alone, whatever name a person gives the account.
    Digits alone do not make it one.
    """
    kind = uri.netloc.lower()
    own = _issuer(uri, given) or unquote(uri.path.removeprefix("/")).strip()
    has_mark = given.get("encoder", "").lower() == STEAM or given.get("steam", "false").lower() in _MARKED
    digits = _setting(given, "digits")
    by_name = own.lower() == STEAM and kind == TOTP and digits in ("", str(STEAM_DIGITS))
    if kind == STEAM or has_mark or by_name:
        return STEAM
    if kind not in (TOTP, HOTP):
        raise Problem("uri_kind")
    return kind


def _number(settings: dict[str, str], parameter: str, default: int, longest: int = 4) -> int:
    """A setting as a number, or the default if it is absent."""
    value = settings[parameter] or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) <= longest):
        raise Problem("uri_number", parameter=parameter)
    return int(value)
