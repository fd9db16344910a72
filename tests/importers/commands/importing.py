"""Runs `totpkey import` and reads what it says and stores."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.terminal import CommandDesk, Result
from totpkey.cli import exits


def names(desk: CommandDesk) -> list[str]:
    result = desk.run("list", "--json")
    assert result.code == exits.OK, result.err
    listed = json.loads(result.out)
    return [f"{entry['issuer']}:{entry['label']}" if entry["issuer"] else entry["label"] for entry in listed]


def written(folder: Path, data: bytes, name: str = "export") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def imported(desk: CommandDesk, *arguments: str, stdin: str = "") -> Result:
    return desk.run("import", "--force", *arguments, stdin=stdin, when_asked=desk.agree)


def planned(desk: CommandDesk, *arguments: str) -> dict[str, list[dict[str, str]]]:
    result = desk.run("import", "--dry-run", "--json", *arguments)
    assert result.code == exits.OK, result.err
    told: dict[str, list[dict[str, str]]] = json.loads(result.out)
    return told


def pull_the_plug(desk: CommandDesk) -> None:
    """Unplug the key and plug it in again: it comes back in its everyday face."""
    desk.key.unplug()
    desk.key.plug()
    assert desk.key.run_until(lambda: desk.shows(serial=False))
