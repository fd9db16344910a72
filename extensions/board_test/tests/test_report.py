"""What `totpkey board-test` writes: complete, readable, and without anything that is its owner's."""

from __future__ import annotations

import getpass
import json
import platform
from html.parser import HTMLParser
from pathlib import Path

import pytest

from extensions.board_test import boards_seen
from extensions.board_test.tests.boards import COLOURED, STEPS, simulated
from tests.support.terminal import MakeDesk
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.link.replies import Hello
from totpkey_board_test import report
from totpkey_board_test.bench import Row
from totpkey_board_test.course import Outcome, Plan
from totpkey_virtual.simulator import SimulatedKey

HELLO = Hello(1, "0.1.0", "10.1.3", "raspberry_pi_pico", "00ff" * 4, "setup", "blank", "lost", 0)


class Cells(HTMLParser):
    """The texts of a page's table."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "td":
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def test_one_run_writes_both_and_neither_says_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench, key = simulated(board=COLOURED)
    monkeypatch.setattr(board_test, "TerminalBench", lambda _: bench)
    monkeypatch.setattr(board_test, "require_terminal", lambda: None)
    given = ["--minutes", "0.05", "--cuts", "1", "--out", str(tmp_path)]
    assert run(["board-test", *given]) == exits.OK
    written = {path.suffix: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert set(written) == {".json", ".html"}
    document = json.loads(written[".json"])
    assert document["passed"]
    assert [row["step"] for row in document["rows"]] == STEPS
    cells = Cells()
    cells.feed(written[".html"])
    assert cells.texts[1::3] == STEPS
    told = key.usb.enumeration
    assert told is not None
    own = [bench.hello.key, told.serial_number, str(tmp_path), getpass.getuser(), platform.node()]
    for text in (*written.values(), capsys.readouterr().out):
        for mine in filter(None, own):
            assert mine.lower() not in text.lower()


def test_a_page_shows_what_a_key_calls_itself_as_text() -> None:
    row = Row("button", "bad", '<img src=x onerror="a()">', "button-dead")
    outcome = Outcome(Hello(**{**HELLO.__dict__, "board": "<script>"}), (row,))
    page = report.as_page(outcome, report.document(outcome, Plan(), 0.0))
    assert "<script>" not in page
    assert "<img" not in page


def test_a_row_is_good_or_has_the_name_of_a_fault() -> None:
    with pytest.raises(ValueError, match="button"):
        Row("button", "bad", "no press arrives")
    with pytest.raises(ValueError, match="button"):
        Row("button", "good", "fine", "button-dead")


@pytest.mark.slow
def test_a_jig_writes_one_line_a_board(make_desk: MakeDesk, tmp_path: Path) -> None:
    """The real command at a port."""
    log = tmp_path / "batch.log"
    desk = make_desk(clock_set=False)
    for _ in range(2):
        done = desk.run("board-test", "--jig", "--minutes", "0", "--no-flash", "--log", str(log))
        assert done.code == exits.OK, done.err
        assert done.err == ""
    assert isinstance(desk.key, SimulatedKey)
    desk.key.wiring.clock_answers = False
    with desk.bridge.lock:
        desk.key.unplug()
        desk.key.plug()
    done = desk.run("board-test", "--jig", "--minutes", "0", "--no-flash", "--log", str(log))
    assert done.code == exits.ERROR
    lines = [line.split() for line in log.read_text().splitlines()]
    board = desk.key.board
    assert [line[1:4] for line in lines] == [
        ["#1", board, "PASS"],
        ["#2", board, "PASS"],
        ["#3", board, "FAIL"],
    ]
    assert lines[2][4] == "clock-missing"
    assert done.out.split() == lines[2]


def test_the_documents_rows_are_those_of_the_reports() -> None:
    for document, words in boards_seen.DOCUMENTS.items():
        text = document.read_text(encoding="utf-8")
        assert boards_seen.render(text, boards_seen.read(boards_seen.REPORTS), words) == text
    outcome = Outcome(HELLO, (Row("button", "good", "fine"), Row("flash", "unknown", "", "flash-empty")))
    written = report.document(outcome, Plan(), 0.0)
    words = next(iter(boards_seen.DOCUMENTS.values()))
    (row,) = boards_seen.rows([written], words)[2:]
    assert row.startswith("| raspberry_pi_pico | 1970-01-01 | totpkey 0.1.0, CircuitPython 10.1.3, ")
    assert row.endswith(" | 1/1 | – |")
