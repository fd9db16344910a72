"""What is written from a definition says what the definition says."""

from __future__ import annotations

import pytest

import written_parts
from totpkey.keyboard.layouts import layouts
from totpkey_protocol import commands
from totpkey_protocol.layout_digests import is_known


@pytest.mark.parametrize("file", written_parts.FILES)
def test_each_file_is_up_to_date(file: str) -> None:
    text = (written_parts.ROOT / file).read_text(encoding="utf-8")
    assert written_parts.render(file) == text, "run make written"


def test_each_command_has_its_own_words() -> None:
    text = written_parts.render("docs/reference/protocol-reference.md")
    for command in commands.COMMANDS:
        words = text.partition(f"### `{command.name}`\n")[2].partition("<!--")[0]
        assert len(words.split()) > 4, command.name


def test_the_key_knows_the_layouts_that_the_command_gives_it() -> None:
    for layout in layouts().values():
        assert is_known(layout.table)
        assert not is_known(layout.table[::-1])
