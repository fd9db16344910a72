"""totpkey list"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TypeVar

import click

from totpkey.accounts import ends as ends_of
from totpkey.accounts import lights
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give_json, give_table, say, visible
from totpkey.clock.phrases import moment
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import StoredAccount, Uses
from totpkey_protocol.lights import of_place
from totpkey_protocol.words import HOTP

T = TypeVar("T")
U = TypeVar("U")

_USES = (_("USES"), _("LAST"))
_END = _("END")
_HEAD = (_("ID"), _("NAME"), _("LIGHT"), _("TYPE"), _("DIGITS"), _("PERIOD"), _("ALGORITHM"), _("RECIPE"))
#: How many of these are shown without --wide.
_NARROW = 3


@click.command("list")
@click.option("--wide", is_flag=True, help="Also type, digits, period, algorithm, and what a press types.")
@click.option("--long", "-l", "long", is_flag=True, help="Also how often each was used, and when last.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, wide: bool, long: bool, as_json: bool) -> None:
    """List the accounts on the key in its order, each with its light. A press types the chosen one.

    The light tells an account's number, digit by digit: a long flash is five, a short one is one, a nought is
    two long ones. An account that was lent has an end: see `totpkey lease` and `totpkey lend`. Secrets never
    leave the key.
    """
    with connected(selection) as connection:
        accounts = connection.client.list()
        uses = [connection.client.uses(account.account) for account in accounts] if long else []
    if as_json:
        with_uses = _with_uses(accounts, map(_data, uses), {})
        give_json([_entry(of) | _light(place) | more for place, (of, more) in enumerate(with_uses)])
    elif accounts:
        columns = len(_HEAD) if wide else _NARROW
        rows = _with_uses((row[:columns] for row in _rows(accounts)), map(_row, uses), ())
        ending = (_END,) * any(account.end for account in accounts)
        ends = [
            (ends_of.described(one.end, one.over, visible(one.lender)),) * len(ending) for one in accounts
        ]
        head = tuple(map(tr, _HEAD[:columns] + ending + _USES * long))
        give_table([head, *(row + end + more for (row, more), end in zip(rows, ends, strict=True))])
    else:
        say(tr("The key has no accounts yet: add one with `totpkey add Issuer:label`."))


def _rows(accounts: Iterable[StoredAccount]) -> Iterable[tuple[str, ...]]:
    for place, account in enumerate(accounts):
        digits, period = str(account.digits), f"{account.period} s"
        if account.type == HOTP:
            period = f"count {account.counter}"
        name, recipe = visible(account.name), visible(account.recipe)
        light = f"{lights.drawn(place)} {lights.colour(place)}"
        if account.chosen:
            light = tr("{light}, chosen", light=light)
        yield (account.account, name, light, account.type, digits, period, account.algorithm, recipe)


def _entry(account: StoredAccount) -> dict[str, object]:
    end = ends_of.unpack(account.end)
    more = {"over": account.over or None, "lender": account.lender or None}
    return asdict(account) | {"end": asdict(end) if end else None} | more


def _light(place: int) -> dict[str, object]:
    colour, digits = of_place(place)
    return {"light": {"colour": colour, "flashes": " ".join(digits)}}


def _with_uses(accounts: Iterable[T], uses: Iterable[U], none: U) -> Iterable[tuple[T, U]]:
    """Yield each account with its uses, or with `none` if uses were not requested."""
    given = iter(uses)
    return ((one, next(given, none)) for one in accounts)


def _row(uses: Uses) -> tuple[str, ...]:
    last = moment(uses.last) if uses.last else tr("with no time") if uses.count else tr("never")
    return str(uses.count), last


def _data(uses: Uses) -> dict[str, object]:
    return {"uses": uses.count, "last": uses.last or None}
