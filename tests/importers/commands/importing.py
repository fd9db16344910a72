"""Runs `totpkey import` and reads what it says and stores."""

from __future__ import annotations

from pathlib import Path

from tests.support.terminal import CommandDesk, Result
from totpkey_readers.records.names import join


def names(desk: CommandDesk) -> list[str]:
    return [join(entry["issuer"], entry["label"]) for entry in desk.told("list")]


def written(folder: Path, data: bytes, name: str = "export") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def imported(desk: CommandDesk, *arguments: str, stdin: str = "") -> Result:
    return desk.run("import", "--force", *arguments, stdin=stdin, when_asked=desk.agree)


def planned(desk: CommandDesk, *arguments: str) -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = desk.told("import", "--dry-run", *arguments)
    return told


def pull_the_plug(desk: CommandDesk) -> None:
    """Unplug the key and plug it in again: it comes back in its everyday face."""
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.shows(serial=False))
