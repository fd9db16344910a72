"""totpkey import"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.input import files
from totpkey.cli.input.no_secrets_in_argv import PassphraseCommand
from totpkey.cli.input.prompts import ask_hidden, confirmed, read_stdin
from totpkey.cli.keys.add_many import add_all, counted, draw
from totpkey.cli.keys.connect import Selection, connected, require_ready
from totpkey.cli.output import give_json, say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.plan import Contents, Plan

_DELETE = _("Delete the export, and empty the trash: anyone who finds it has your secrets.")
_KEEP = _(
    "Keep the export for now: it may hold accounts that are not on the key. Once those are safe too,"
    " delete it, and empty the trash: anyone who finds it has your secrets."
)

_SETTINGS = ("type", "algorithm", "digits", "period", "counter")


@click.command("import", cls=PassphraseCommand)
@click.argument("names", metavar="[FILE]...", nargs=-1)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its button.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the export's password from standard input.")
@click.option(
    "--patient", is_flag=True, help="Open a file whose password costs up to an hour and 4 GiB of memory."
)
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: print JSON.")
@click.pass_obj
def command(
    selection: Selection,
    names: Sequence[str],
    dry_run: bool,
    force: bool,
    from_stdin: bool,
    patient: bool,
    as_json: bool,
) -> int:
    """Add all accounts of an export by one gesture at the key's button.

    FILE is an export, a picture or PDF with QR codes, or - for standard input; without one you are asked
    for a link, which does not show. Known are Google Authenticator, Aegis, 2FAS, andOTP, Bitwarden, FreeOTP,
    Proton, Ente Auth, Stratum, LastPass, Raivo, 1Password, Apple Passwords, KeePass and others, and lists of
    otpauth:// links. Give all pictures of a Google Authenticator export in one go.
    """
    if as_json and not dry_run:
        raise click.UsageError(tr("--json goes with --dry-run."))
    if from_stdin and "-" in names:
        raise click.UsageError(tr("Standard input can hold the export or its password, not both."))

    def ask(app: str) -> str:
        password = _password() if from_stdin else ask_hidden(tr("Password of the {app} export", app=app))
        # Some apps derive the key from the password with a gigabyte of memory.
        if patient:
            say(tr("Opening the export: this can take an hour. Ctrl-C ends it."))
        else:
            say(tr("Opening the export: this can take half a minute."))
        return password

    contents = files.contents(names, ask, patient)
    for warning in contents.warnings:
        warn(warning)
    if dry_run:
        _show(contents, _planned_without_key(selection, contents), as_json)
        return exits.OK
    with connected(selection) as connection:
        require_ready(connection.hello.state)
        planned = plan.make(contents, connection.client.list())
        doubtful = any(addition.is_doubtful for addition in planned.additions)
        whole = not (planned.lost or contents.warnings or doubtful)
        draw(contents, planned, stderr=True)
        if planned.additions:
            if not force and not confirmed(tr("Add {accounts}", accounts=counted(len(planned.additions)))):
                raise errors.Declined(tr("Nothing was added."))
            add_all(connection.client, planned)
            _say_what_comes_next(planned, whole)
    return exits.OK if whole else exits.PARTIAL


def _say_what_comes_next(planned: Plan, whole: bool) -> None:
    if planned.taken_for_known:
        say(
            tr(
                "Compared by name and settings only, not by secret: {count} of the export's accounts."
                " Before you delete the export, check that the key's codes for them are the same as the"
                " app's (`totpkey code NAME`).",
                count=planned.taken_for_known,
            )
        )
    say(tr(_DELETE if whole else _KEEP))


def _password() -> str:
    return read_stdin(_("password")).removesuffix("\n").removesuffix("\r")


def _planned_without_key(selection: Selection, contents: Contents) -> Plan:
    """Return the plan for the connected key, or for an empty one if there is none."""
    try:
        with connected(selection) as connection:
            return plan.make(contents, connection.client.list())
    except errors.TotpkeyError as problem:
        warn(tr("Not compared with what is on a key. {cause}", cause=problem.cause))
        return plan.make(contents, ())


def _show(contents: Contents, planned: Plan, as_json: bool) -> None:
    if not as_json:
        draw(contents, planned, stderr=False)
        return
    additions = [
        {name: getattr(a.account, name) for name in ("issuer", "label", *_SETTINGS)}
        | {"renamed": a.renamed, "notes": list(a.notes)}
        for a in planned.additions
    ]
    skipped = [asdict(omission) for omission in planned.omissions]
    give_json({"format": contents.format, "add": additions, "skip": skipped, "warnings": contents.warnings})
