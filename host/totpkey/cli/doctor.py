"""totpkey doctor"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.asking import confirmed
from totpkey.cli.output import give, give_json, say, table, visible
from totpkey.cli.session import Selection, connected
from totpkey.doctor import board, udev
from totpkey.doctor.rows import FAULT, Row

_MARKS = {"ok": "ok", "warning": "look", "fault": "WRONG"}


@click.command("doctor", short_help="Look for what is wrong with the key, its board and this computer.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--fix", is_flag=True, help="Put this computer's rule for keys in place, after asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(selection: Selection, as_json: bool, fix: bool, yes: bool) -> None:
    """Look at one thing after the other; exit code 1 if something is wrong. The key has to be in setup."""
    if fix:
        _fix(yes)
        return
    rows = [row for row in (udev.row(),) if row]
    rows += _board(selection)
    if as_json:
        give_json([vars(row) for row in rows])
    else:
        _show(rows)
    if any(row.state == FAULT for row in rows):
        raise click.exceptions.Exit(exits.ERROR)


def _board(selection: Selection) -> list[Row]:
    try:
        with connected(selection) as connection:
            client = connection.client
            return board.rows(connection.hello, client.firmware(), client.health())
    except errors.TotpkeyError as error:
        return [Row("key", FAULT, error.cause, error.remedy)]


def _show(rows: list[Row]) -> None:
    for line in table([(_MARKS[row.state], row.subject, visible(row.told)) for row in rows]):
        give(line)
    for row in rows:
        if row.remedy:
            say(f"{row.subject}: {row.remedy}")


def _fix(yes: bool) -> None:
    found = udev.row()
    if found is None:
        say("There is nothing to put in place on this system.")
        return
    if not found.remedy:
        say(f"Nothing to do: {found.told}.")
        return
    for step in udev.steps():
        say(f"  {step}")
    if not yes and not confirmed("This does the above"):
        raise errors.Declined("Nothing was changed.")
    udev.fix()
    say("Done. Unplug the key and plug it in.")
