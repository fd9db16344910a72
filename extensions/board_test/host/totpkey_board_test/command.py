"""totpkey board-test"""

from __future__ import annotations

import re
from pathlib import Path

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.input.typed_keys import require_terminal
from totpkey.cli.keys.connect import Selection
from totpkey.cli.output import give, say, visible
from totpkey.i18n.translation import tr
from totpkey.link.transport import SerialTransport
from totpkey.system import own_files, times
from totpkey_board_test import journal
from totpkey_board_test.course import LEFT_OUT, Plan, run
from totpkey_board_test.journal import Journal
from totpkey_board_test.terminal import Finger, FingerBench, JigBench, TerminalBench

_folder = click.Path(exists=True, file_okay=False, path_type=Path)
_file = click.Path(dir_okay=False, path_type=Path)
#: The exit code of each result.
_EXITS = {
    journal.PASS: exits.OK,
    journal.FAIL: exits.ERROR,
    journal.DEAD: exits.ERROR,
    journal.INCOMPLETE: exits.PARTIAL,
}


@click.command("board-test")
@click.option(
    "--minutes",
    type=click.FloatRange(0, 1440),
    default=Plan.minutes,
    help="How long the clock is compared.",
)
@click.option(
    "--cuts", type=click.IntRange(0, 100), default=Plan.cuts, help="How many cuts of power to ask for."
)
@click.option("--element", is_flag=True, help="This board should have a secure element.")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(LEFT_OUT),
    metavar="STEP",
    help="Leave out a step on purpose.",
)
@click.option("--out", type=_folder, default=".", help="Folder for the report.")
@click.option("--jig", is_flag=True, help="Ask nothing, and write one line to a log.")
@click.option(
    "--worker", is_flag=True, help="In a jig: ask somebody to press the button and look at the light."
)
@click.option("--finger", default="", metavar="PORT", help="A second Pico presses and unplugs.")
@click.option("--log", type=_file, default="board-test.log", metavar="FILE", help="Log of a jig.")
@click.pass_obj
def command(
    selection: Selection,
    minutes: float,
    cuts: int,
    element: bool,
    without: tuple[str, ...],
    out: Path,
    jig: bool,
    worker: bool,
    finger: str,
    log: Path,
) -> int:
    """Test a board that has the firmware and no accounts yet: flash, clock, button, light, typing, power.

    It says what to do, step by step, and takes an hour. From the start it writes a report as JSON and as a
    page, which can be attached to an issue: nothing in it identifies the board or you.

    Gives exit code 1 if the board has a fault, and 7 if something could not be told.
    """
    plan = Plan(minutes, cuts, element, frozenset(without))
    bench = _bench(selection, jig, worker, finger)
    files = _Files(out, log if jig else None)
    report = Journal(plan.without, files.save)
    try:
        run(bench, plan, report)
    finally:
        line = files.close(report)
    if line:
        give(line)
    else:
        say("\n".join(["", report.verdict(), tr("Written: {path}", path=files.page)]))
    return _EXITS[report.result]


def _bench(selection: Selection, jig: bool, worker: bool, finger: str) -> TerminalBench:
    """What presses and looks: a person, a second Pico, or nobody."""
    if worker or not (jig or finger):
        require_terminal()
    if finger:
        return FingerBench(selection, Finger(SerialTransport(finger)), worker)
    return JigBench(selection, worker) if jig else TerminalBench(selection)


class _Files:
    """Both files of a report, under the first number that is free, and a jig's log."""

    def __init__(self, folder: Path, log: Path | None) -> None:
        self._log, self._began, self._shown = log, times.now(), 0
        before = [
            int(found[1]) for path in folder.iterdir() if (found := re.match(r"board-(\d+)\.", path.name))
        ]
        self.number = max([0, len(self._lines()), *before]) + 1
        self._json, self.page = (folder / f"board-{self.number:04}.{kind}" for kind in ("json", "html"))

    def _lines(self) -> list[str]:
        if self._log is None or not self._log.exists():
            return []
        return self._log.read_text(encoding="utf-8").splitlines()

    def save(self, report: Journal) -> None:
        """Write what is known so far, and show a person what is new. Raises CannotWrite."""
        document = report.document(self._began)
        _write(self._json, journal.as_json(document))
        _write(self.page, journal.as_page(report, document))
        for row in [] if self._log else report.rows[self._shown :]:
            words = [f"{tr(row.step)}: {row.detail}.", row.remedy]
            give(visible(f"{journal.word(row.grade)}  {' '.join(filter(None, words))}"))
        self._shown = len(report.rows)

    def close(self, report: Journal) -> str:
        """The line of a jig's log, which is written; empty if there is none."""
        if self._log is None:
            return ""
        line = report.log_line(self.number, times.now())
        _write(self._log, "\n".join([*self._lines(), line, ""]))
        return line


def _write(path: Path, text: str) -> None:
    try:
        own_files.write(path, text.encode())
    except OSError as problem:
        raise errors.CannotWrite(
            tr("{path} cannot be written: {strerror}.", path=path, strerror=problem.strerror),
            tr("Choose another folder."),
        ) from None
