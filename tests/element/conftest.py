"""The firmware's part for the secure element on CPython, and an element to try it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.aesio import install

if TYPE_CHECKING:
    from tests.element.wires import Pair

install()


@pytest.fixture
def pair() -> Pair:
    """An element, and the key that it is paired with."""
    from tests.element.wires import Pair

    return Pair()
