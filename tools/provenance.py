"""Where a release comes from: an in-toto statement with SLSA's provenance (https://slsa.dev/spec/v1.0/).

It names each file of the release with its checksum, the commit, and what went in beside the sources:
CircuitPython and the lock files, which name each package by hash. It says nothing of time or machine, so two
people who build the same commit write the same statement. SHA256SUMS has its checksum, so the signature of a
release vouches for it, too. A forge's own attestation says in addition which machine built the files.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from totpkey.install import download

ROOT = Path(__file__).resolve().parent.parent
#: The commit that is built, where the sources come from one.
COMMIT = "TOTPKEY_COMMIT"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
_LOCKS = (
    "firmware/libraries.txt",
    "page/package-lock.json",
    "tools/locks/exe.txt",
    "tools/locks/release.txt",
    "tools/words.txt",
)

_Resource = dict[str, Any]


def name_of(version: str) -> str:
    return f"totpkey-{version}.provenance.json"


def write(path: Path, files: Iterable[Path]) -> None:
    """Write the statement about `files`."""
    home = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    statement = {
        "_type": _STATEMENT,
        "subject": [_resource(file, file.name) for file in files],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": f"{home['Homepage']}build/make-release/v1",
                "externalParameters": {"source": home["Source"]} | _of_commit("commit"),
                "resolvedDependencies": _inputs(home["Source"]),
            },
            "runDetails": {"builder": {"id": f"{home['Homepage']}build/any-computer"}},
        },
    }
    path.write_text(json.dumps(statement, indent=2) + "\n", encoding="utf-8", newline="\n")


def _of_commit(key: str) -> dict[str, str]:
    commit = os.environ.get(COMMIT)
    return {key: commit} if commit else {}


def _inputs(source: str) -> list[_Resource]:
    sources = {"uri": f"git+{source}", "digest": _of_commit("gitCommit")}
    circuitpython = [
        {"uri": download.published_at(board), "digest": {"sha256": digest}}
        for board, digest in sorted(download.CHECKSUMS.items())
    ]
    locks = [_resource(ROOT / name, name) for name in _LOCKS]
    return [*([sources] if sources["digest"] else []), *circuitpython, *locks]


def _resource(file: Path, name: str) -> _Resource:
    return {"name": name, "digest": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
