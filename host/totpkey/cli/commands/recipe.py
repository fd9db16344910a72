"""totpkey recipe"""

from __future__ import annotations

import click

from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr
from totpkey_protocol.words import CODE_PART


@click.command("recipe")
@click.argument("name")
@click.argument("recipe", default="")
@click.pass_obj
def command(selection: Selection, name: str, recipe: str) -> None:
    """Set what a press types for the account NAME (its id, its name or a part of it).

    RECIPE is made of {user} (the account's label), {TAB}, {code} and {ENTER}; left out, it is the code alone.
    '{code}{ENTER}' submits the code, '{user}{TAB}{code}{ENTER}' fills a form. {SLOW} makes the key type this
    account slowly, for one that is used through a remote desktop.
    """
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        connection.client.recipe(account.account, recipe)
    say(
        tr(
            "A press for {name} types {value} now.",
            name=visible(account.name),
            value=visible(recipe or CODE_PART),
        )
    )
