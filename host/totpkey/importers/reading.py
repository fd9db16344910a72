"""What readers have found, in words, and as accounts that a key takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from totpkey.accounts import account as accounts
from totpkey.accounts.account import Account
from totpkey.i18n.reader_words import told
from totpkey.i18n.translation import tr
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
