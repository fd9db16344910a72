"""An account on its way to a key: what it is, and what a key can take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from totpkey import errors
from totpkey.i18n.reader_words import told
from totpkey_protocol import limits
from totpkey_protocol.words import STEAM
from totpkey_readers.records import account as elsewhere
from totpkey_readers.records.problem import Note, Problem, note

#: RFC 4226 section 4 asks for 128 bits; 80 are still common, fewer are not.
_SHORT_SECRET = 10


@dataclass(frozen=True)
class Account(elsewhere.Account):
    """An account, and what a press types: see `totpkey_protocol.words.PARTS`. Empty means only the code."""

    recipe: str = ""


@dataclass(frozen=True)
class Reading:
    """An account, and warnings about how it was read."""

    account: Account
    warnings: tuple[str, ...] = ()


def read(
    text: str,
    name: str = "",
    algorithm: str = "SHA1",
    digits: int = 6,
    period: int = 30,
    lenient: bool = False,
) -> Reading:
    """The account in a link or a setup key, checked (see `key_uri.read`). Raises Unreadable."""
    from totpkey_readers.records import key_uri

    with errors.in_words():
        reading = key_uri.read(text, name, algorithm, digits, period, lenient)
        return checked(of_another(reading.account), reading.warnings)


def of_another(account: elsewhere.Account) -> Account:
    """An account that another program kept."""
    return Account(**vars(account))


def checked(account: Account, warnings: tuple[Note, ...] = ()) -> Reading:
    """The account, checked against a key's limits, with warnings. Raises Problem."""
    _check_name("issuer", account.issuer)
    _check_name("label", account.label)
    if not account.label:
        raise Problem("no_name")
    if not 1 <= len(account.secret) <= limits.SECRET:
        raise Problem("secret_length", count=len(account.secret))
    if account.type != STEAM:
        _check_range("number of digits", account.digits, limits.DIGITS_LEAST, limits.DIGITS_MOST)
    _check_range("period", account.period, limits.PERIOD_LEAST, limits.PERIOD_MOST)
    _check_range("counter", account.counter, 0, limits.COUNTER_MOST)
    if len(account.secret) < _SHORT_SECRET:
        warnings = (*warnings, note("short", count=len(account.secret)))
    return Reading(account, tuple(map(told, warnings)))


def fitted(account: Account) -> tuple[Account, tuple[Note, ...]]:
    """`account` with a name that a key accepts, and what was changed. For imports, which ask nothing."""
    issuer, label = _printable(account.issuer), _unrepeated(account.issuer, _printable(account.label))
    if not label:
        issuer, label = "", issuer
    shortened = issuer[: limits.NAME].strip(), label[: limits.NAME].strip()
    notes = []
    if (issuer, label) != shortened:
        notes.append(note("name_cut"))
    if _printable(account.issuer + account.label) != account.issuer.strip() + account.label.strip():
        notes.append(note("name_printable"))
    return replace(account, issuer=shortened[0], label=shortened[1]), tuple(notes)


def _unrepeated(issuer: str, label: str) -> str:
    """The label without a leading issuer, which some apps repeat there. {user} types the label."""
    prefix, _colon, rest = label.partition(":")
    repeated = prefix.strip().casefold() == issuer.strip().casefold()
    return rest.strip() or label if repeated else label


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()


def _check_name(part: str, text: str) -> None:
    if len(text) > limits.NAME:
        raise Problem("name_length", part=part, count=len(text), most=limits.NAME)
    if not text.isprintable():
        raise Problem("name_invisible", part=part)


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Problem("range", what=what, value=value, least=least, most=most)
