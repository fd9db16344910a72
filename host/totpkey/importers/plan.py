"""What an import does with the accounts that readers have found: fits them to a key, and plans.

Each is added, added under another name, or omitted. The plan depends only on the export and the key's
accounts. So an interrupted import continues where it stopped when it is run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from totpkey.accounts import account as accounts
from totpkey.accounts.account import Account
from totpkey.i18n.reader_words import told
from totpkey.i18n.translation import tr
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits
from totpkey_readers.records import contents as read
from totpkey_readers.records.problem import Problem

#: Notes of what was guessed, or not understood.
_DOUBTFUL = ("not_understood", "fields_unread", "coding", "guessed")


@dataclass(frozen=True)
class Found:
    """An account, its place (`entry 3`), and what is to be said of it."""

    place: str
    account: Account
    notes: tuple[str, ...] = ()
    #: Whether its first code is to be compared before it counts.
    is_doubtful: bool = False


@dataclass(frozen=True)
class Skipped:
    """An entry without a usable account: place, name if known, and reason. Holds no secret."""

    place: str
    name: str
    reason: str


@dataclass
class Contents:
    """Everything in one export, in its order. `warnings` concern the whole export."""

    format: str
    found: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def fitting(contents: read.Contents) -> Contents:
    """Each account as a key takes it. Those that no key takes are skipped."""
    fit = Contents(contents.format, warnings=list(map(told, contents.warnings)))
    fit.skipped += [Skipped(one.place, one.name, told(one.reason)) for one in contents.skipped]
    unnamed, doubtful = 0, any(one.code in _DOUBTFUL for one in contents.warnings)
    for found in contents.found:
        account = accounts.of_another(found.account)
        if not (account.label.strip() or account.issuer.strip()):
            unnamed += 1
            account = replace(account, label=tr("Unnamed {number}", number=unnamed))
        try:
            account, changed = accounts.fitted(account)
            reading = accounts.checked(account, found.notes + changed)
        except Problem as problem:
            fit.skipped.append(Skipped(found.place, read.shown(found.account.name), told(problem.note)))
        else:
            is_doubtful = doubtful or any(one.code in _DOUBTFUL for one in found.notes)
            fit.found.append(Found(found.place, reading.account, reading.warnings, is_doubtful))
    return fit


#: No person tells more accounts of one name apart, and each takes as many comparisons as there are before it.
_MOST_OF_A_NAME = 200
#: An account with its secret, or one on a key without.
Named = Account | StoredAccount


@dataclass(frozen=True)
class Addition:
    """An account to be added. `renamed` is its name in the export, if it gets another; the rest is
    `Found`'s.
    """

    account: Account
    renamed: str = ""
    notes: tuple[str, ...] = ()
    is_doubtful: bool = False


@dataclass(frozen=True)
class Omission:
    """An omitted entry. `known`: nothing is lost, since the key has it, or the export has it twice.

    `account` is the id of the matching account on the key.
    """

    name: str
    reason: str
    place: str = ""
    known: bool = False
    account: str = ""


@dataclass(frozen=True)
class Plan:
    """The plan for an export, with each entry once."""

    additions: tuple[Addition, ...]
    omissions: tuple[Omission, ...]

    @property
    def lost(self) -> int:
        """How many entries of the export will not be on the key."""
        return sum(not omission.known for omission in self.omissions)

    @property
    def taken_for_known(self) -> int:
        """How many entries were omitted because of an account on the key, whose secret cannot be compared."""
        return sum(bool(omission.account) for omission in self.omissions)


def make(contents: Contents, stored: Iterable[StoredAccount]) -> Plan:
    """The plan for a key with the accounts `stored`. Each matches at most one of the export."""
    left = list(stored)
    taken = {(account.issuer, account.label) for account in left}
    planned: set[Account] = set()
    additions: list[Addition] = []
    omissions = [Omission(skipped.name, skipped.reason, skipped.place) for skipped in contents.skipped]
    for found in contents.found:
        step = _step(found, planned, taken, left)
        if isinstance(step, Addition):
            additions.append(step)
        else:
            omissions.append(step)
    return Plan(tuple(additions), tuple(omissions))


def replacing(planned: Plan, stored: Sequence[StoredAccount]) -> tuple[Plan, tuple[StoredAccount, ...]]:
    """The plan if the key is to have only these accounts, and those to be removed first.

    Matched accounts stay, under whatever name. Accounts get their own names where these become free.
    """
    known = {omission.account for omission in planned.omissions}
    surplus = tuple(account for account in stored if account.account not in known)
    taken = {account.name for account in stored if account.account in known}
    taken.update(addition.account.name for addition in planned.additions)
    additions = []
    for addition in planned.additions:
        if addition.renamed and addition.renamed not in taken:
            taken.add(addition.renamed)
            addition = replace(addition, account=_original(addition), renamed="")
        additions.append(addition)
    return replace(planned, additions=tuple(additions)), surplus


def _original(addition: Addition) -> Account:
    issuer = addition.account.issuer
    label = addition.renamed.removeprefix(f"{issuer}:") if issuer else addition.renamed
    return replace(addition.account, label=label)


def _step(
    found: Found, planned: set[Account], taken: set[tuple[str, str]], left: list[StoredAccount]
) -> Addition | Omission:
    """What to do with one account. `left`: the key's accounts that are not matched yet."""
    account = found.account
    for label in islice(_labels(account.label), _MOST_OF_A_NAME):
        renamed = replace(account, label=label)
        if renamed in planned:
            return Omission(account.name, tr("The export has it twice."), found.place, known=True)
        there = next((one for one in left if _traits(one) == _traits(renamed)), None)
        name = (account.issuer, label)
        if there is None and name in taken:
            continue
        planned.add(renamed)
        taken.add(name)
        if there is None:
            return Addition(
                renamed, "" if label == account.label else account.name, found.notes, found.is_doubtful
            )
        left.remove(there)
        reason = tr("Already on this key, skipped.")
        return Omission(renamed.name, reason, found.place, known=True, account=there.account)
    reason = tr("More than {most} accounts have this name.", most=_MOST_OF_A_NAME)
    return Omission(account.name, reason, found.place)


def _labels(label: str) -> Iterable[str]:
    """A label, then numbered variants that fit."""
    yield label
    number = 2
    while True:
        ending = f" ({number})"
        yield label[: limits.NAME - len(ending)] + ending
        number += 1


def same_settings(account: Named, stored: StoredAccount) -> bool:
    """Whether they may be the same account. A key never shows its secrets for comparison."""
    return (account.type, account.algorithm, account.digits, account.period) == (
        stored.type,
        stored.algorithm,
        stored.digits,
        stored.period,
    )


def missing(wanted: Sequence[Named], stored: Iterable[StoredAccount]) -> list[Named]:
    """The accounts that the key does not have, by their names."""
    there = {(account.issuer, account.label) for account in stored}
    return [account for account in wanted if (account.issuer, account.label) not in there]


def lacking(stored: Iterable[StoredAccount], others: Iterable[Named]) -> list[StoredAccount]:
    """The accounts on a key without a counterpart among `others`. Each counterpart counts only once."""
    left = Counter(map(_traits, others))
    without = []
    for account in stored:
        if left[_traits(account)]:
            left[_traits(account)] -= 1
        else:
            without.append(account)
    return without


def _traits(account: Named) -> tuple[str | int, ...]:
    """What a key shows of an account, except its id: names and settings."""
    return account.issuer, account.label, account.type, account.algorithm, account.digits, account.period
