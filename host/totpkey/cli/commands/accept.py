"""totpkey accept"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.accounts import ends
from totpkey.cli.keys.cards import described, file_of
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_ready
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr


@click.command("accept")
@click.argument("file")
@click.pass_obj
def command(selection: Selection, file: str) -> None:
    """Take the account that somebody lends you in FILE, after a gesture at the key that its card is of.

    FILE is a file or picture, the text itself, or - for standard input. It opens once. A newer file for the
    same account renews its end. What is borrowed is in no backup and no clone, and cannot be lent on.
    """
    lent = file_of(file)
    with connected(selection) as connection:
        require_ready(connection.hello.state)
        client = connection.client
        own = client.card()
        if own.public != lent.card:
            raise errors.Unreadable(
                tr("The file is for another key, or for an older card of this one."),
                tr("This key's card is of {card}. Have a file made for it.", card=described(own)),
            )
        accepted = client.accept(lent.sealed)
        account = next(entry for entry in client.list() if entry.account == accepted.account)
    name, lender = visible(account.name), visible(account.lender)
    end = ends.described(account.end, account.over)
    if accepted.added:
        say(tr("{name} is borrowed from {lender}: {end}.", name=name, lender=lender, end=end))
    else:
        say(tr("{lender} has renewed {name}: {end}.", name=name, lender=lender, end=end))
