"""totpkey choose"""

from __future__ import annotations

import click

from totpkey.accounts import lights
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr


@click.command("choose")
@click.argument("name")
@click.pass_obj
def command(selection: Selection, name: str) -> None:
    """Let a press of the button type the code of the account NAME (its id, its name or a part of it).

    The key keeps the choice, as it keeps one that is made with its button.
    """
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        connection.client.choose(account.account)
    light = lights.in_words(accounts.index(account))
    say(tr("Chosen: {name}. Its light: {light}.", name=visible(account.name), light=light))
