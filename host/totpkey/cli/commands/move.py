"""totpkey move"""

from __future__ import annotations

import click

from totpkey.cli.input.pick_account import find_account
from totpkey.cli.input.whole_number import WholeNumber
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr


@click.command("move")
@click.argument("name")
@click.argument("position", type=WholeNumber(1))
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
                tr("POSITION can be 1 to {accounts}: the key has no more accounts.", accounts=len(accounts))
            )
        connection.client.move(account.account, position - 1)
    say(tr("Moved: {name} is number {position} now.", name=visible(account.name), position=position))
