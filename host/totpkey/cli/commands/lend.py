"""totpkey lend"""

from __future__ import annotations

from pathlib import Path

import click

from totpkey import errors
from totpkey.accounts.ends import End
from totpkey.cli.input import ends
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.cards import card_of, described, give_code, own
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.new_files import refuse_existing, write_file
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import give, say, visible
from totpkey.i18n.translation import tr
from totpkey.lending import texts


@click.command("lend")
@click.argument("name")
@click.option("--to", "receiver", metavar="CARD", required=True, help="The other key's card: text or file.")
@ends.options
@click.option("--from", "lender", metavar="NAME", help="Your name, which the other key shows.")
@click.option("-o", "--out", "file", metavar="FILE", help="Write it to FILE instead of this terminal.")
@click.option("--qr", "as_code", is_flag=True, help="Show it as a QR code, too.")
@click.option("-f", "--force", is_flag=True, help="Do not ask about the digits; overwrite an existing file.")
@click.pass_obj
def command(
    selection: Selection,
    name: str,
    receiver: str,
    end: End | None,
    lender: str | None,
    file: str | None,
    as_code: bool,
    force: bool,
) -> None:
    """Lend the account NAME (its id, its name or a part of it) to the key whose card you were sent.

    The answer is one line of text, which opens on that key alone, and once. Send it by mail or as you like.
    The other key gives codes until the end that you name here, and then none: another file renews it. Compare
    the card's 16 digits with its owner's before, because whoever made the card gets the account. CARD is its
    text, a file or picture with it, or - for standard input. docs/concepts/lending.md says what the borrower
    can still do.
    """
    if end is None:
        raise click.UsageError(tr("Name an end: --until DATE, --codes N or --hours FROM-TO."))
    if file:
        refuse_existing(file, force)
    card = card_of(receiver)
    say(described(card))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        account = find_account(connection.client.list(), name)
        if not lender:
            mine = own(connection.client)
            if not mine:
                raise click.UsageError(tr("Say who lends it: --from NAME."))
            lender = mine.name
        if not force and not confirmed(tr("The owner of that card reads the same digits")):
            raise errors.Declined(tr("Nothing was lent."))
        sealed = connection.client.lend(account.account, card, end.pack(), lender)
    _hand_out(texts.write_file(texts.File(card.public, sealed)), file, as_code)
    say(
        tr(
            "{name} is lent to {receiver}: {end}. That key takes it with `totpkey accept`.",
            name=visible(account.name),
            receiver=visible(card.name),
            end=end.in_words(),
        )
    )


def _hand_out(text: str, file: str | None, as_code: bool) -> None:
    if file:
        write_file(Path(file), text.encode() + b"\n")
        say(tr("Written: {file}", file=visible(file)))
    else:
        give(text)
    if as_code:
        give_code(text)
