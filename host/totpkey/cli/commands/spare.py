"""A spare key beside this one: `clone` copies the accounts, `compare` shows what either lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys import add_many
from totpkey.cli.keys.connect import Selection, both, require_open
from totpkey.cli.output import give, give_json, give_table, say, visible, warn
from totpkey.clock.synchronise import synchronise
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.plan import same_settings
from totpkey.link.discovery import Connection
from totpkey.link.replies import StoredAccount
from totpkey_protocol.words import BLANK, HOTP

_KNOWN = _("it has it already")


@click.command("clone")
@click.argument("other")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the keys still wait for their buttons.")
@click.pass_obj
def clone(selection: Selection, other: str, dry_run: bool, force: bool) -> int:
    """Copy all accounts that key OTHER lacks onto it, from this one. Both have to be plugged in and in setup.

    One key seals each account for the other, which opens it: the computer hands on what it cannot read. Each
    key waits for a gesture of its own. OTHER is the beginning of the other key's id, or its port. Locks are
    not copied: set a PIN or passphrase on the other key too.
    """
    with both(selection, other) as (source, target):
        _require_ready(source, target)
        wanted, reasons = _planned(source.client.list(), target.client.list())
        _show([(account, "copy") for account in wanted] + reasons)
        if dry_run or not wanted:
            say(tr("{wanted} to copy.", wanted=add_many.counted(len(wanted))))
            return _code(reasons)
        if not force and not confirmed(tr("Copy {accounts}", accounts=add_many.counted(len(wanted)))):
            raise errors.Declined(tr("Nothing was copied."))
        _copy(source, target, wanted)
    if any(account.type == HOTP for account in wanted):
        warn(tr("Accounts by counter were copied too: use each on one key only, or the site loses count."))
    return _code(reasons)


def _require_ready(source: Connection, target: Connection) -> None:
    require_open(source.hello.state)
    if target.hello.state == BLANK:
        # Its first time needs no gesture.
        synchronise(target.client)
    else:
        require_open(target.hello.state)
    if not source.client.slots().export:
        raise errors.KeyNotReady(
            tr(
                "The first key never gives its accounts away: that was switched off for good when it was "
                "set up."
            ),
            tr("Add each account to the second key with the setup key that its site shows."),
        )


def _planned(
    ours: Sequence[StoredAccount], theirs: Sequence[StoredAccount]
) -> tuple[list[StoredAccount], list[tuple[StoredAccount, str]]]:
    """Return the accounts to copy, and those not to copy with the reason.

    The plan depends only on what the keys contain, so running an interrupted clone again continues it.
    """
    there = {(account.issuer, account.label): account for account in theirs}
    names = Counter((account.issuer, account.label) for account in ours)
    wanted: list[StoredAccount] = []
    reasons: list[tuple[StoredAccount, str]] = []
    for account in ours:
        name = account.issuer, account.label
        if account.lost:
            gone = tr(
                "left out: the first key cannot read it; `totpkey remove {account}` removes it",
                account=account.account,
            )
            reasons.append((account, gone))
        elif account.end:
            reasons.append((account, tr("left out: it is lent, and has an end")))
        elif names[name] > 1:
            reasons.append((account, tr("left out: the first key has that name twice; rename one of them")))
        elif name not in there:
            wanted.append(account)
        elif same_settings(account, there[name]):
            reasons.append((account, _skipped()))
        else:
            reasons.append(
                (account, tr("left out: the second key has another of that name; rename one of them"))
            )
    return wanted, reasons


def _show(rows: Sequence[tuple[StoredAccount, str]]) -> None:
    give_table([(visible(account.name), what) for account, what in rows] or [(tr("Nothing to copy"),)])


def _code(reasons: Sequence[tuple[StoredAccount, str]]) -> int:
    return exits.OK if all(reason == _skipped() for _, reason in reasons) else exits.PARTIAL


def _copy(source: Connection, target: Connection, wanted: Sequence[StoredAccount]) -> None:
    """Establish a session between the keys, then transfer each sealed account. Raise DoneInPart."""
    peer = target.client.clone_key(source.client.clone_key())
    # Get the hold's consent first, before the other key starts to wait for its press.
    first = source.client.clone_send(peer, wanted[0].account)

    def carry(number: int) -> None:
        sealed = source.client.clone_send(peer, wanted[number].account) if number else first
        target.client.clone_receive(sealed)

    add_many.store_all(target.client, wanted, carry, tr("the second key has read each back from its memory"))


def _skipped() -> str:
    """Why an account that both keys have is not copied."""
    return tr("skip: {reason}", reason=tr(_KNOWN))


@click.command("compare")
@click.argument("other")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def compare(selection: Selection, other: str, as_json: bool) -> None:
    """Show which accounts this key and OTHER do not both have. Both have to be plugged in and in setup.

    OTHER is the beginning of the other key's id, or its port. Where more than two keys are plugged in, --key
    or --port before the command says which one this is. Accounts are compared by names and settings: no key
    shows its secrets.
    """
    with both(selection, other) as (one, two):
        ours, theirs = one.client.list(), two.client.list()
        ids = one.hello.key, two.hello.key
    lacking = plan.lacking(theirs, ours), plan.lacking(ours, theirs)
    if as_json:
        give_json(
            {key: [_shown(account) for account in lacks] for key, lacks in zip(ids, lacking, strict=True)}
        )
        return
    for key, lacks in zip(ids, lacking, strict=True):
        for account in lacks:
            give(
                tr(
                    "{key} lacks {name} ({account} on the other)",
                    key=visible(key),
                    name=visible(account.name),
                    account=account.account,
                )
            )
    if not any(lacking):
        say(tr("Both keys have the same accounts, by names and settings."))


def _shown(account: StoredAccount) -> dict[str, str]:
    return {"account": account.account, "issuer": account.issuer, "label": account.label}
