"""The process that reads a file reaches nothing else, and its output is checked."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.importers import samples
from tests.importers.entries import PASSWORD, PLAIN
from tests.importers.reading import entries
from totpkey.importers.reading import fitting
from totpkey_readers.formats import files
from totpkey_readers.jail import reader, wire
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem

#: What a hostile file would do if it could run code. Each prints what came of it.
_ATTEMPTS = {
    "a socket": "import socket; socket.socket()",
    "another's file": "open({other!r})",
    "another's file, below Python": "import os; os.open({other!r}, os.O_RDONLY)",
    "a new file": "open({new!r}, 'w')",
    "a program": "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)",
    "a shell": "import os; os.system('true')",
    "removing a file": "import os; os.remove({other!r})",
}
_LINUX = {
    "a socket, without Python's": "import ctypes; assert ctypes.CDLL(None).socket(2, 1, 0) >= 0, 'refused'",
    "a program, without Python's": (
        "import ctypes; ctypes.CDLL(None).execl(b'/bin/true', b'true', None); raise OSError('refused')"
    ),
}


def tried(attempt: str, folder: Path, shut: bool) -> subprocess.CompletedProcess[str]:
    other, new = folder / "other", folder / "new"
    other.write_text("secret")
    line = attempt.format(other=str(other), new=str(new))
    shutting = "from totpkey_readers.jail import bounds; bounds.shut()\n" if shut else ""
    program = f"{shutting}{line}\nprint('done')"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", _ATTEMPTS)
def test_nothing_but_the_file_is_reached(name: str, tmp_path: Path) -> None:
    assert tried(_ATTEMPTS[name], tmp_path, shut=False).returncode == 0
    refused = tried(_ATTEMPTS[name], tmp_path, shut=True)
    assert "done" not in refused.stdout
    assert "PermissionError" in refused.stderr
    assert (tmp_path / "other").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a filter of system calls")
@pytest.mark.parametrize("name", _LINUX)
def test_nor_by_a_library_that_was_taken_over(name: str, tmp_path: Path) -> None:
    refused = tried(_LINUX[name], tmp_path, shut=True)
    assert "done" not in refused.stdout
    assert "refused" in refused.stderr


def test_modules_of_the_folder_that_the_command_runs_in_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('another json')")
    monkeypatch.chdir(tmp_path)
    assert entries(reader.contents(samples.aegis(PLAIN).data, "export", str)) == PLAIN


@pytest.mark.parametrize("name", ["aegis", "2fas encrypted", "uri list", "keepass 4", "migration"])
def test_what_comes_back_is_what_was_read(name: str) -> None:
    data = samples.SAMPLES[name]().data
    there = reader.contents(data, "export", lambda app: PASSWORD)
    here = files.read(data, lambda app: PASSWORD)
    assert (there.format, there.found, there.skipped, there.warnings) == (
        here.format,
        here.found,
        here.skipped,
        here.warnings,
    )


def test_a_wrong_password_comes_back_as_such() -> None:
    with pytest.raises(Problem, match=WRONG_PASSWORD):
        reader.contents(samples.aegis_encrypted(PLAIN).data, "export", lambda app: "guess")


#: What reading an export of plain JSON has no use for. A process starts for every file, and this is steadier
#: than timing it; `python -m benchmarks.reading` does that.
_HEAVY = (
    "click",
    "cryptography",
    "PIL",
    "zxingcpp",
    "pypdfium2",
    "serial",
    "asyncio",
    "logging",
    "sqlite3",
    "zipfile",
)
_LOADED = """
import sys
from totpkey_readers.jail import process
process.os._exit = lambda code: print(chr(10).join(sys.modules), file=sys.stderr)
process.main()
"""


def test_the_process_loads_no_more_than_a_file_needs() -> None:
    data = samples.aegis(PLAIN).data
    order = json.dumps({"kind": "contents", "patient": False, "size": len(data)}).encode()
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], input=order + b"\n" + data, capture_output=True, check=True
    )
    loaded = set(done.stderr.decode().split())
    assert "totpkey_readers.formats.aegis" in loaded
    assert not loaded & {*_HEAVY, "totpkey.cli", "totpkey.link.client", "xml.etree.ElementTree"}


def answer(**changes: Any) -> dict[str, Any]:
    given = wire.of_contents(files.read(samples.aegis(PLAIN[:1]).data, str))
    given["found"][0]["account"] |= changes
    return given


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "motp"},
        {"algorithm": "MD5"},
        {"digits": 99},
        {"digits": True},
        {"period": 0},
        {"secret": "zz"},
        {"secret": ""},
        {"secret": "00" * 200},
        {"label": "x" * 65},
        {"label": "a\x1b[2J"},
        {"issuer": 5},
        {"counter": -1},
    ],
)
def test_an_answer_is_checked_as_any_input(changes: dict[str, Any]) -> None:
    """What no account is makes all of it false; what no key takes is skipped."""
    assert len(fitting(wire.to_contents(answer())).found) == 1
    with suppress(Problem):
        fit = fitting(wire.to_contents(answer(**changes)))
        assert [found.account.name.isprintable() for found in fit.found] or fit.skipped


@pytest.mark.parametrize(
    "value", [None, [], {"found": 5}, {"format": "x", "found": [], "skipped": [], "warnings": [5]}]
)
def test_an_answer_of_another_shape_is_refused(value: object) -> None:
    with pytest.raises(Problem):
        wire.to_contents(value)
    with pytest.raises(Problem):
        wire.to_texts({"a": value})


_NO_MEMORY_FOR_AN_ERROR = """
from totpkey_readers.jail import process, wire

def full(error):
    raise MemoryError

wire.of_note = full
process.main()
"""


def test_memory_may_end_while_an_error_is_told() -> None:
    data = b"no export"
    order = json.dumps({"kind": "contents", "patient": False, "size": len(data)}).encode()
    done = subprocess.run(
        [sys.executable, "-c", _NO_MEMORY_FOR_AN_ERROR],
        input=order + b"\n" + data,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"limit": "memory"}


@pytest.mark.slow
def test_a_file_may_take_the_memory_that_its_password_costs() -> None:
    """512 MiB of scrypt, where the reader itself may take 400 MiB."""
    data = samples.aegis_encrypted(PLAIN, n=2**19).data
    assert entries(reader.contents(data, "export", lambda app: PASSWORD)) == PLAIN
