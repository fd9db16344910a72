"""Lending an account: `lease` on this key; by a file `card`, `lend`, `accept` and `loans`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from totpkey import errors, journal, lending
from totpkey.accounts import ends as account_ends
from totpkey.accounts.ends import End
from totpkey.cli.input import ends
from totpkey.cli.input.ends import WholeNumber
from totpkey.cli.input.files import read_file
from totpkey.cli.input.no_secrets_in_argv import PassphraseCommand
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.input.prompts import confirmed, new_passphrase, present_passphrase
from totpkey.cli.keys.connect import Selection, connected, require_open, require_ready
from totpkey.cli.keys.loans import HEAD, gaps, row
from totpkey.cli.keys.new_files import refuse_existing, write_file, write_sheet
from totpkey.cli.output import give, give_bright, give_table, say, visible, warn
from totpkey.clock.phrases import when_of
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.discovery import Connection
from totpkey.link.replies import Card, StoredAccount
from totpkey.locks import passphrase
from totpkey_protocol import lending as protocol
from totpkey_protocol.errors import NOT_FOUND, WRONG_PASSPHRASE
from totpkey_readers.jail import reader
from totpkey_readers.pictures import kinds


def own(client: KeyClient) -> Card | None:
    """The key's card; None if it has none."""
    try:
        return client.card()
    except errors.KeyRefused as refused:
        if refused.code != NOT_FOUND:
            raise
        return None


def give_code(text: str) -> None:
    """Show a card or a file as a QR code."""
    # Only who wants one waits for the library.
    from totpkey_readers.pictures import qr

    for line in qr.blocks(text):
        give_bright(line)


def card_of(source: str) -> Card:
    """The card in a text, in a file or picture, or on standard input (`-`). Raise Unreadable."""
    return lending.read_card(_text(source, protocol.CARD))


def file_of(source: str) -> lending.File:
    """The file that lends an account, likewise. Raise Unreadable."""
    return lending.read_file(_text(source, protocol.FILE))


def described(card: Card) -> str:
    """Whose card it is, and the digits to compare."""
    return tr("{name}: {digits}", name=visible(card.name), digits=lending.fingerprint(card))


@errors.in_words()
def _text(source: str, prefix: str) -> str:
    """The text in a source. Of a picture, the QR code that begins as wanted."""
    if source.strip().startswith(prefix):
        return source
    if source == "-":
        return sys.stdin.read(protocol.FILE_MOST + 1)
    data = read_file(source)
    if kinds.is_picture(data):
        found = reader.texts(data, source)
        if not any(text.strip().startswith(prefix) for text in found):
            raise errors.Unreadable(
                tr("No readable QR code was found in {picture}.", picture=source),
                tr("Take it again: sharp, straight, the whole code with some white around it."),
            )
        return next(text for text in found if text.strip().startswith(prefix))
    return data.decode("utf-8-sig", errors="replace")


@click.command("card")
@click.option("--make", "makes", is_flag=True, help="Make a card. It replaces the one before.")
@click.option("--name", metavar="NAME", help="Whose key it is, for --make: what lenders see.")
@click.option("--qr", "as_code", is_flag=True, help="Show it as a QR code, too.")
@click.option("-f", "--force", is_flag=True, help="Do not ask before an older card is replaced.")
@click.pass_obj
def card(selection: Selection, makes: bool, name: str | None, as_code: bool, force: bool) -> None:
    """Show the key's card: one line of text that you send to whoever lends you an account.

    The card is no secret. Its 16 digits tell it from a forged one: read them to the lender over another way
    than the card took, such as the telephone. `totpkey card --make --name Anna` makes one, after a gesture.
    """
    if makes != (name is not None):
        raise click.UsageError(tr("A new card has a name: `totpkey card --make --name Anna`."))
    with connected(selection) as connection:
        require_ready(connection.hello.state)
        client = connection.client
        card = _new_card(client, name, force) if name is not None else client.card()
    give(lending.write_card(card))
    if as_code:
        give_code(lending.write_card(card))
    say(described(card))


def _new_card(client: KeyClient, name: str, force: bool) -> Card:
    if own(client) and not force:
        say(tr("The key has a card already. Files that were made for it will open no more."))
        if not confirmed(tr("Make a new card")):
            raise errors.Declined(tr("The card is as it was."))
    return client.make_card(name)


@click.command("lend")
@click.argument("name")
@click.option("--to", "receiver", metavar="CARD", required=True, help="The other key's card: text or file.")
@ends.options
@click.option("--from", "lender", metavar="NAME", help="Your name, which the other key shows.")
@click.option("-o", "--out", "file", metavar="FILE", help="Write it to FILE instead of this terminal.")
@click.option("--qr", "as_code", is_flag=True, help="Show it as a QR code, too.")
@click.option("-f", "--force", is_flag=True, help="Do not ask about the digits; overwrite an existing file.")
@click.pass_obj
def lend(
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
    _hand_out(lending.write_file(lending.File(card.public, sealed)), file, as_code)
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


@click.command("accept")
@click.argument("file")
@click.pass_obj
def accept(selection: Selection, file: str) -> None:
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
    end = account_ends.described(account.end, account.over)
    if accepted.added:
        say(tr("{name} is borrowed from {lender}: {end}.", name=name, lender=lender, end=end))
    else:
        say(tr("{lender} has renewed {name}: {end}.", name=name, lender=lender, end=end))


@click.command("lease", cls=PassphraseCommand)
@click.argument("name")
@ends.options
@click.option("--forever", is_flag=True, help="Take the end away.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the passphrase from standard input.")
@click.pass_obj
def lease(selection: Selection, name: str, end: End | None, forever: bool, from_stdin: bool) -> None:
    """Give the account NAME (its id, its name or a part of it) an end, for a key that you lend.

    After its end the key gives no code of the account, and its light says so. You choose a passphrase for it:
    without that, nobody can renew the end, the holder of the key included. Run the command again to renew it.
    An account with an end is in no backup and no clone. What the holder can still do is in
    docs/concepts/lending.md.
    """
    if (end is None) != forever:
        raise click.UsageError(tr("Name an end: --until DATE, --codes N, --hours FROM-TO; or --forever."))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        account = find_account(connection.client.list(), name)
        phrase = (present_passphrase if account.end or forever else new_passphrase)(from_stdin)
        _set(connection, account, end, phrase)
    if end is None:
        say(tr("{name} has no end any more.", name=visible(account.name)))
    else:
        say(tr("{name} is lent: {end}.", name=visible(account.name), end=end.in_words()))


def _set(connection: Connection, account: StoredAccount, end: End | None, phrase: str) -> None:
    derive = partial(passphrase.derive_for_owner, phrase, connection.hello.key, account.account)
    try:
        connection.client.set_end(account.account, end.pack() if end else b"", derive)
    except errors.KeyRefused as refused:
        if refused.code == WRONG_PASSPHRASE:
            raise errors.InvalidLock(
                tr("This is not the passphrase with which the account was lent."),
                tr("Check the keyboard's layout and Caps Lock. Without it, nobody can change the end."),
            ) from None
        raise


_CODES = (_("TIME"), _("KEY"), _("ACCOUNT"), _("HOW"))


@click.command("loans")
@click.option(
    "--on",
    "day",
    metavar="DATE",
    type=click.DateTime(("%Y-%m-%d",)),
    help="Only who could sign in on this day, by this computer's midnight.",
)
@click.option(
    "--journal",
    "files",
    metavar="FILE",
    multiple=True,
    help="Also the codes of another key: what its `totpkey journal --csv FILE` wrote. Again for each.",
)
@click.option("--csv", "file", metavar="FILE", help="Write a table for spreadsheet programs; - prints it.")
@click.option(
    "--back",
    "backs",
    metavar="NUMBER",
    type=WholeNumber(1),
    multiple=True,
    help="Note that a loan was taken back, with all of this account to this card.",
)
@click.pass_obj
def loans(
    selection: Selection, day: datetime | None, files: Sequence[str], file: str | None, backs: Sequence[int]
) -> None:
    """Show what this key has lent by `totpkey lend`: to whom, until when, and what was taken back.

    `totpkey loans --on 2027-03-03 --journal anna.csv` answers who could sign in on that day, and with which
    codes somebody did. A loan runs until its end, whatever is noted: have the account removed from the other
    key while you watch, then note it with --back. docs/concepts/lend-file.md says what the book cannot know.
    """
    codes = [(path, *entry) for path in files for entry in _journal(path)]
    with connected(selection) as connection:
        require_open(connection.hello.state)
        for number in backs:
            connection.client.loan_back(number)
        found = lending.read_book(connection.client.loans())
        names = {account.account: account.name for account in connection.client.list()}
    loans = list(found.loans)
    if day and not 2026 <= day.year < 2100:
        raise click.UsageError(tr("Give --on as a day from 2026 to 2099."))
    if day:
        begin, end = day.timestamp(), (day + timedelta(days=1)).timestamp()
        loans = [loan for loan in loans if loan.ran(begin, end)]
        # A code without a time that the key trusted may be of that day.
        codes = [code for code in codes if not code[2] or begin <= code[1] < end]
    told = [row(found, loan, names) for loan in loans]
    typed = [
        (when_of(time, trusted), Path(path).stem, account, tr(journal.WORDS[how]))
        for path, time, trusted, account, how in codes
    ]
    tables = [[tuple(map(tr, head)), *rows] for head, rows in ((HEAD, told), (_CODES, typed)) if rows]
    if file:
        write_sheet(file, [line for table in tables for line in table])
    else:
        for table in tables:
            give_table([tuple(map(visible, line)) for line in table])
    _tell(found, day, bool(told))


def _tell(found: lending.Book, day: datetime | None, any_ran: bool) -> None:
    if day:
        say(tr("Whoever had this key itself could sign in with each of its accounts, too."))
    if not any_ran:
        say(tr("No loan ran on that day.") if day else tr("This key has lent nothing by a file."))
    for gap in gaps(found):
        warn(gap)


def _journal(path: str) -> list[tuple[int, bool, str, str]]:
    """The entries in a file of `totpkey journal --csv`. Raise Unreadable."""
    try:
        return journal.read_csv(read_file(path))
    except ValueError:
        raise errors.Unreadable(
            tr("{path} is no journal of a key.", path=visible(path)),
            tr("Make it at the other key: `totpkey journal --csv FILE`."),
        ) from None
