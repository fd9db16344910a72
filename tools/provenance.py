"""Where a release comes from: an in-toto statement with SLSA's provenance (https://slsa.dev/spec/v1.0/).

It names each file of the release with its checksum, the commit, and what went in beside the sources:
CircuitPython and the lock files, which name each package by hash. It says nothing of time or machine, so two
people who build the same commit write the same statement. SHA256SUMS has its checksum, so the signature of a
release vouches for it, too. A forge's own attestation says in addition which machine built the files.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from totpkey.install import download

ROOT = Path(__file__).resolve().parent.parent
_COMMIT = re.compile(r"[0-9a-f]{40}")
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


@dataclass(frozen=True)
class Source:
    """The commit that is built, and its time. Without a commit there is no statement."""

    commit: str
    when: int

    def __post_init__(self) -> None:
        if not _COMMIT.fullmatch(self.commit):
            raise ValueError(f"not a commit: {self.commit!r}")


def name_of(version: str) -> str:
    return f"totpkey-{version}.provenance.json"


def write(path: Path, files: Iterable[Path], source: Source) -> None:
    """Write the statement about `files`."""
    home = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    statement = {
        "_type": _STATEMENT,
        "subject": [_resource(file, file.name) for file in files],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": f"{home['Homepage']}build/make-release/v1",
                "externalParameters": {"source": home["Source"], "commit": source.commit},
                "resolvedDependencies": _inputs(home["Source"], source.commit),
            },
            "runDetails": {"builder": {"id": f"{home['Homepage']}build/any-computer"}},
        },
    }
    path.write_text(json.dumps(statement, indent=2) + "\n", encoding="utf-8", newline="\n")


def _inputs(address: str, commit: str) -> list[_Resource]:
    sources = {"uri": f"git+{address}", "digest": {"gitCommit": commit}}
    circuitpython = [
        {"uri": download.published_at(board), "digest": {"sha256": each.file}}
        for board, each in sorted(download.KNOWN.items())
    ]
    locks = [_resource(ROOT / name, name) for name in _LOCKS]
    return [sources, *circuitpython, *locks]


def _resource(file: Path, name: str) -> _Resource:
    return {"name": name, "digest": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}}
