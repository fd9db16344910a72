"""A key whose busiest code is translated, against the same on our own loop."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import translate
from tests.support.keys import MORNING
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip import translations
from totpkey_virtual.chip.key import ChipKey
from totpkey_virtual.snapshot import Snapshot

#: To translate and compile takes long.
pytestmark = [pytest.mark.chip, pytest.mark.slow]


def states(image: Path) -> Iterator[str]:
    """Yield a digest of all of a key at random moments: its start, waiting, and the way to setup."""
    key = ChipKey(image, drive_folder(), start_time=MORNING, alone=storage.FILES)
    key.plug()
    key.run_until(lambda: key.usb.enumeration is not None)
    moments = random.Random(5)
    for step in range(160):
        key.set_button(60 <= step < 120)
        key.run(moments.randrange(1, 80_000_000) / 1e9)
        yield Snapshot(key).digest


def test_a_key_is_at_each_moment_as_without_translation(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translate.translate(image)
    with_translation = list(states(image))
    untranslated = translations.Tables()
    monkeypatch.setattr(translations, "tables", lambda _memories: untranslated)

    assert list(states(image)) == with_translation
