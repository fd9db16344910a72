"""Remembers how far each key's journal went when this computer read it last. No names, no accounts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from totpkey.system import folders, whole_files

_FILE = "journals.json"


@dataclass(frozen=True)
class Seen:
    """A journal as it was at `time`, Unix s: where its chain begins, how many entries, the hash over them."""

    name: str
    count: int
    hash: str
    time: int


def last(key: str) -> Seen | None:
    """What this computer saw of that key's journal; None if it never did, or if its note cannot be read."""
    noted = _read().get(key)
    if not isinstance(noted, dict):
        return None
    name, count, hashed, time = (noted.get(field) for field in ("name", "count", "hash", "time"))
    if isinstance(name, str) and isinstance(count, int) and isinstance(hashed, str) and isinstance(time, int):
        return Seen(name, count, hashed, time)
    return None


def keep(key: str, seen: Seen) -> None:
    """Remember it. Raises OSError."""
    folder = folders.state()
    folder.mkdir(parents=True, exist_ok=True)
    noted = _read() | {key: asdict(seen)}
    whole_files.write(folder / _FILE, json.dumps(noted).encode() + b"\n", private=True)


def _read() -> dict[str, Any]:
    try:
        noted = json.loads((folders.state() / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}
