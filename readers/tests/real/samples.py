"""Other projects' sample files, if `make samples` has fetched them."""

from __future__ import annotations

import io
import json
import os
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("TOTPKEY_SAMPLES", Path.home() / ".cache" / "totpkey" / "samples"))
EXPECTED: dict[str, Any] = tomllib.loads((Path(__file__).parent / "expected.toml").read_text("utf-8"))
#: The expected result for each file, by its path below the folder.
FILES: dict[str, dict[str, Any]] = EXPECTED["files"]

_WHY = (
    f"there are no sample files in {FOLDER}: `make samples` fetches them,"
    " from copies of the repositories where TOTPKEY_MIRRORS says where these are"
)
needed = pytest.mark.skipif(not (FOLDER / "stated.json").exists(), reason=_WHY)


def data_of(path: str) -> bytes:
    """Return a sample's bytes; those of a folder, whose path ends in a slash, packed into a ZIP.

    Skip the test if it is missing, since projects move their files.
    """
    file = FOLDER / path
    if not file.exists():
        pytest.skip(f"{path} is not among the sample files")
    return _packed(file) if path.endswith("/") else file.read_bytes()


def _packed(folder: Path) -> bytes:
    """The files of a folder in a ZIP, as a person packs it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return out.getvalue()


def stated(path: str) -> list[dict[str, Any]]:
    """Return the entries that the project's own tests state for a sample, or for all of its samples."""
    known: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "stated.json").read_text("utf-8"))
    return known.get(path) or known.get(path.partition("/")[0], [])
