"""totpkey code"""

from __future__ import annotations

import click

from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give, give_json


@click.command("code")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(selection: Selection, name: str, as_json: bool) -> None:
    """Print the code of the account NAME (its id, its name or a part of it), after a press on the key."""
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        code = connection.client.code(account.account)
    if as_json:
        left = account.period - code.time % account.period
        give_json({"account": account.account, "name": account.name, "code": code.code, "seconds_left": left})
    else:
        give(code.code)
