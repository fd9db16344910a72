"""totpkey journal"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from totpkey import journal as journals
from totpkey.cli import exits
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.keys.connect import Selection, connected, require_open
from totpkey.cli.keys.new_files import write_sheet
from totpkey.cli.output import give_json, give_table, say, visible, warn
from totpkey.clock.phrases import moment, when_of
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.journal import Entry, Finding, Journal, Seen
from totpkey.link.replies import StoredAccount
from totpkey.system import times

_HEAD = (_("NUMBER"), _("TIME"), _("ACCOUNT"), _("HOW"))
_FINDINGS = {
    journals.REWOUND: _(
        "The key tells of fewer codes than on {date} ({count} fewer): an older image of its flash was put"
        " back, or the end of its journal was cut off."
    ),
    journals.REPLACED: _(
        "The codes up to {date} are not those that this computer saw then: an older image of the key's flash"
        " was put back, and the key was used since."
    ),
    journals.ANEW: _(
        "The journal began anew since {date}: the key was erased, or its journal was damaged or taken out."
    ),
    journals.BROKEN: _("The journal's chain of hashes is broken."),
    journals.UNSEEN: _(
        "A gap, codes: {count}. The key keeps the last {kept}, and gave more since this computer looked on"
        " {date}. Read the journal more often."
    ),
    journals.LOST_MARKS: _(
        "Places where marks are missing: {count}. Older firmware was in use, or the key's flash was changed."
    ),
    journals.TORN_MARKS: _(
        "Places where a mark is not whole: {count}. Power was cut while it was written, or flash is worn. A"
        " code may be missing there."
    ),
    journals.UNPROVED: _(
        "Entries that are not proved: {count}. Older firmware made them, or somebody wrote into the key's"
        " flash."
    ),
}


@click.command("journal")
@click.argument("name", metavar="[ACCOUNT]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "file", metavar="FILE", help="Write a table for spreadsheet programs; - prints it.")
@click.option(
    "--accept", is_flag=True, help="From now on take the journal as it is, after something was odd."
)
@click.pass_obj
def command(selection: Selection, name: str, as_json: bool, file: str | None, accept: bool) -> int:
    """Show the last codes that the key gave, when and how, and check that none was taken out.

    With ACCOUNT (its id, its name or a part of it) only that account's. This computer remembers how far the
    journal went. When a key is back that you lent, it names a gap, and whether an older image of its flash
    was put back. Exit code 1 if it was, 7 if not all can be checked. What no journal can show is in
    docs/concepts/journal.md.
    """
    if as_json and file:
        raise click.UsageError(tr("--json and --csv do not go together."))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        key, accounts = connection.hello.key, connection.client.list()
        journal = journals.read(connection.client.journal())
    names = {account.account: account.name for account in accounts}
    shown = _chosen(journal, accounts, name)
    before = journals.last(key)
    found = journals.findings(journal, before)
    if as_json:
        give_json(_data(key, journal, shown, names, before, found))
    elif file:
        write_sheet(file, [journals.HEAD, *(_cells(entry, names) for entry in shown)])
    elif shown:
        give_table([tuple(map(tr, _HEAD)), *(_row(entry, names) for entry in shown)])
    _tell(journal, before, found)
    odd = any(finding.kind not in journals.MILD for finding in found)
    if accept or not odd:
        _remember(key, journal)
    return exits.ERROR if odd and not accept else exits.PARTIAL if found and not accept else exits.OK


def _chosen(journal: Journal, accounts: Sequence[StoredAccount], name: str) -> list[Entry]:
    """The entries to show. An account that was removed has only its id."""
    if not name:
        return list(journal.entries)
    wanted = name.lower()
    if not any(entry.account == wanted and entry.is_code for entry in journal.entries):
        wanted = find_account(accounts, name).account
    return [entry for entry in journal.entries if entry.account == wanted or not entry.is_code]


def _row(entry: Entry, names: dict[str, str]) -> tuple[str, ...]:
    when = when_of(entry.time, entry.trusted)
    account = visible(names.get(entry.account, entry.account))
    how = tr(journals.WORDS[entry.how])
    return (str(entry.number), when, account, how) if entry.is_code else (str(entry.number), "-", "-", how)


def _cells(entry: Entry, names: dict[str, str]) -> tuple[str, ...]:
    when = moment(entry.time) if entry.time else ""
    name = visible(names.get(entry.account, ""))
    account = entry.account if entry.is_code else ""
    trusted = ("no", "yes")[entry.trusted] if entry.time else ""
    return str(entry.number), when, trusted, account, name, entry.how, entry.hash


def _data(
    key: str,
    journal: Journal,
    shown: Sequence[Entry],
    names: dict[str, str],
    before: Seen | None,
    found: Sequence[Finding],
) -> dict[str, object]:
    entries = [
        asdict(entry)
        | {"account": entry.account if entry.is_code else None, "time": entry.time or None}
        | {"name": names.get(entry.account) if entry.is_code else None}
        for entry in shown
    ]
    return {
        "key": key,
        "journal": journal.name,
        "count": journal.count,
        "dropped": journal.dropped,
        "before": journal.before,
        "hash": journal.hash,
        "seen": asdict(before) if before else None,
        "findings": [asdict(finding) for finding in found],
        "entries": entries,
    }


def _tell(journal: Journal, before: Seen | None, found: Sequence[Finding]) -> None:
    date = moment(before.time) if before else ""
    for finding in found:
        text = tr(_FINDINGS[finding.kind])
        warn(text.format(count=finding.count, date=date, kept=len(journal.entries)))
    said = tr(
        "Checked. Entries: {kept}, ever: {count}. The hash up to number {count} is {hash}.",
        kept=len(journal.entries),
        count=journal.count,
        hash=journal.hash,
    )
    say(said)
    if before is None:
        say(tr("This computer sees this journal for the first time, and remembers it."))
    elif not found:
        say(
            tr(
                "The chain is whole, from what this computer saw on {date}: {count}.",
                date=date,
                count=before.count,
            )
        )
    if any(finding.kind not in journals.MILD for finding in found):
        say(tr("This computer goes on remembering what it saw, until `totpkey journal --accept`."))


def _remember(key: str, journal: Journal) -> None:
    try:
        journals.keep(key, Seen(journal.name, journal.count, journal.hash, int(times.now())))
    except OSError:
        warn(tr("This computer cannot remember what it saw: its folder for that cannot be written."))
