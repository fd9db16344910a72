"""totpkey loans"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import click

from totpkey import errors
from totpkey.cli.input.files import read_file
from totpkey.cli.input.whole_number import WholeNumber
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.loans import HEAD, gaps, row
from totpkey.cli.keys.new_files import write_sheet
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import give_table, say, visible, warn
from totpkey.clock.phrases import when_of
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.journal import chain, sheet
from totpkey.lending import book

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
def command(
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
        found = book.read(connection.client.loans())
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
        (when_of(time, trusted), Path(path).stem, account, tr(chain.WORDS[how]))
        for path, time, trusted, account, how in codes
    ]
    tables = [[tuple(map(tr, head)), *rows] for head, rows in ((HEAD, told), (_CODES, typed)) if rows]
    if file:
        write_sheet(file, [line for table in tables for line in table])
    else:
        for table in tables:
            give_table([tuple(map(visible, line)) for line in table])
    _tell(found, day, bool(told))


def _tell(found: book.Book, day: datetime | None, any_ran: bool) -> None:
    if day:
        say(tr("Whoever had this key itself could sign in with each of its accounts, too."))
    if not any_ran:
        say(tr("No loan ran on that day.") if day else tr("This key has lent nothing by a file."))
    for gap in gaps(found):
        warn(gap)


def _journal(path: str) -> list[tuple[int, bool, str, str]]:
    """The entries in a file of `totpkey journal --csv`. Raise Unreadable."""
    try:
        return sheet.read(read_file(path))
    except ValueError:
        raise errors.Unreadable(
            tr("{path} is no journal of a key.", path=visible(path)),
            tr("Make it at the other key: `totpkey journal --csv FILE`."),
        ) from None
