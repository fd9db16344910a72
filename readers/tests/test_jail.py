"""The process that reads a file reaches nothing else, whatever native code the file has put into it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps native code from its calls")
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


def test_without_the_jail_they_come_through() -> None:
    """So that the test below is worth something."""
    _, through = tried("free", "open")
    assert len(through) >= 30


def test_in_the_jail_none_comes_through() -> None:
    assert tried("jailed", "protected") == ("original", [])


def test_the_command_s_own_memory_is_out_of_reach_even_without_the_jail() -> None:
    text, through = tried("free", "protected")
    assert text == "original"
    assert not [name for name in through if "memory" in name and "another" in name]
