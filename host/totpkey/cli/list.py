"""totpkey list"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import click

from totpkey.cli.output import give, give_json, say, table, visible
from totpkey.cli.session import Selection, connected
from totpkey.replies import StoredAccount
from totpkey_protocol.words import HOTP

_HEAD = ("ID", "NAME", "TYPE", "DIGITS", "PERIOD", "ALGORITHM", "RECIPE")


@click.command("list", short_help="List the accounts on the key.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, as_json: bool) -> None:
    """List the accounts on the key, in the order in which it types them. Secrets never leave the key."""
    with connected(selection) as connection:
        accounts = connection.client.list()
    if as_json:
        give_json([asdict(account) for account in accounts])
    elif accounts:
        for line in table([_HEAD, *_rows(accounts)]):
            give(line)
    else:
        say("The key has no accounts yet: add one with `totpkey add Issuer:label`.")


def _rows(accounts: Iterable[StoredAccount]) -> Iterable[tuple[str, ...]]:
    for account in accounts:
        digits, period = str(account.digits), f"{account.period} s"
        if account.type == HOTP:
            period = f"count {account.counter}"
        name, recipe = visible(account.name), visible(account.recipe)
        yield account.account, name, account.type, digits, period, account.algorithm, recipe
