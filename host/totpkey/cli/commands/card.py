"""totpkey card"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.cards import described, give_code, own
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import give, say
from totpkey.i18n.translation import tr
from totpkey.lending import texts
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol.words import BLANK


@click.command("card")
@click.option("--make", "makes", is_flag=True, help="Make a card. It replaces the one before.")
@click.option("--name", metavar="NAME", help="Whose key it is, for --make: what lenders see.")
@click.option("--qr", "as_code", is_flag=True, help="Show it as a QR code, too.")
@click.option("-f", "--force", is_flag=True, help="Do not ask before an older card is replaced.")
@click.pass_obj
def command(selection: Selection, makes: bool, name: str | None, as_code: bool, force: bool) -> None:
    """Show the key's card: one line of text that you send to whoever lends you an account.

    The card is no secret. Its 16 digits tell it from a forged one: read them to the lender over another way
    than the card took, such as the telephone. `totpkey card --make --name Anna` makes one, after a touch.
    """
    if makes != (name is not None):
        raise click.UsageError(tr("A new card has a name: `totpkey card --make --name Anna`."))
    with connected(selection) as connection:
        if connection.hello.state != BLANK:
            require_open(connection.hello.state)
        client = connection.client
        card = _made(client, name, force) if name is not None else client.card()
    give(texts.write_card(card))
    if as_code:
        give_code(texts.write_card(card))
    say(described(card))


def _made(client: KeyClient, name: str, force: bool) -> Card:
    if own(client) and not force:
        say(tr("The key has a card already. Files that were made for it will open no more."))
        if not confirmed(tr("Make a new card")):
            raise errors.Declined(tr("The card is as it was."))
    return client.make_card(name)
