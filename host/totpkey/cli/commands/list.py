"""totpkey list"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TypeVar

import click

from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give_json, give_table, say, visible
from totpkey.clock.phrases import moment
from totpkey.i18n.translation import tr
from totpkey.link.replies import StoredAccount, Uses
from totpkey_protocol.words import HOTP

T = TypeVar("T")
U = TypeVar("U")

_USES = ("USES", "LAST")
_HEAD = ("ID", "NAME", "TYPE", "DIGITS", "PERIOD", "ALGORITHM", "RECIPE")


@click.command("list", short_help="List the accounts on the key.")
@click.option("--long", "-l", "long", is_flag=True, help="Also how often each was used, and when last.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, long: bool, as_json: bool) -> None:
    """List the accounts on the key, in the order in which it types them. Secrets never leave the key."""
    with connected(selection) as connection:
        accounts = connection.client.list()
        uses = [connection.client.uses(account.account) for account in accounts] if long else []
    if as_json:
        give_json([asdict(account) | more for account, more in _with_uses(accounts, map(_data, uses), {})])
    elif accounts:
        rows = _with_uses(_rows(accounts), map(_row, uses), ())
        give_table([_HEAD + _USES * long, *(row + more for row, more in rows)])
    else:
        say(tr("The key has no accounts yet: add one with `totpkey add Issuer:label`."))


def _rows(accounts: Iterable[StoredAccount]) -> Iterable[tuple[str, ...]]:
    for account in accounts:
        digits, period = str(account.digits), f"{account.period} s"
        if account.type == HOTP:
            period = f"count {account.counter}"
        name, recipe = visible(account.name), visible(account.recipe)
        yield account.account, name, account.type, digits, period, account.algorithm, recipe


def _with_uses(accounts: Iterable[T], uses: Iterable[U], none: U) -> Iterable[tuple[T, U]]:
    """Yield each account with its uses, or with `none` if uses were not requested."""
    given = iter(uses)
    return ((one, next(given, none)) for one in accounts)


def _row(uses: Uses) -> tuple[str, ...]:
    last = moment(uses.last) if uses.last else tr("with no time") if uses.count else tr("never")
    return str(uses.count), last


def _data(uses: Uses) -> dict[str, object]:
    return {"uses": uses.count, "last": uses.last or None}
