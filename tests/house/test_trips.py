"""A press and an `add` run few modules of the key, and few of them hold the secret (tools/trips.py)."""

from __future__ import annotations

import pytest

import trips


@pytest.mark.slow
@pytest.mark.usefixtures("usual_flash")
def test_a_press_and_an_add_keep_to_few_modules() -> None:
    added, pressed, _ = trips.trace()
    assert "keyboard.presses" in pressed.modules
    assert len(pressed.modules) <= 11, sorted(pressed.modules)
    # What decrypts and what computes the code has the secret, whatever else has it.
    assert {"vault.records", "otp"} <= added.holders
    assert len(added.holders) <= 13, sorted(added.holders)
