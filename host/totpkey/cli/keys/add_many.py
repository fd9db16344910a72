"""Adds many accounts at once: the table of the plan, the progress bar and the final check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from totpkey import errors
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.plan import Addition, Contents, Named, Plan
from totpkey.link.client import KeyClient
from totpkey.system import times
from totpkey_protocol import limits
from totpkey_protocol.errors import CANNOT_TYPE, FRAME_TOO_LONG
from totpkey_protocol.words import HOTP, STEAM

if TYPE_CHECKING:
    from rich.console import Console

_AGAIN = _("Run the same command again: it goes on with those that are missing.")


def add_all(client: KeyClient, planned: Plan) -> None:
    """Add all accounts of a plan with one gesture. Raise DoneInPart."""
    accounts = [addition.account for addition in planned.additions]
    store_all(
        client,
        accounts,
        lambda number: client.add(accounts[number]),
        tr("key and computer agree on every code"),
    )


def store_all(
    client: KeyClient, accounts: Sequence[Named], store: Callable[[int], object], proved: str
) -> None:
    """Store all accounts with one gesture. Check the result, since a batch is written in groups.

    `store` stores the account at a given position. `proved` says what is certain after a success. Raise
    DoneInPart.
    """
    from rich.progress import track

    left: dict[str, list[str]] = {CANNOT_TYPE: [], FRAME_TOO_LONG: []}
    try:
        for number, account in enumerate(track(accounts, tr("Adding"), console=_console(stderr=True))):
            if number % limits.BATCH == 0:
                client.batch(min(len(accounts) - number, limits.BATCH))
            try:
                store(number)
            except errors.KeyRefused as refused:
                if refused.code not in left:
                    raise
                left[refused.code].append(account.name)
        missing = plan.missing(accounts, client.list())
    except errors.KeyRefused as refused:
        there = len(accounts) - len(plan.missing(accounts, client.list()))
        raise errors.DoneInPart(
            tr(
                "{there} of {accounts} are on the key, then it stopped. {cause}",
                there=there,
                accounts=counted(len(accounts)),
                cause=refused.cause,
            ),
            f"{refused.remedy}\n{tr(_AGAIN)}",
        ) from None
    except (errors.TransportError, errors.ConversationError) as problem:
        raise errors.DoneInPart(
            tr("The import stopped in the middle. {cause}", cause=problem.cause),
            f"{problem.remedy}\n{tr(_AGAIN)}",
        ) from None
    count = sum(map(len, left.values()))
    if len(missing) > count:
        raise errors.DoneInPart(
            tr("{missing} did not reach the key.", missing=counted(len(missing))), tr(_AGAIN)
        )
    say(tr("Saved: {accounts}; {proved}.", accounts=counted(len(accounts) - count), proved=proved))
    _refuse_left(left)


def _refuse_left(left: dict[str, list[str]]) -> None:
    """Raise DoneInPart if single accounts were refused."""
    if left[CANNOT_TYPE]:
        raise errors.DoneInPart(
            tr(
                "As it is set up, the key could not type the codes of {left}.",
                left=visible(", ".join(left[CANNOT_TYPE])),
            ),
            tr("Letters need your keyboard's layout: run `totpkey calibrate`, then this command again."),
        )
    if left[FRAME_TOO_LONG]:
        raise errors.DoneInPart(
            tr("The names of {left} are too long.", left=visible(", ".join(left[FRAME_TOO_LONG]))),
            tr("Give them shorter ones where they come from, then run this command again."),
        )


def draw(contents: Contents, planned: Plan, stderr: bool, removed: Sequence[str] = ()) -> None:
    """Print a table of the plan for each account. `removed` are names of accounts on the key."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table()
    for column in ("", tr("ACCOUNT"), tr("WHY")):
        drawn.add_column(column, overflow="fold")
    for addition in planned.additions:
        why = [tr("was {renamed}; that name is taken", renamed=addition.renamed)] * bool(addition.renamed)
        why = [*_unusual(addition.account), *why, *addition.notes, *_first_code(addition)]
        verb = tr("rename") if addition.renamed else tr("add")
        drawn.add_row(verb, Text(visible(addition.account.name)), Text(visible(" ".join(why))))
    for omission in planned.omissions:
        name = omission.name or omission.place
        place = f" ({omission.place})" if omission.name and not omission.known else ""
        drawn.add_row(tr("skip"), Text(visible(name)), Text(visible(omission.reason + place)))
    for name in removed:
        drawn.add_row(tr("remove"), Text(visible(name)), tr("not in the backup"))
    console = _console(stderr)
    # As the table's title it would be wrapped to the table's width.
    console.print(Text(f"{contents.format}: {_summary(planned)}", style="italic"))
    console.print(drawn)


def _unusual(account: Account) -> list[str]:
    """The settings that are not what nearly all accounts have."""
    if account.type == STEAM:
        return ["Steam Guard."]
    told = ["HOTP"] if account.type == HOTP else []
    told += [account.algorithm] * (account.algorithm != "SHA1")
    told += [tr("{count} digits", count=account.digits)] * (account.digits != 6)
    told += [tr("{count} s", count=account.period)] * (account.period != 30)
    return [tr("{settings}.", settings=tr(", ").join(told))] if told else []


def _first_code(addition: Addition) -> list[str]:
    """The present code of an account in which something was guessed, to be compared with the app's."""
    if not addition.is_doubtful:
        return []
    return [tr("Its code now: {code}", code=codes.of(addition.account, int(times.now())))]


def _summary(planned: Plan) -> str:
    return tr(
        "{additions} to add, {omissions} to skip",
        additions=len(planned.additions),
        omissions=len(planned.omissions),
    )


def _console(stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    # A file or a pipe has no window width.
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=200)


def counted(count: int) -> str:
    return tr("1 account") if count == 1 else tr("{count} accounts", count=count)
