"""README's "Build one" describes what happens."""

from __future__ import annotations

from pathlib import Path

from tests.install.interpreters import interpreter
from tests.install.story import README, SECRET, acted_out, commands
from totpkey.accounts import codes


def test_build_one(tmp_path: Path) -> None:
    with acted_out(tmp_path, interpreter()) as story:
        steps = list(story.tell())
        assert [(step.command, step.code) for step in steps] == [(command, 0) for command in commands()], (
            steps
        )
        assert [step.command.split()[1] for step in steps] == ["install", "time", "add", "done"]
        assert "Raspberry Pi Pico is key" in steps[0].shown
        assert "saved" in steps[2].shown.lower()
        assert story.press() == codes.totp(SECRET, int(story.board.key.clock.unix_time))


def test_its_picture_shows_these_commands() -> None:
    picture = (README.parent / "docs" / "pictures" / "build.svg").read_text(encoding="utf-8")
    for command in commands():
        assert command in picture
