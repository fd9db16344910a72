"""Accounts from what a site shows: a key URI (`otpauth://totp/...`) or a secret to copy.

The rules are those that serve people with URIs found in the wild; the format itself is described in
Google Authenticator's "Key Uri Format" and draft-linuxgemini-otpauth-uri.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from totpkey import base32, errors, names
from totpkey_protocol import limits, words

#: RFC 4226 section 4 asks for 128 bits; 80 are still common, fewer are not.
_SHORT_SECRET = 10
_STEAM = "It is a Steam Guard account, whose codes a key cannot compute yet."
_COPY_AGAIN = "Copy it again, or have the site show its secret as text."


@dataclass(frozen=True)
class Account:
    """Everything a key needs to compute an account's codes. Its repr leaves the secret out."""

    issuer: str
    label: str
    secret: bytes = field(repr=False)
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30

    @property
    def name(self) -> str:
        return names.join(self.issuer, self.label)


@dataclass(frozen=True)
class Reading:
    """An account, and what a person should know about how it was read."""

    account: Account
    warnings: tuple[str, ...] = ()


def looks_secret(name: str) -> bool:
    """Whether a text meant as a name is rather a key URI or a base32 secret."""
    lowered = name.lower()
    return "otpauth" in lowered or "secret=" in lowered or any(map(_looks_base32, name.split(":")))


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

    `name` (`issuer:label` or a label) overrides what a URI says and is needed for a bare secret, which is
    all that `algorithm`, `digits` and `period` (seconds) apply to. `lenient` is that of `base32.decode`.
    Raises InvalidAccount.
    """
    text = text.strip()
    if ":" in text:
        return _read_uri(text, name, lenient)
    issuer, label = names.split(name)
    secret = base32.decode(text, lenient)
    return _reading(Account(issuer, label, secret, _algorithm(algorithm), digits, period), [])


def _read_uri(text: str, name: str, lenient: bool) -> Reading:
    uri = _split(text)
    given = _parameters(uri)
    warnings: list[str] = []
    issuer, label = names.split(name) if name else _uri_name(uri, given, warnings)
    _refuse_other_kinds(uri, given, issuer)
    if "secret" not in given:
        raise errors.InvalidAccount("The key URI has no secret.", _COPY_AGAIN)
    account = Account(
        issuer,
        label,
        base32.decode(given["secret"], lenient),
        _algorithm(given.get("algorithm", "SHA1")),
        _number(given, "digits", 6),
        _number(given, "period", 30),
    )
    return _reading(account, warnings)


def _split(text: str) -> SplitResult:
    try:
        uri = urlsplit(text, allow_fragments=False)
    except ValueError:
        raise errors.InvalidAccount("This is not a valid key URI.", _COPY_AGAIN) from None
    if uri.scheme == "otpauth-migration":
        raise errors.InvalidAccount(
            "This is an export of several accounts, not one account.",
            "Open the accounts one by one in the app or at the site, and add each.",
        )
    if uri.scheme == "steam":
        raise errors.InvalidAccount(_STEAM)
    if uri.scheme != "otpauth":
        raise errors.InvalidAccount("This is neither a base32 secret nor an otpauth:// URI.", _COPY_AGAIN)
    return uri


def _parameters(uri: SplitResult) -> dict[str, str]:
    """The query by lower-case name. A parameter may be repeated only with the same value."""
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(uri.query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise errors.InvalidAccount("The key URI is not valid UTF-8.", _COPY_AGAIN) from None
    for parameter, value in pairs:
        parameter = parameter.lower()
        if given.setdefault(parameter, value) != value:
            raise errors.InvalidAccount("The key URI says the same thing twice, differently.", _COPY_AGAIN)
    return given


def _uri_name(uri: SplitResult, given: dict[str, str], warnings: list[str]) -> tuple[str, str]:
    """Issuer and label. The issuer parameter wins over the label's prefix, with a warning."""
    try:
        prefix, label = names.split(unquote(uri.path.removeprefix("/"), errors="strict"))
    except UnicodeDecodeError:
        raise errors.InvalidAccount("The key URI's label is not valid UTF-8.", _COPY_AGAIN) from None
    issuer = given.get("issuer", "").strip() or prefix
    if prefix and prefix != issuer:
        warnings.append(f"The URI names two issuers, “{issuer}” and “{prefix}”: the first is used.")
    return issuer, label


def _refuse_other_kinds(uri: SplitResult, given: dict[str, str], issuer: str) -> None:
    kind = uri.netloc.lower()
    steam_name = issuer.lower() == "steam" and "digits" not in given
    if kind == "steam" or steam_name or given.get("encoder") == "steam" or given.get("digits") == "5":
        raise errors.InvalidAccount(_STEAM)
    if kind == "hotp":
        raise errors.InvalidAccount(
            "It is a counter-based (HOTP) account, whose codes a key cannot compute yet.",
            "See whether the site offers time-based codes (TOTP) too.",
        )
    if kind != "totp":
        raise errors.InvalidAccount(
            "The key URI is of an unknown kind; a key computes totp only.", _COPY_AGAIN
        )


def _algorithm(spelling: str) -> str:
    """SHA1, SHA256 or SHA512 for any usual spelling: `sha1`, `SHA-256`, `HmacSHA512`."""
    plain = spelling.strip().upper().replace("-", "").replace("_", "").removeprefix("HMAC")
    if plain not in words.ALGORITHMS:
        raise errors.InvalidAccount(
            "It asks for an algorithm that a key cannot compute.",
            f"A key computes {', '.join(words.ALGORITHMS)}.",
        )
    return plain


def _number(given: dict[str, str], parameter: str, default: int) -> int:
    """A parameter as a number; an absent or empty one is the default."""
    value = given.get(parameter, "").strip() or str(default)
    if not (value.isascii() and value.isdecimal() and len(value) <= 4):
        raise errors.InvalidAccount(
            f"The key URI's {parameter} is not a number that makes sense.", _COPY_AGAIN
        )
    return int(value)


def _reading(account: Account, warnings: list[str]) -> Reading:
    """The account within the limits of a key, with what is odd about it."""
    _check_name("issuer", account.issuer)
    _check_name("label", account.label)
    if not account.label:
        raise errors.InvalidAccount("The account has no name.", "Give one: `totpkey add Issuer:label`.")
    _check_range("digits", account.digits, limits.DIGITS_LEAST, limits.DIGITS_MOST)
    _check_range("period", account.period, limits.PERIOD_LEAST, limits.PERIOD_MOST)
    if len(account.secret) < _SHORT_SECRET:
        warnings.append(f"The secret is short ({len(account.secret)} bytes): check that it is whole.")
    return Reading(account, tuple(warnings))


def _check_name(part: str, text: str) -> None:
    if len(text) > limits.NAME:
        raise errors.InvalidAccount(
            f"The {part} has {len(text)} characters; a key takes {limits.NAME}.", "Give a shorter name."
        )
    if not text.isprintable():
        raise errors.InvalidAccount(
            f"The {part} has invisible or control characters.", "Give a name without them."
        )


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise errors.InvalidAccount(
            f"It asks for {what} = {value}, which a key cannot do ({least} to {most}).",
            "Check it against what the site shows.",
        )
