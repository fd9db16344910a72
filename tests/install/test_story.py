"""README's "Build one" describes what happens."""

from __future__ import annotations

from pathlib import Path

from tests.install.interpreters import interpreter
from tests.install.story import README, SECRET, Story, commands
from totpkey.accounts import codes


def test_build_one(tmp_path: Path) -> None:
    story = Story(tmp_path, interpreter())
    steps = list(story.tell())
    try:
        assert [(step.command, step.code) for step in steps] == [(command, 0) for command in commands()], (
            steps
        )
        assert [step.command.split()[1] for step in steps] == ["install", "time", "add", "done"]
        assert "Raspberry Pi Pico is key" in steps[0].shown
        assert "saved" in steps[2].shown.lower()
        assert story.press() == codes.totp(SECRET, int(story.key.clock.unix_time))
    finally:
        story.end()


def test_its_picture_shows_these_commands() -> None:
    picture = (README.parent / "docs" / "pictures" / "build.svg").read_text(encoding="utf-8")
    for command in commands():
        assert command in picture
