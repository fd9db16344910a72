"""totpkey rename"""

from __future__ import annotations

import click

from totpkey.cli.input.names import refuse_secret, refuse_taken
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_readers.records import names

_TAKEN = _(
    "Choose another NEW_NAME, or give that one another name first: `totpkey rename {account} …`. Two accounts"
    " of one name cannot be told apart when the key shows them, or by a backup."
)


@click.command("rename")
@click.argument("name")
@click.argument("new_name")
@click.pass_obj
def command(selection: Selection, name: str, new_name: str) -> None:
    """Give the account NAME (its id, its name or a part of it) the name NEW_NAME: Issuer:label or a label."""
    refuse_secret(new_name)
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        issuer, label = names.split(new_name)
        refuse_taken([other for other in accounts if other != account], issuer, label, _TAKEN)
        connection.client.rename(account.account, issuer, label)
    say(tr("Renamed: {name} is now {new_name}.", name=visible(account.name), new_name=visible(new_name)))
