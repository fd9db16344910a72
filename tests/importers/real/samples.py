"""Other projects' sample files, if `make samples` has fetched them."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("TOTPKEY_SAMPLES", Path.home() / ".cache" / "totpkey" / "samples"))
EXPECTED: dict[str, Any] = tomllib.loads((Path(__file__).parent / "expected.toml").read_text("utf-8"))
#: The expected result for each file, by its path below the folder.
FILES: dict[str, dict[str, Any]] = EXPECTED["files"]

_WHY = f"there are no sample files in {FOLDER}: `make samples` fetches them"
needed = pytest.mark.skipif(not (FOLDER / "stated.json").exists(), reason=_WHY)


def data_of(path: str) -> bytes:
    """Return a sample's bytes. Skip the test if the file is missing, since projects move their files."""
    file = FOLDER / path
    if not file.exists():
        pytest.skip(f"{path} is not among the sample files")
    return file.read_bytes()


def stated(path: str) -> list[dict[str, Any]]:
    """Return the entries that the project's own tests state for a sample, or for all of its samples."""
    known: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "stated.json").read_text("utf-8"))
    return known.get(path) or known.get(path.partition("/")[0], [])
