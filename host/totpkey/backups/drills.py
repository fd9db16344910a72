"""Remembers the last drill that succeeded: when it was, and the hash of the backup's file. No names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from totpkey.system import own_files, times

_FILE = "last-drill.json"


@dataclass(frozen=True)
class Drill:
    """A drill. `time` is in Unix seconds, `file` the SHA-256 of the backup's file."""

    time: int
    file: str


def keep(data: bytes) -> None:
    """Note that the drill with this file has just succeeded. Raises OSError."""
    folder = own_files.state()
    folder.mkdir(parents=True, exist_ok=True)
    drill = Drill(int(times.now()), hashlib.sha256(data).hexdigest())
    own_files.write(folder / _FILE, json.dumps(asdict(drill)).encode() + b"\n", private=True)


def last() -> Drill | None:
    """The last drill, or None if there was none or its note cannot be read."""
    try:
        noted = json.loads((own_files.state() / _FILE).read_bytes())
        when, file = noted["time"], noted["file"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Drill(when, file) if isinstance(when, int) and isinstance(file, str) else None
