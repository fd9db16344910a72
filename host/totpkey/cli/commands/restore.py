"""totpkey restore"""

from __future__ import annotations

from collections.abc import Sequence

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.input.backups import files_argument, open_backup, shares_option, stdin_option
from totpkey.cli.input.no_secrets_in_argv import PassphraseCommand
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.add_many import add_all, counted, draw
from totpkey.cli.keys.connect import Selection, connected, require_ready
from totpkey.cli.output import visible
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.plan import Contents, Found
from totpkey.link.replies import StoredAccount


@click.command("restore", cls=PassphraseCommand)
@files_argument
@click.option(
    "--qr",
    "on_paper",
    is_flag=True,
    help="FILE are pictures of a backup on paper; else they are known by their content.",
)
@click.option("--replace", is_flag=True, help="Also remove what is not in the backup, each after a gesture.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its button.")
@shares_option
@stdin_option
@click.pass_obj
def command(
    selection: Selection,
    files: Sequence[str],
    on_paper: bool,
    replace: bool,
    dry_run: bool,
    force: bool,
    shares: bool,
    from_stdin: bool,
) -> int:
    """Put the accounts of a backup onto a key, by one gesture. What the key has already stays as it is.

    FILE is a backup, or photos or scans of all pages of one on paper. Shows first what will change. Locks are
    not in a backup: set a PIN or passphrase on the new key.
    """
    sealed, opened = open_backup(files, from_stdin, on_paper, shares)
    contents = Contents(tr("Backup of key {key}", key=visible(sealed.key)))
    contents.found = [Found(f"entry {n}", account) for n, account in enumerate(opened.accounts, 1)]
    with connected(selection) as connection:
        require_ready(connection.hello.state)
        stored = connection.client.list()
        planned = plan.make(contents, stored)
        surplus: tuple[StoredAccount, ...] = ()
        if replace:
            planned, surplus = plan.replacing(planned, stored)
        # Two accounts may have the same name; the id tells which one is removed.
        removed = [f"{account.name} ({account.account})" for account in surplus]
        draw(contents, planned, stderr=not dry_run, removed=removed)
        if dry_run or not (planned.additions or surplus):
            return exits.OK
        if not force and not confirmed(_question(len(planned.additions), len(surplus))):
            raise errors.Declined(tr("Nothing was changed."))
        for account in surplus:
            connection.client.remove(account.account)
        if planned.additions:
            add_all(connection.client, planned)
    return exits.PARTIAL if planned.lost else exits.OK


def _question(added: int, removed: int) -> str:
    if not removed:
        return tr("Add {accounts}", accounts=counted(added))
    if not added:
        return tr("Remove {removed} for good", removed=counted(removed))
    return tr("Add {added} and remove {removed} for good", added=counted(added), removed=counted(removed))
