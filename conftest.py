"""The plugins of all tests, and fixtures for those that need the emulated chip, mounts or keymaps."""

from __future__ import annotations

import gc
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.images import sealed

pytest_plugins = (
    # This plugin searches everything that leaves keys and this process during any test for secrets.
    "tests.leaks.plugin",
    "virtual.tests.fixtures",
    "tests.support.cases",
    "tests.support.places",
    "tests.support.parts",
    "tests.support.load",
    "tests.support.balance",
    "tests.support.firmware",
    # Its key and desk are those of every folder that has none of its own.
    "tests.support.keys",
    "pytester",
)


# Tests expect English messages, whatever the computer's language. Tests of other languages change this.
os.environ["LANGUAGE"] = "en"

# The duration of an example depends on the machine and says nothing about the key. `.ci/run` judges a change,
# so it draws the same examples each time; everyone else draws new ones.
settings.register_profile("totpkey", deadline=None, derandomize="TOTPKEY_SAME_EXAMPLES" in os.environ)
settings.load_profile("totpkey")


def pytest_collection_finish() -> None:
    """Take what collecting has left, which stays to the end, out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def as_keys_run_it() -> Callable[[Path], Path]:
    """Return what seals an image, as those of keys are."""
    return sealed


@pytest.fixture
def mountable(tmp_path: Path) -> Path:
    """Return a folder to mount a file system at, or skip without permission (see `tests.install.boards`)."""
    folder = tmp_path / "a drive"
    folder.mkdir()
    try:
        tried = subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", str(folder)], check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here to mount file systems with")
    if tried.returncode:
        pytest.skip("this system lets nobody mount a file system in a namespace")
    return folder


@pytest.fixture
def room_for_sockets() -> Iterator[Path]:
    """Return a folder with a path short enough for a socket in it: both together may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="totpkey-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def keymaps() -> None:
    """Real keymaps, or a skip where those are missing."""
    from totpkey_virtual.hosts import XkbMissing, XkbState

    try:
        XkbState("us")
    except XkbMissing as missing:
        pytest.skip(str(missing))
