"""What `totpkey board-test` writes, at a port and at a real terminal.

The report is there from the start on, readable, and without anything that is its owner's.
"""

from __future__ import annotations

import getpass
import html
import io
import json
import os
import platform
import pty
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest

from extensions.board_test.tests.virtual_bench import COLOURED, JIG, simulated
from tests.support.port import LIMIT
from tests.support.terminal import MakeDesk
from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.keys.connect import Selection
from totpkey.cli.root import run
from totpkey.errors import PortMissing
from totpkey.link.replies import Hello
from totpkey_board_test import bench, command, journal
from totpkey_board_test.bench import Keystroke
from totpkey_board_test.course import LEFT_OUT
from totpkey_board_test.journal import Journal, Row
from totpkey_board_test.terminal import TerminalBench
from totpkey_protocol.words import BLANK
from totpkey_virtual.simulator import SimulatedKey

HELLO = Hello(1, "0.1.0", "10.1.3", "raspberry_pi_pico", "00ff" * 4, "setup", "blank", "lost", 0)
ALL_LEFT_OUT = [word for step in LEFT_OUT for word in ("--without", step)]


def test_one_run_writes_both_and_neither_says_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench, key = simulated(board=COLOURED)
    monkeypatch.setattr(command, "TerminalBench", lambda _: bench)
    monkeypatch.setattr(command, "require_terminal", lambda: None)
    given = ["--minutes", "40", "--cuts", "1", "--out", str(tmp_path)]
    assert run(["board-test", *given]) == exits.OK
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert set(written) == {"board-0001.json", "board-0001.html"}
    document = json.loads(written["board-0001.json"])
    assert document["result"] == journal.PASS
    cells = re.findall(r"<td>(.*?)</td>", written["board-0001.html"], re.DOTALL)
    assert [html.unescape(cell) for cell in cells[1::3]] == [row["step"] for row in document["rows"]]
    told = key.usb.enumeration
    assert told is not None
    own = [bench.hello.key, told.serial_number, str(tmp_path), getpass.getuser(), platform.node()]
    for text in (*written.values(), capsys.readouterr().out):
        for mine in filter(None, own):
            assert mine.lower() not in text.lower()


class Broken(Exception):
    """What no step expects."""


@pytest.mark.parametrize("problem", [KeyboardInterrupt, Broken])
def test_whatever_ends_a_test_leaves_its_rows_and_a_line(
    problem: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, _ = simulated(has=JIG)

    def store(_: object) -> None:
        raise problem

    monkeypatch.setattr("totpkey_board_test.bench.BoardClient.store", store)
    monkeypatch.setattr(command, "JigBench", lambda *_: bench)
    with suppress(problem):
        run(["board-test", "--jig", "--out", str(tmp_path), "--log", str(tmp_path / "log")])
    rows = json.loads((tmp_path / "board-0001.json").read_text())["rows"]
    assert "clock chip" in [row["step"] for row in rows]
    assert "INCOMPLETE" in (tmp_path / "log").read_text()


def test_a_dead_board_has_its_files_its_line_and_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, _ = simulated(has=JIG)

    def connect(within: float) -> None:
        assert (tmp_path / "board-0008.json").exists(), "the report is there before the board is"
        raise errors.NoKey("No key.")

    bench.connect = connect  # type: ignore[method-assign, assignment]
    monkeypatch.setattr(command, "JigBench", lambda *_: bench)
    (tmp_path / "board-0007.html").touch()
    log = tmp_path / "log"
    log.write_text("1\n2\n")
    assert run(["board-test", "--jig", "--out", str(tmp_path), "--log", str(log)]) == exits.ERROR
    assert json.loads((tmp_path / "board-0008.json").read_text())["faults"] == ["nothing-answers"]
    assert "nothing-answers" in (tmp_path / "board-0008.html").read_text()
    assert log.read_text().splitlines()[2].split()[1:] == ["#8", "-", "DEAD", "nothing-answers"]


def test_a_page_shows_what_a_key_calls_itself_as_text() -> None:
    report = Journal()
    report.hello = Hello(**{**HELLO.__dict__, "board": "<script>"})
    report.add(Row("button", "bad", '<img src=x onerror="a()">', "button-dead"))
    page = journal.as_page(report, report.document(0.0))
    assert "<script>" not in page
    assert "<img" not in page


def test_a_row_is_good_or_has_a_sign() -> None:
    for grade in ("bad", "unknown", "odd"):
        with pytest.raises(ValueError, match="button"):
            Row("button", grade, "no press arrives")


def test_a_board_passes_only_once_all_its_steps_are_good() -> None:
    report = Journal(without=("light",))
    assert report.result == journal.INCOMPLETE, "nothing was tried"
    report.good("button", "fine")
    assert report.result == journal.INCOMPLETE, "it has not ended"
    report.end()
    assert report.result == journal.PASS
    assert report.log_line(1, 0.0).endswith("#1 - PASS without=light")
    report.unsure("flash", "flash-empty")
    assert report.result == journal.INCOMPLETE
    report.bad("button", "button-dead")
    assert report.result == journal.FAIL


@pytest.mark.slow
def test_a_jig_writes_one_line_a_board(
    make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real command at a port."""
    log = tmp_path / "batch.log"
    desk = make_desk(clock_set=False)
    monkeypatch.setattr(bench, "SerialTransport", desk.world.opened)
    given = ["board-test", "--jig", *ALL_LEFT_OUT, "--out", str(tmp_path), "--log", str(log)]
    done = desk.run(*given)
    # This key's files were copied, not written as one image.
    assert (done.code, done.err) == (exits.PARTIAL, "")
    assert isinstance(desk.key, SimulatedKey)
    desk.key.wiring.clock_answers = False
    desk.key.unplug()
    desk.key.plug()
    done = desk.run(*given).ended(exits.ERROR)
    lines = [line.split() for line in log.read_text().splitlines()]
    board = desk.key.board
    assert [line[1:5] for line in lines] == [
        ["#1", board, "INCOMPLETE", "open=files"],
        ["#2", board, "FAIL", "clock-missing"],
    ]
    assert done.out.split() == lines[1]


BENCH = TerminalBench(Selection())


def test_an_answer_that_fits_none_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("purple\nＲ\n"))
    assert BENCH.choose("Which colour?", ("r", "g")) == "r"
    assert "Type one of: r g" in capsys.readouterr().err


def test_each_digit_has_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard, window = pty.openpty()
    with os.fdopen(window, "r") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        began = time.monotonic()
        with BENCH.window():
            os.write(keyboard, b"0123")
            strokes = BENCH.typed(4, LIMIT)
        ended = time.monotonic()
    os.close(keyboard)
    assert "".join(stroke.character for stroke in strokes) == "0123"
    assert [began, *(stroke.at for stroke in strokes), ended] == sorted(
        [began, *(stroke.at for stroke in strokes), ended]
    )


def test_nothing_typed_is_nothing() -> None:
    keyboard, window = pty.openpty()
    with os.fdopen(window, "r") as stdin, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", stdin)
        with BENCH.window():
            assert BENCH.typed(4, 0.01) == list[Keystroke]()
    os.close(keyboard)


def test_it_waits_for_a_board_that_is_plugged_in_later(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk()
    monkeypatch.setattr(bench, "SerialTransport", desk.world.opened)
    desk.key.unplug()

    def plug(seconds: float) -> None:
        if not desk.key.plugged:
            desk.key.plug()
        desk.key.run(seconds)

    terminal = TerminalBench(Selection(port=desk.port), wait=plug)
    with terminal.connect(LIMIT) as connected:
        assert connected.hello().state == BLANK


def test_it_does_not_wait_for_ever() -> None:
    moments = iter(range(100))
    terminal = TerminalBench(Selection(port="/nonexistent"), ticks=lambda: next(moments), wait=lambda _: None)
    with pytest.raises(PortMissing):
        terminal.connect(5)
