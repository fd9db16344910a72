"""totpkey remove"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.input.questions import is_yes
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr


@click.command("remove")
@click.argument("name")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
@click.pass_obj
def command(selection: Selection, name: str, force: bool) -> None:
    """Remove the account NAME (its id, its name or a part of it) for good, after a gesture at the key."""
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        if not force:
            _confirm(visible(account.name))
        connection.client.remove(account.account)
    say(tr("Removed: {name}.", name=visible(account.name)))


def _confirm(name: str) -> None:
    question = tr("Remove {name}? Its secret cannot be read back. Type y to remove", name=name)
    if not is_yes(click.prompt(question, default="n", show_default=False, err=True)):
        raise errors.Declined(tr("Nothing was removed."))
