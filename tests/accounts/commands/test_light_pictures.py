"""The light that a request waits with, as the command draws it in a terminal."""

from __future__ import annotations

import io

import pytest

from totpkey.cli.keys import light_pictures
from totpkey_firmware.panel.light import ASKING


@pytest.mark.parametrize("consent", ASKING)
def test_a_picture_is_the_firmware_s_own_pattern(consent: str) -> None:
    _, picture = light_pictures.PICTURES[consent]
    # The middle of each character's time.
    moments = (light_pictures.STEP * place + light_pictures.STEP // 2 for place in range(len(picture)))
    assert [ASKING[consent].lit(moment) for moment in moments] == [
        each == light_pictures.LIT for each in picture
    ]


def test_it_is_drawn_in_colour_and_only_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown, piped = Terminal(), io.StringIO()
    for stream in (shown, piped):
        monkeypatch.setattr("sys.stderr", stream)
        for consent in ASKING:
            light_pictures.draw(consent)
    assert piped.getvalue() == ""
    colours = [line.partition("m")[0] for line in shown.getvalue().splitlines()]
    assert len(set(colours)) == len(ASKING)
