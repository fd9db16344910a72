"""Fixtures: the firmware's driver for the secure element on CPython, and an element to test it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.aesio import install

if TYPE_CHECKING:
    from tests.element.wires import Pair

install()


@pytest.fixture
def pair() -> Pair:
    """Return an element and the key that it is paired with."""
    from tests.element.wires import Pair

    return Pair()
