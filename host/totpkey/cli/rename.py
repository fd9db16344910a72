"""totpkey rename"""

from __future__ import annotations

import click

from totpkey import names
from totpkey.cli.matching import find_account
from totpkey.cli.naming import refuse_secret
from totpkey.cli.output import say, visible
from totpkey.cli.session import Selection, connected


@click.command("rename", short_help="Give an account another name.")
@click.argument("name")
@click.argument("new_name")
@click.pass_obj
def command(selection: Selection, name: str, new_name: str) -> None:
    """Give the account NAME (its id, its name or a part of it) the name NEW_NAME: Issuer:label or a label."""
    refuse_secret(new_name)
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        connection.client.rename(account.account, *names.split(new_name))
    say(f"Renamed: {visible(account.name)} is now {visible(new_name)}.")
