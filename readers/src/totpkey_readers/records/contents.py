"""The contents of an export: accounts, and unusable entries with reasons."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from totpkey_readers.records import base32, key_uri, strays
from totpkey_readers.records.account import HOTP, STEAM, STEAM_DIGITS, TOTP, Account, Reading, algorithm_of
from totpkey_readers.records.fields import Fields
from totpkey_readers.records.problem import Note, Problem, note

#: Larger files, in bytes, are not exports of accounts: 10 000 of them take some 5 MB.
LARGEST = 64 << 20
#: A key holds some hundred accounts, and no person has that many.
MOST_ENTRIES = 10_000
#: Asks for an app's password, and returns it.
AskPassword = Callable[[str], str]


@dataclass(frozen=True)
class Found:
    """An account, its place (`entry 3`), and warnings about how it was read."""

    place: str
    account: Account
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """An entry without a usable account: place, name if known, and reason. Holds no secret."""

    place: str
    name: str
    reason: Note


@dataclass
class Contents:
    """Everything in one export, in its order. `warnings` concern the whole export.

    Nothing is lost without a word: `read` counts the entries before they are read, and each ends in
    `found`, in `skipped` or, where it has no code, in `empty`; `strays` are links and keys that are in none
    of them.
    """

    format: str
    found: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    read: int = 0
    empty: int = 0
    strays: int = 0
    _known: set[bytes | str] = field(default_factory=set, repr=False)

    def take(self, place: str, read: Callable[[], Reading], name: str = "", source: object = None) -> None:
        """Add the result of `read`. What is unreadable is skipped with a reason, by `name`.

        `source` is what it is read from: Fields, of which each must be understood, or a link. Raises
        Problem for more entries than any person has.
        """
        self.count(1)
        self._take(place, read, name, source)

    def take_each(self, entries: Iterable[object], read: Callable[[Fields], Reading]) -> None:
        """Read each object of a list, counted from 1."""
        listed = list(entries)
        self.count(len(listed))
        for number, entry in enumerate(listed, 1):
            fields = Fields(entry)
            self._take(f"entry {number}", partial(read, fields), fields.any_name(), fields)

    def _take(self, place: str, read: Callable[[], Reading], name: str, source: object) -> None:
        try:
            reading = read()
        except Problem as problem:
            if problem.is_of_the_file:
                raise
            self._skip(place, name, problem.note, source)
            return
        notes = reading.warnings
        unread = source.unread() if isinstance(source, Fields) else []
        if unread:
            notes = (*notes, note("not_understood", names=", ".join(filter(shown, unread[:5]))))
        self.found.append(Found(place, reading.account, notes))
        self._known.add(reading.account.secret)

    def skip(self, place: str, name: str, reason: Note, source: object = None) -> None:
        """Skip an entry. A name that may be a misplaced secret is not repeated. Raises Problem as `take`."""
        self.count(1)
        self._skip(place, name, reason, source)

    def _skip(self, place: str, name: str, reason: Note, source: object) -> None:
        self.skipped.append(Skipped(place, shown(name), reason))
        self.disregard(source.value if isinstance(source, Fields) else source)

    def disregard(self, value: object) -> None:
        """What this object holds is no loss."""
        self._known.update(stray.meaning for stray in strays.in_value(value))

    def pass_over(self, count: int = 1) -> None:
        """Entries without a code, as most of a password manager are."""
        self.read += count
        self.empty += count

    def count(self, count: int) -> None:
        """Begin so many entries."""
        self.read += count
        if self.read - self.empty > MOST_ENTRIES:
            raise Problem("too_many", most=MOST_ENTRIES)

    def settle(self, texts: list[str]) -> None:
        """Count what stands in all that was read of a file, and in none of its entries. Raises Problem."""
        for found in self.found:
            secret = found.account.secret
            # Digits of another base may look like base32.
            self.disregard([secret.hex(), base64.b64encode(secret).decode()])
        links, keys, lines = strays.left_over(texts, self._known)
        if links or keys:
            self.warnings.append(note("strays", links=links, keys=keys, lines=lines))
        self.strays = links + keys
        self.read += self.strays
        self.check()

    def check(self) -> None:
        """Raises Problem if an entry is neither found nor skipped nor told."""
        if self.read != len(self.found) + len(self.skipped) + self.empty + self.strays:
            raise Problem("unbalanced")

    def add(self, other: Contents) -> None:
        """Add what another part of the same export holds."""
        self.found += other.found
        self.skipped += other.skipped
        self.warnings += other.warnings
        self.read += other.read
        self.empty += other.empty
        self.strays += other.strays
        self._known |= other._known


def shown(name: str) -> str:
    """The name of what is skipped; "" for one that may be a misplaced secret."""
    return "" if key_uri.looks_secret(name) else name


def account(
    issuer: str,
    label: str,
    secret: str | bytes,
    kind: str = TOTP,
    spelling: str = "SHA1",
    digits: int = 6,
    period: int = 30,
    counter: int = 0,
) -> Reading:
    """An account from an export's fields, in the export's spelling of types. Raises Problem.

    Accepts a secret of an odd length, as all apps do, because nobody can request a whole file's secrets
    again.
    """
    kind = kind.strip().lower()
    if kind not in (TOTP, HOTP, STEAM):
        raise Problem("other_kind")
    plain = secret if isinstance(secret, bytes) else base32.decode(secret, lenient=True)
    odd = not isinstance(secret, bytes) and base32.is_odd(secret)
    algorithm = algorithm_of(spelling)
    read = Account(issuer.strip(), label.strip(), plain, algorithm, digits, period, kind, counter)
    if kind == STEAM:
        read = replace(read, algorithm="SHA1", digits=STEAM_DIGITS, period=30)
    elif kind == HOTP:
        read = replace(read, period=30)
    return Reading(read, (note("odd"),) if odd else ())


def from_uri(text: str, issuer: str = "", label: str = "") -> Reading:
    """The account in a key URI of an export. `issuer` and `label` are for a URI without a name."""
    return key_uri.read_uri(text.strip(), lenient=True, otherwise=(issuer, label))


def secret_or_uri(text: str, issuer: str, label: str) -> Reading:
    """The account in a password manager's field: a key URI or a base32 secret."""
    return from_uri(text, issuer, label) if ":" in text else account(issuer, label, text)


def site_of(address: str) -> str:
    """The name of the site at an address; "" if there is none."""
    host = address.partition("://")[2] or address
    return host.partition("/")[0].rpartition("@")[2].partition(":")[0].removeprefix("www.").strip()
