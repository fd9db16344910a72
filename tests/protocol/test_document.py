"""docs/reference/protocol-reference.md says what the definition says."""

from __future__ import annotations

import layout_digests
import protocol_tables
from totpkey.keyboard.layouts import layouts
from totpkey_protocol import commands
from totpkey_protocol.layout_digests import is_known


def test_the_document_is_up_to_date() -> None:
    text = protocol_tables.DOCUMENT.read_text(encoding="utf-8")
    assert protocol_tables.render(text) == text, "run python tools/protocol_tables.py"


def test_each_command_has_its_own_words() -> None:
    text = protocol_tables.DOCUMENT.read_text(encoding="utf-8")
    for command in commands.COMMANDS:
        words = text.partition(f"### `{command.name}`\n")[2].partition("<!--")[0]
        assert len(words.split()) > 4, command.name


def test_the_key_knows_the_layouts_that_the_command_gives_it() -> None:
    text = layout_digests.MODULE.read_text(encoding="utf-8")
    assert layout_digests.render(text) == text
    for layout in layouts().values():
        assert is_known(layout.table)
        assert not is_known(layout.table[::-1])
