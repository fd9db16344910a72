"""An account on its way to a key: what it is, and what a key can take."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from totpkey import errors
from totpkey.accounts import names
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import limits, words
from totpkey_protocol.words import STEAM, TOTP

#: RFC 4226 section 4 asks for 128 bits; 80 are still common, fewer are not.
_SHORT_SECRET = 10


@dataclass(frozen=True)
class Account:
    """All inputs of an account's codes. Its repr leaves the secret out.

    `period` is in seconds, for TOTP and Steam. `counter` is for HOTP only.
    """

    issuer: str
    label: str
    secret: bytes = field(repr=False)
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    type: str = TOTP
    counter: int = 0
    #: What a press types: see `totpkey_protocol.words.PARTS`. Empty means only the code.
    recipe: str = ""

    @property
    def name(self) -> str:
        return names.join(self.issuer, self.label)


@dataclass(frozen=True)
class Reading:
    """An account, and warnings about how it was read."""

    account: Account
    warnings: tuple[str, ...] = ()


def algorithm_of(spelling: str) -> str:
    """SHA1, SHA256 or SHA512 for any usual spelling: `sha1`, `SHA-256`, `HmacSHA512`.

    Raises InvalidAccount.
    """
    plain = spelling.strip().upper().replace("-", "").replace("_", "").removeprefix("HMAC")
    if plain not in words.ALGORITHMS:
        raise errors.InvalidAccount(
            tr("The account uses an algorithm that a key cannot compute."),
            tr("A key computes {known}.", known=", ".join(words.ALGORITHMS)),
        )
    return plain


def checked(account: Account, warnings: tuple[str, ...] = ()) -> Reading:
    """The account, checked against a key's limits, with warnings. Raises InvalidAccount."""
    _check_name(_("issuer"), account.issuer)
    _check_name(_("label"), account.label)
    if not account.label:
        raise errors.InvalidAccount(
            tr("The account has no name."), tr("Name it, for example: `totpkey add Amazon:shop`.")
        )
    if not 1 <= len(account.secret) <= limits.SECRET:
        raise errors.InvalidAccount(
            tr(
                "The setup key has {count} bytes; a key takes 1 to {most}.",
                count=len(account.secret),
                most=limits.SECRET,
            )
        )
    if account.type != STEAM:
        _check_range(_("number of digits"), account.digits, limits.DIGITS_LEAST, limits.DIGITS_MOST)
    _check_range(_("period"), account.period, limits.PERIOD_LEAST, limits.PERIOD_MOST)
    _check_range(_("counter"), account.counter, 0, limits.COUNTER_MOST)
    if len(account.secret) < _SHORT_SECRET:
        short = tr(
            "The secret is short ({count} bytes): check that it is complete.", count=len(account.secret)
        )
        warnings = (*warnings, short)
    return Reading(account, warnings)


def fitted(account: Account) -> tuple[Account, tuple[str, ...]]:
    """`account` with a name that a key accepts, and what was changed. For imports, which ask nothing."""
    issuer, label = _printable(account.issuer), _unrepeated(account.issuer, _printable(account.label))
    if not label:
        issuer, label = "", issuer
    shortened = issuer[: limits.NAME].strip(), label[: limits.NAME].strip()
    notes = []
    if (issuer, label) != shortened:
        notes.append(tr("The name is cut to {name} characters.", name=limits.NAME))
    if _printable(account.issuer + account.label) != account.issuer.strip() + account.label.strip():
        notes.append(tr("Invisible characters are taken out of the name."))
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
        raise errors.InvalidAccount(
            tr(
                "The {part} has {count} characters; a key takes {most}.",
                part=tr(part),
                count=len(text),
                most=limits.NAME,
            ),
            tr("Give a shorter name."),
        )
    if not text.isprintable():
        raise errors.InvalidAccount(
            tr("The {part} has invisible or control characters.", part=tr(part)),
            tr("Give a name without them."),
        )


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise errors.InvalidAccount(
            tr(
                "Its {what} is {value}; a key takes {least} to {most}.",
                what=tr(what),
                value=value,
                least=least,
                most=most,
            ),
            tr("Check it against what the site shows."),
        )
