"""totpkey backup"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from totpkey import errors, lending
from totpkey.accounts.account import Account
from totpkey.backups import backup_file, drills, exports, paper, sheets
from totpkey.backups.backup_file import Backup
from totpkey.cli import exits
from totpkey.cli.input import backups as sheet_screen
from totpkey.cli.input.backups import (
    Scheme,
    backup_data,
    files_argument,
    open_backup,
    read_notes,
    shares_option,
    shown_notes,
    stdin_option,
    unsealed,
)
from totpkey.cli.input.files import read_file
from totpkey.cli.input.no_secrets_in_argv import PassphraseCommand
from totpkey.cli.input.prompts import new_passphrase, present_passphrase
from totpkey.cli.keys import loans
from totpkey.cli.keys.add_many import counted
from totpkey.cli.keys.connect import Selection, connected, require_open
from totpkey.cli.keys.new_files import refuse_existing, write_file
from totpkey.cli.output import give, give_bright, say, visible, warn
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey.locks import passphrase
from totpkey.system import times
from totpkey_protocol.errors import UNKNOWN_COMMAND
from totpkey_protocol.words import HOTP

_force = click.option("-f", "--force", is_flag=True, help="Overwrite an existing file.")


class _BackupGroup(click.Group):
    """Lets `backup FILE` make a backup beside subcommands such as `backup verify FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] == "--drill":
            args = ["drill", *args[1:]]
        # A file, or options before one, belong to `make`.
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Include the options of `make`, which users run without its name."""
        params = [*self.commands["make"].params, *self.get_params(ctx)]
        records = [param.get_help_record(ctx) for param in params if isinstance(param, click.Option)]
        with formatter.section(tr("Options")):
            formatter.write_dl([record for record in records if record])
        self.format_commands(ctx, formatter)


@click.group(
    "backup",
    cls=_BackupGroup,
    subcommand_metavar="FILE | verify FILE... | drill FILE... | print FILE PDF | split FILE... |"
    " open FILE...",
)
def command() -> None:
    """Keep all accounts of the key in FILE, encrypted with a passphrase you choose.

    `backup verify FILE` tells without a key whether a backup opens and what is in it; `totpkey restore FILE`
    puts it onto a key. `backup drill FILE`, or `backup --drill FILE`, tries that out on a simulated key.
    `backup split FILE` puts the passphrase on sheets of words, of which some together open the backup.
    `backup open FILE` gives its accounts to another authenticator.
    """


@command.command("make", cls=PassphraseCommand, hidden=True)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--notes", metavar="FILE", help="Keep this text (UTF-8) in it too, such as the sites' recovery codes."
)
@_force
@stdin_option
@click.pass_obj
def make(selection: Selection, file: str, notes: str | None, force: bool, from_stdin: bool) -> None:
    """Write a backup."""
    refuse_existing(file, force)
    text = read_notes(notes) if notes else ""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        if not connection.client.slots().export:
            raise errors.KeyNotReady(
                tr("This key never exports accounts: that was switched off for good when it was set up."),
                tr("Keep a second key instead: add each account to both."),
            )
        refuse_lost(connection.client.list())
        phrase = new_passphrase(from_stdin)
        parameters = passphrase.new_parameters()
        derived = passphrase.derive(phrase, parameters)
        records = list(connection.client.export(derived))
        stored = connection.client.list()
        names = [account.name for account in stored if not account.end]
        lent = _book(connection.client, {account.account: account.name for account in stored})
        text = "\n\n".join(filter(None, (text, lent)))
        made = backup_file.make(connection.hello.key, int(times.now()), derived, parameters, records, text)
        opened = backup_file.unseal(backup_file.read(backup_file.write(made)), phrase)
        if [account.name for account in opened.accounts] != names:
            raise errors.BadReply(
                tr("The accounts that the key exported are not those that it lists."),
                tr("Run the command again."),
            )
        write_file(Path(file), backup_file.write(made))
        say(
            tr(
                "Saved in {file}: {accounts}; read back and checked.",
                accounts=counted(len(records)),
                file=file,
            )
        )
        # The key remembers the backup, so that `totpkey doctor` can tell its age.
        connection.client.note_backup(derived, len(stored))
    _tell_of_lent(stored)
    say(tr("Keep it apart from the key. Without its passphrase nobody can open it, and neither can you."))


def _book(client: KeyClient, names: dict[str, str]) -> str:
    """What the key has lent, for the notes. Older firmware has no book."""
    try:
        return loans.notes(lending.read_book(client.loans()), names)
    except errors.KeyRefused as refused:
        if refused.code != UNKNOWN_COMMAND:
            raise
        return ""


def _tell_of_lent(stored: Sequence[StoredAccount]) -> None:
    lent = [account for account in stored if account.end]
    if lent:
        names = visible(", ".join(account.name for account in lent))
        say(tr("It leaves out what is lent, and has an end: {names}.", names=names))


@command.command(
    "verify", cls=PassphraseCommand, short_help="Tell whether a backup opens, and what is in it."
)
@files_argument
@click.option("--notes", is_flag=True, help="Print the notes that are kept in it.")
@shares_option
@stdin_option
def verify(files: Sequence[str], notes: bool, shares: bool, from_stdin: bool) -> None:
    """Tell whether a backup opens, and what is in it, without a key. Secrets are not shown.

    FILE is a backup, or photos or scans of all pages of one on paper.
    """
    sealed, opened = open_backup(files, from_stdin, shares=shares)
    if notes:
        give(shown_notes(opened.notes))
        return
    for account in opened.accounts:
        give(visible(account.name))
    say(
        tr(
            "The backup is intact: {accounts} of key {key}, made on {sealed}.",
            accounts=counted(len(opened.accounts)),
            key=visible(sealed.key),
            sealed=_day(sealed),
        )
    )
    if opened.notes:
        say(tr("It holds notes too: --notes prints them."))


@command.command(
    "drill", cls=PassphraseCommand, short_help="Restore a backup onto a simulated key, and compare all."
)
@files_argument
@shares_option
@stdin_option
@click.pass_obj
def drill(selection: Selection, files: Sequence[str], shares: bool, from_stdin: bool) -> int:
    """Prove that FILE and its passphrase restore every account, without a key.

    This restores the backup onto a simulated key in this process, cuts that key's power, and compares order,
    names, settings and a code of each account. It changes no key and writes no account to disk. If a key is
    in setup, it also says which of that key's accounts the backup lacks. `totpkey doctor` says when the last
    drill was.
    """
    data = backup_data(files)
    accounts = unsealed(data, from_stdin, shares)[1].accounts
    if not accounts:
        raise errors.InvalidBackup(tr("The backup holds no accounts."))
    _rehearse(accounts)
    _note_drill(data)
    return _compare_with_key(selection, accounts)


def _rehearse(accounts: Sequence[Account]) -> None:
    """Run the drill and say what came of it. Raise InvalidBackup unless all came back."""
    # The simulator would slow the start of all other commands, and totpkey.exe has none.
    try:
        from totpkey.cli.simulation.drill import drill as run_drill
    except ImportError:
        raise errors.LibraryMissing(
            tr("This totpkey has no simulated key to restore the backup onto."),
            tr("Run the drill with the totpkey that is installed with Python: `pipx install totpkey-….whl`."),
        ) from None

    say(tr("Restoring onto a simulated key…"))
    drilled = run_drill(accounts)
    if drilled.wrong:
        raise errors.InvalidBackup(
            tr("The drill failed: {names} came back wrong.", names=visible(", ".join(drilled.wrong))),
            tr("Make a new backup, and report this: it is a fault in totpkey."),
        )
    say(
        tr(
            "The drill succeeded: {accounts}; order, names, settings and codes are those of the backup.",
            accounts=counted(len(drilled.accounts)),
        )
    )
    for new, old in drilled.renamed:
        say(
            tr(
                "{old} comes back as {new}, for another account has its name.",
                old=visible(old),
                new=visible(new),
            )
        )
    if drilled.needs_layout:
        say(tr("Some type letters: run `totpkey calibrate` on a new key before you restore."))


def _note_drill(data: bytes) -> None:
    try:
        drills.keep(data)
    except OSError as problem:
        warn(tr("When this drill was could not be noted: {reason}.", reason=problem.strerror))


def _compare_with_key(selection: Selection, accounts: Sequence[Account]) -> int:
    """Say which accounts of the connected key the backup lacks. Without a key there is nothing to compare."""
    try:
        with connected(selection) as connection:
            require_open(connection.hello.state)
            stored, key = connection.client.list(), visible(connection.hello.key)
    except errors.TotpkeyError as problem:
        if selection != Selection():
            raise
        say(tr("It was compared with no key. {cause}", cause=problem.cause))
        return exits.OK
    lacking = plan.lacking([account for account in stored if not account.end], accounts)
    for account in lacking:
        say(tr("The backup lacks {name}, which is on key {key}.", name=visible(account.name), key=key))
    if not lacking:
        say(tr("It has all accounts of key {key}, by names and settings.", key=key))
    return exits.PARTIAL if lacking else exits.OK


@command.command("print", cls=PassphraseCommand, short_help="Put a backup on paper, as QR codes.")
@click.argument("file", type=click.Path(dir_okay=False))
@click.argument("pdf", type=click.Path(dir_okay=False))
@_force
def print_pages(file: str, pdf: str, force: bool) -> None:
    """Write the backup FILE as QR codes into PDF, to be printed. It stays encrypted.

    `totpkey restore` reads it back from photos or scans of all pages.
    """
    refuse_existing(pdf, force)
    data = read_file(file)
    sealed = backup_file.read(data)
    title = f"totpkey backup of key {visible(sealed.key)}, made {_day(sealed)}"
    write_file(Path(pdf), paper.print_pages(data, title))
    count = len(paper.codes(data))
    say(
        tr(
            "Written: {pdf}, with {count} QR codes. Print it, then see whether `totpkey backup "
            "verify` reads it.",
            pdf=pdf,
            count=count,
        )
    )


@command.command("split", cls=PassphraseCommand, short_help="Split the passphrase into sheets of words.")
@files_argument
@click.option(
    "--shares",
    "scheme",
    type=Scheme(),
    default="2of3",
    show_default=True,
    help="How many sheets open the backup, and how many there are.",
)
@click.option("-o", "--output", metavar="PDF", help="Write the sheets to PDF, for its owner alone to read.")
@_force
@stdin_option
def split(
    files: Sequence[str], scheme: tuple[int, int], output: str | None, force: bool, from_stdin: bool
) -> None:
    """Split the passphrase of the backup FILE into sheets of words (SLIP-39), for several people.

    Two of three sheets, or as --shares says, open this backup and each later one with the same passphrase;
    fewer say nothing of it. Without -o, the sheets come to this terminal one by one, to be copied by hand.
    """
    if output is None and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(tr("Sheets can be shown in a terminal or, with -o, written to a file."))
    refuse_existing(output or "", force)
    data = backup_data(files)
    phrase = present_passphrase(from_stdin)
    sealed = backup_file.read(data)
    backup_file.unseal(sealed, phrase)
    needed, count = scheme
    made = sheets.split(phrase, needed, count)
    if output:
        write_file(Path(output), sheets.print_pages(made, visible(sealed.key)))
        say(tr("Written: {file}. Print it, delete it, and empty the trash.", file=visible(output)))
    else:
        sheet_screen.show(made)
    say(
        tr(
            "Any {needed} of the {count} sheets open the backup with --shares. Try it: `totpkey backup drill"
            " FILE --shares`. Then give each to another person.",
            needed=needed,
            count=count,
        )
    )


@command.command("open", cls=PassphraseCommand, short_help="Give out the accounts of a backup, with secrets.")
@files_argument
@click.option(
    "--qr", "as_codes", is_flag=True, help="As QR codes to scan with a phone; with -o as a PDF file."
)
@click.option("--cxf", "as_exchange", is_flag=True, help="As a CXF file, which password managers import.")
@click.option("-o", "--output", metavar="FILE", help="Write it to FILE, for its owner alone to read.")
@_force
@shares_option
def give_out(
    files: Sequence[str], as_codes: bool, as_exchange: bool, output: str | None, force: bool, shares: bool
) -> None:
    """Give out what is in a backup, as otpauth:// links with their secrets, for another authenticator.

    It comes to this terminal or into a file, after you have typed the passphrase and a word. The key itself
    gives no secret out. FILE is a backup, or photos or scans of all pages of one on paper.
    """
    if as_codes and as_exchange:
        raise click.UsageError(tr("Choose one of --qr and --cxf."))
    if output is None and not sys.stdout.isatty():
        raise click.UsageError(
            tr(
                "Secrets can be shown in a terminal or, with -o, written to a file,"
                " but not sent through a pipe."
            )
        )
    refuse_existing(output or "", force)
    accounts = open_backup(files, from_stdin=False, shares=shares)[1].accounts
    if not accounts:
        raise errors.InvalidBackup(tr("The backup holds no accounts."))
    _confirm_giving_out(len(accounts), output)
    if output:
        write_file(Path(output), _plain(accounts, as_codes, as_exchange))
        say(tr("Written: {file}. Delete it once it is imported, and empty the trash.", file=visible(output)))
    elif as_codes:
        _show_codes(accounts)
    else:
        give(_plain(accounts, False, as_exchange).decode().rstrip("\n"))
    others = sum(not exports.fits_exchange(account) for account in accounts) if as_exchange else 0
    if others:
        say(
            tr(
                "CXF has no place for the codes of {accounts}: by counter, Steam's, or of long periods. Their"
                " otpauth:// links are in fields of their own. See whether the other program takes them.",
                accounts=counted(others),
            )
        )
    if any(account.type == HOTP for account in accounts):
        say(tr("Accounts that count go on from the backup's counter: codes used since then no longer work."))


def _plain(accounts: Sequence[Account], as_codes: bool, as_exchange: bool) -> bytes:
    if as_exchange:
        return exports.exchange_document(accounts, int(times.now()))
    return exports.pages(accounts) if as_codes else exports.listed(accounts).encode()


def _confirm_giving_out(count: int, output: str | None) -> None:
    where = visible(output) if output else tr("this terminal")
    question = tr(
        "This writes {accounts} to {where}, secrets included. Anyone who reads them can log in as you.\n"
        "Type the word open to go on",
        accounts=counted(count),
        where=where,
    )
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    if answer.strip().lower() != "open":
        raise errors.Declined(tr("Nothing was written out."))


def _show_codes(accounts: Sequence[Account]) -> None:
    """Show one code at a time, so that a phone sees only one, and leave none on the screen."""
    for number, account in enumerate(accounts, 1):
        click.clear()
        give(f"{number}/{len(accounts)}  {visible(account.name)}")
        for line in exports.blocks(account):
            give_bright(line)
        click.prompt(tr("Scan it, then press Enter"), default="", show_default=False, err=True)
    click.clear()


def refuse_lost(accounts: Sequence[StoredAccount]) -> None:
    """Report unreadable accounts before the user enters anything. Raise KeyNotReady."""
    lost = [account.account for account in accounts if account.lost]
    if lost:
        raise errors.KeyNotReady(
            tr(
                "Nothing was written: the key cannot read {lost} ({lost_2}).",
                lost=counted(len(lost)),
                lost_2=", ".join(lost),
            ),
            "\n".join(tr("Remove it: `totpkey remove {account}`.", account=account) for account in lost)
            + tr("\nThen make the backup. What an earlier backup has of it, `totpkey restore` brings back."),
        )


def _day(sealed: Backup) -> str:
    return datetime.fromtimestamp(sealed.made, UTC).date().isoformat() if 0 <= sealed.made < 1 << 37 else "?"
