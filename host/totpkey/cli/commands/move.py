"""totpkey move"""

from __future__ import annotations

import click

from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr


@click.command("move", short_help="Put an account at another place in the order.")
@click.argument("name")
@click.argument("position", type=click.IntRange(min=1))
@click.pass_obj
def command(selection: Selection, name: str, position: int) -> None:
    """Put the account NAME (its id, its name or a part of it) at POSITION, where 1 is the first.

    The key offers its accounts in this order, which `totpkey list` shows.
    """
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        if position > len(accounts):
            raise click.UsageError(
                tr("The key has {accounts} accounts, so POSITION goes no further.", accounts=len(accounts))
            )
        connection.client.move(account.account, position - 1)
    say(tr("Moved: {name} is number {position} now.", name=visible(account.name), position=position))
