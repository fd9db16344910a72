"""totpkey board-test"""

from __future__ import annotations

import time
from pathlib import Path

import click

from totpkey import errors
from totpkey.board_test import report
from totpkey.board_test.course import Outcome, Plan, run
from totpkey.cli import exits
from totpkey.cli.input.typed_keys import require_terminal
from totpkey.cli.keys.board_bench import JigBench, TerminalBench
from totpkey.cli.keys.connect import Selection
from totpkey.cli.output import give, give_table, say, visible
from totpkey.i18n.translation import tr
from totpkey.system import whole_files

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
#: Minutes of comparing the clock: with a person, and in a jig.
_MINUTES, _MINUTES_OF_A_JIG = 10.0, 1.0


@click.command("board-test")
@click.option(
    "--minutes", type=click.FloatRange(0, 1440), help="How long the clock is compared. 0: not at all."
)
@click.option("--cuts", type=click.IntRange(0, 100), default=20, help="How many cuts of power to ask for.")
@click.option("--element", is_flag=True, help="This board should have a secure element.")
@click.option("--no-flash", is_flag=True, help="Leave out the size of the flash.")
@click.option("--out", type=_folder, default=".", help="Folder for the report.")
@click.option("--jig", is_flag=True, help="Ask nothing, and write one line to a log.")
@click.option("--finger", default="", metavar="PORT", help="A second Pico presses and unplugs.")
@click.option(
    "--log",
    type=click.Path(dir_okay=False, path_type=Path),
    default="board-test.log",
    metavar="FILE",
    help="Log of a jig.",
)
@click.pass_obj
def command(
    selection: Selection,
    minutes: float | None,
    cuts: int,
    element: bool,
    no_flash: bool,
    out: Path,
    jig: bool,
    finger: str,
    log: Path,
) -> int:
    """Test a board that has the firmware and no accounts yet: flash, clock, button, light, typing, power.

    It says what to do, step by step, and takes half an hour. At the end it writes a report as JSON and as a
    page, which can be attached to an issue: nothing in it identifies the board or you.

    Gives exit code 1 if the board has a fault.
    """
    if minutes is None:
        minutes = _MINUTES_OF_A_JIG if jig else _MINUTES
    plan = Plan(minutes, cuts, element, not no_flash)
    bench = _bench(selection, jig, finger)
    outcome = run(bench, plan)
    if jig:
        return _log(outcome, log)
    _print(outcome)
    _write(outcome, plan, out)
    return exits.ERROR if outcome.faults else exits.OK


def _bench(selection: Selection, jig: bool, finger: str) -> TerminalBench:
    """What presses and looks: a person, a second Pico, or nobody."""
    if finger:
        from totpkey.cli.keys import finger_bench

        return finger_bench.FingerBench(selection, finger_bench.finger(finger))
    if jig:
        return JigBench(selection)
    require_terminal()
    return TerminalBench(selection)


def _log(outcome: Outcome, log: Path) -> int:
    try:
        before = log.read_text(encoding="utf-8") if log.exists() else ""
        line = report.log_line(outcome, before.count("\n") + 1, time.time())
        whole_files.write(log, (before + line + "\n").encode())
    except OSError as problem:
        raise _not_written(log, problem) from None
    give(line)
    return exits.ERROR if outcome.faults else exits.OK


def _print(outcome: Outcome) -> None:
    give_table([(report.word(row.grade), tr(row.step), visible(row.detail)) for row in outcome.rows])
    say("")
    say(report.verdict(outcome))


def _write(outcome: Outcome, plan: Plan, folder: Path) -> None:
    document = report.document(outcome, plan, time.time())
    stem = f"board-test-{outcome.hello.board}-{document['date']}"
    page = report.as_page(outcome, document)
    for path, text in ((folder / f"{stem}.json", report.as_json(document)), (folder / f"{stem}.html", page)):
        try:
            whole_files.write(path, text.encode())
        except OSError as problem:
            raise _not_written(path, problem) from None
        say(tr("Written: {path}", path=path))


def _not_written(path: Path, problem: OSError) -> errors.CannotWrite:
    return errors.CannotWrite(
        tr("{path} cannot be written: {strerror}.", path=path, strerror=problem.strerror),
        tr("Choose another folder."),
    )
