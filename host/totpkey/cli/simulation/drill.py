"""A drill: restores the accounts of a backup onto a simulated key, and compares all that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from totpkey import errors
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.simulation.rehearsal_key import RehearsalKey
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.reading import Contents, Found
from totpkey.keyboard.layouts import Layout, layouts
from totpkey.keyboard.typable import untypable
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount, Typing
from totpkey_protocol import limits
from totpkey_protocol.errors import FULL
from totpkey_protocol.words import HOTP, TOP_ROW


@dataclass(frozen=True)
class Drilled:
    """The result. `wrong` names the accounts that came back otherwise than they are in the backup."""

    accounts: tuple[Account, ...]
    wrong: tuple[str, ...]
    #: The accounts that get another name than in the backup, where two have the same: new name and old one.
    renamed: tuple[tuple[str, str], ...]
    #: Whether a new key must know the keyboard's layout before it takes these accounts.
    needs_layout: bool


def drill(accounts: Sequence[Account]) -> Drilled:
    """Restore these accounts onto a simulated key. Raises InvalidBackup if they do not fit."""
    contents = Contents("", [Found("", account) for account in accounts])
    additions = plan.make(contents, ()).additions
    planned = tuple(addition.account for addition in additions)
    layout = _layout(planned)
    with RehearsalKey() as key:
        with key.client() as client:
            client.set_time(key.now)
            _fill(client, planned, layout)
        # What was only in the key's RAM is gone.
        key.replug()
        with key.client() as client:
            wrong = differing(client, planned)
    renamed = tuple((one.account.name, one.renamed) for one in additions if one.renamed)
    return Drilled(planned, wrong, renamed, layout is not None)


def _layout(accounts: Sequence[Account]) -> Layout | None:
    """A layout that can type all accounts, or None if the digits suffice."""
    if not untypable(accounts, None):
        return None
    every = list(layouts().values())
    return next((one for one in every if not untypable(accounts, one)), every[0])


def _fill(client: KeyClient, accounts: Sequence[Account], layout: Layout | None) -> None:
    """Add the accounts. `KeyClient.add` compares a code of each with this computer's own."""
    if layout:
        # A blank key has no settings yet.
        client.init()
        client.set_typing(Typing(TOP_ROW, 0, 0, 0, layout.name), layout.table)
    for number, account in enumerate(accounts):
        if number % limits.BATCH == 0:
            client.batch(min(len(accounts) - number, limits.BATCH))
        try:
            client.add(account)
        except errors.KeyRefused as refused:
            raise _unfit(account, number, len(accounts), refused) from None


def _unfit(account: Account, number: int, count: int, refused: errors.KeyRefused) -> errors.InvalidBackup:
    if refused.code == FULL:
        return errors.InvalidBackup(
            tr(
                "A key has room for {number} of the backup's {count} accounts.",
                number=number,
                count=count,
            ),
            tr("Share them out to two keys, and make a backup of each."),
        )
    return errors.InvalidBackup(
        tr("A key does not take “{name}”. {cause}", name=account.name, cause=refused.cause), refused.remedy
    )


def differing(client: KeyClient, accounts: Sequence[Account]) -> tuple[str, ...]:
    """The names of the accounts that the key has otherwise, not at their place, or not at all."""
    stored = client.list()
    if len(stored) != len(accounts):
        return tuple(account.name for account in plan.missing(accounts, stored)) or tuple(
            account.name for account in stored
        )
    return tuple(
        account.name
        for account, there in zip(accounts, stored, strict=True)
        if not (_same(account, there) and _same_code(client, account, there.account))
    )


def _same(account: Account, stored: StoredAccount) -> bool:
    return plan.same_settings(account, stored) and (
        (account.issuer, account.label, account.recipe) == (stored.issuer, stored.label, stored.recipe)
        and (account.type != HOTP or account.counter == stored.counter)
    )


def _same_code(client: KeyClient, account: Account, identifier: str) -> bool:
    """Whether the key's code is the one that this computer computes for the same moment."""
    given = client.code(identifier)
    return given.code == codes.of(account, given.time)
