"""The bench at a real terminal, and at a port."""

from __future__ import annotations

import io
import os
import pty
import time

import pytest

from tests.support.port import LIMIT
from tests.support.terminal import MakeDesk
from totpkey.cli.keys.connect import Selection
from totpkey.errors import PortMissing
from totpkey_board_test import bench
from totpkey_board_test.bench import Keystroke
from totpkey_board_test.terminal import TerminalBench
from totpkey_protocol.words import BLANK

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
