"""The process that reads a file reaches nothing else, and its output is checked.

That holds for whatever native code the file has put into it, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from readers.tests import samples
from readers.tests.entries import PASSWORD, PLAIN
from readers.tests.reading import confined, entries
from totpkey_readers.formats import files
from totpkey_readers.jail import reader, wire
from totpkey_readers.records.problem import WRONG_PASSWORD, Problem

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps native code from its calls")
with_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")

#: What a hostile file would do if it could run Python, also where the system keeps it from nothing.
_ATTEMPTS = {
    "a socket": "import socket; socket.socket()",
    "another's file": "open({other!r})",
    "another's file, below Python": "os.open({other!r}, os.O_RDONLY)",
    "a new file": "open({new!r}, 'w')",
    "a program": "subprocess.run([sys.executable, '-c', ''], check=True)",
    "a shell": "os.system('true')",
    "removing a file": "os.remove({other!r})",
}


@pytest.mark.parametrize("name", _ATTEMPTS)
@pytest.mark.parametrize("platform", [pytest.param("linux", marks=only_linux), "elsewhere"])
def test_nothing_but_the_file_is_reached(name: str, platform: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("secret")
    attempt = _ATTEMPTS[name].format(other=str(other), new=str(tmp_path / "new"))
    shutting = f"sys.platform = {platform!r}; bounds.shut()"
    program = (
        f"import os, socket, subprocess, sys; from totpkey_readers.jail import bounds; {shutting}; {attempt}"
    )
    refused = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "PermissionError" in refused.stderr
    assert other.exists()


def test_modules_of_the_folder_that_the_command_runs_in_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('another json')")
    monkeypatch.chdir(tmp_path)
    assert entries(confined(samples.aegis(PLAIN).data)) == PLAIN


@pytest.mark.parametrize("name", ["aegis", "2fas encrypted", "uri list", "keepass 4", "migration"])
def test_what_comes_back_is_what_was_read(name: str) -> None:
    data = samples.SAMPLES[name]().data
    there = confined(data, lambda app: PASSWORD)
    here = files.read(data, lambda app: PASSWORD)
    for part in ("format", "found", "skipped", "warnings"):
        assert getattr(there, part) == getattr(here, part), part


def test_a_wrong_password_comes_back_as_such() -> None:
    with pytest.raises(Problem, match=WRONG_PASSWORD):
        confined(samples.aegis_encrypted(PLAIN).data, lambda app: "guess")


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
    order = json.dumps({"pictures": False, "links": False, "patient": False}).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-c", _NO_MEMORY_FOR_AN_ERROR],
        input=order + len(data).to_bytes(4, "big") + data + bytes(4),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"limit": "memory"}


QUICK = ("otpclient 2", "bitwarden argon2id", "keepass 4")


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in samples.SAMPLES],
)
def test_a_file_is_read_there_at_its_app_s_own_cost(name: str) -> None:
    """Memory, time, and the threads that Argon2id has its lanes in."""
    sample = samples.SAMPLES[name]()
    if name in samples.COSTS:
        sample = samples.WRITERS[name](sample.entries, *samples.COSTS[name])
    found = confined(sample.data, lambda app: PASSWORD)
    assert entries(found) == sample.entries
    assert found.warnings == []


def test_many_derivations_cost_what_they_take() -> None:
    """Authy has one for each account. Each was rounded up to a second, and 181 were too many."""
    many = tuple(replace(PLAIN[0], issuer=f"Shop {number}") for number in range(300))
    assert entries(confined(samples.WRITERS["authy encrypted"](many).data, lambda app: PASSWORD)) == many


@pytest.mark.slow
def test_a_file_may_take_the_memory_that_its_password_costs() -> None:
    """512 MiB of scrypt, where the reader itself may take 400 MiB."""
    data = samples.aegis_encrypted(PLAIN, n=2**19).data
    assert entries(confined(data, lambda app: PASSWORD)) == PLAIN


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(-24, "limit_time", marks=with_signals),
        pytest.param(-9, "limit_memory", marks=with_signals),
        (77, "limit_memory"),
        (3, "crashed"),
    ],
)
def test_each_end_is_told_by_its_own_name(code: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ending = f"os._exit({code})" if code > 0 else f"os.kill(os.getpid(), {-code})"
    monkeypatch.setattr(reader, "_command", lambda: [sys.executable, "-c", f"import os; {ending}"])
    with pytest.raises(Problem, match=told):
        confined(b"x")


def test_a_standstill_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_command", lambda: [sys.executable, "-c", "import signal; signal.pause()"])
    monkeypatch.setattr(reader, "_STANDSTILL", 0.01)
    with pytest.raises(Problem, match="limit_standstill"):
        confined(b"x")


ESCAPES = Path(__file__).with_name("escapes.py")
#: A program with a text in its memory, which has a child try the escapes, as a seller: a user without
#: rights. It prints the text, then what came through.
_HELD = """
import collections.abc, ctypes, os, sys
from totpkey_readers.jail import linux
path, how, parent, folder = sys.argv[1:]
text, program = ctypes.create_string_buffer(b"original"), compile(open(path).read(), path, "exec")
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
# A process that has changed its user is protected already.
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
if parent == "protected":
    linux.protect()
child = os.fork()
if not child:
    sys.argv = [path, how, folder, str(os.getppid()), str(ctypes.addressof(text))]
    exec(program, {"__name__": "__main__"})
_, code = os.waitpid(child, 0)
print("", text.value.decode(), code, sep="\\n")
"""


def tried(how: str, parent: str) -> tuple[str, list[str]]:
    """What is in the parent's memory after the escapes, and which of them came through."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "other").write_text("secret")
        for path in (folder, f"{folder}/other"):
            os.chmod(path, 0o777)  # noqa: S103 - the escapes are tried by another user
        program = [sys.executable, "-c", _HELD, str(ESCAPES), how, parent, folder]
        done = subprocess.run(program, capture_output=True, text=True, check=True, stdin=subprocess.PIPE)
    *through, text, code = done.stdout.strip("\n").split("\n")
    assert code == "0"
    return text, list(filter(None, through))


@only_linux
def test_without_the_jail_they_come_through() -> None:
    """So that the test below is worth something."""
    _, through = tried("free", "open")
    assert len(through) >= 30


@only_linux
def test_in_the_jail_none_comes_through() -> None:
    assert tried("jailed", "protected") == ("original", [])


@only_linux
def test_the_command_s_own_memory_is_out_of_reach_even_without_the_jail() -> None:
    text, through = tried("free", "protected")
    assert text == "original"
    assert not [name for name in through if "memory" in name and "another" in name]
