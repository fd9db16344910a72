"""totpkey doctor"""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from totpkey import errors
from totpkey.backups import drills
from totpkey.cli import exits
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give, give_json, give_table, say, visible
from totpkey.clock import host_clock
from totpkey.clock.synchronise import measure
from totpkey.doctor import board, examination, of_drives, of_key, udev
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN, Case, Finding, KeyCase
from totpkey.doctor.examination import examine
from totpkey.i18n.translation import joined, tr
from totpkey.i18n.translation import mark as _
from totpkey.system import times
from totpkey_protocol.words import BLANK, DOUBTFUL, OPEN, TRUSTED

_MARKS = {GOOD: _("OK"), ODD: _("note"), BAD: _("BAD"), UNKNOWN: "?"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--report", "as_report", is_flag=True, help="Print a report for an issue, without what is yours."
)
@click.option("--fix", is_flag=True, help="Put this computer's rule for keys in place, after asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(selection: Selection, as_json: bool, as_report: bool, fix: bool, yes: bool) -> int:
    """Look at the key's clock, battery, board, firmware and lock, and at what this computer makes of it.

    Works without a key, too, and then says why none was reached. Gives exit code 1 if anything is bad.

    --report prints what the project needs in an issue. It leaves out the key's id, your name and your home
    folder, and never has names of accounts.
    """
    if fix:
        _fix(yes)
        return exits.OK
    key, hindrance = _key(selection)
    last = drills.last() or drills.Drill(0, "")
    status, drives = host_clock.status(), tuple(of_drives.findings())
    case = Case(key, status, times.now(), drives, hindrance, last.time, last.file)
    findings = [_reached(key, hindrance), *examine(case)]
    if as_report:
        for line in examination.report_lines(case, findings):
            give(visible(line))
    elif as_json:
        give_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    return exits.ERROR if any(finding.grade == BAD for finding in findings) else exits.OK


def _key(selection: Selection) -> tuple[KeyCase | None, errors.TotpkeyError | None]:
    try:
        with connected(selection) as connection:
            client, hello = connection.client, connection.hello
            slots = None if hello.state == BLANK else client.slots()
            offset = measure(client) if hello.clock in (TRUSTED, DOUBTFUL) else None
            clock = client.clock()
            rows = board.rows(hello, client.firmware(), client.health(), clock)
            case = KeyCase(connection.port, hello, clock, slots, offset, board=tuple(rows))
            if hello.state == OPEN:
                case = replace(case, typing=client.typing(), backup=client.backup())
            if slots and slots.element:
                case = replace(case, element_fault=of_key.element_fault(client))
            return case, None
    except errors.TotpkeyError as error:
        return None, error


def _reached(key: KeyCase | None, hindrance: errors.TotpkeyError | None) -> Finding:
    if key:
        return Finding(_("key"), GOOD, tr("{key} on {port}", key=key.hello.key, port=key.port))
    return (
        Finding(_("key"), BAD, hindrance.cause, hindrance.remedy)
        if hindrance
        else Finding(_("key"), BAD, tr("none"))
    )


def _print(findings: list[Finding]) -> None:
    give_table([(tr(_MARKS[found.grade]), tr(found.name), visible(found.detail)) for found in findings])
    for found in findings:
        if found.remedy:
            say("")
            head = tr("{name}:", name=tr(found.name))
            say(joined(head, visible(found.detail)) if found.grade != GOOD else head)
            for line in found.remedy.splitlines():
                say(f"  {visible(line)}")


def _fix(yes: bool) -> None:
    found = udev.row()
    if found is None:
        say(tr("There is nothing to put in place on this system."))
        return
    if not found.remedy:
        say(tr("Nothing to do: {detail}.", detail=found.detail))
        return
    for step in udev.steps():
        say(f"  {step}")
    if not yes and not confirmed(tr("This does the above")):
        raise errors.Declined(tr("Nothing was changed."))
    udev.fix()
    say(tr("Done. Unplug the key and plug it in."))
