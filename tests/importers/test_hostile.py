"""No hostile file takes more than ten seconds of the processor and half a gigabyte, command and reader
together.

The command reads each like any file: in a separate process. The system counts the time and memory of both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from readers.tests import samples
from readers.tests.entries import PASSWORD, PLAIN
from readers.tests.hostile import FILES
from tests.support.cases import sampled
from totpkey import errors
from totpkey.cli.input import files as sources
from totpkey.importers.plan import fitting
from totpkey_readers.formats import files
from totpkey_readers.jail import wire
from totpkey_readers.records.problem import Problem

MOST_SECONDS, MOST_MEMORY = 10, 500_000_000

#: Reads a file as the command does and prints what comes of it, and what the process that read it took.
_PROGRAM = """
import json, re, resource, sys
from pathlib import Path
from totpkey import errors
from totpkey.cli.input import files
result = {"found": 0, "cause": "", "remedy": ""}
try:
    contents = files.contents([sys.argv[1]], lambda app: sys.argv[2])
    result |= {"found": len(contents.found), "cause": " ".join(one.reason for one in contents.skipped[:9])}
except errors.TotpkeyError as error:
    result |= {"cause": error.cause, "remedy": error.remedy}
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
result |= {"seconds": sum(one.ru_utime + one.ru_stime for one in used)}
own, others = (one.ru_maxrss for one in used)
if sys.platform == "linux":
    # ru_maxrss has what the parent had before this program began, and this has not.
    own = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
result |= {"memory": (own + others) * (1 if sys.platform == "darwin" else 1024)}
print(json.dumps(result))
"""


def environment(language: str) -> dict[str, str]:
    return {**os.environ, "LANGUAGE": language}


def read(file: Path, environment: dict[str, str]) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(file), PASSWORD],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


#: One of each kind of limit: refused at its place, stopped for time, for memory, for its number of entries.
QUICK = (
    "a view that never ends",
    "a secret of 0.7 MB",
    "spaces after base64",
    "comments that do not end",
    "entities in a KeePass database in UTF-16",
    "5000 nested groups",
    "an entity from another file",
    "a long secret within an encrypted export",
    "a ZIP with an endless view before an export",
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell what a process took")
@pytest.mark.parametrize("name", sampled(FILES, QUICK))
def test_a_hostile_file_is_read_or_refused_within_bounds(name: str, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(FILES[name]())
    result = read(file, environment("en"))
    assert float(str(result["seconds"])) < MOST_SECONDS
    assert int(str(result["memory"])) < MOST_MEMORY
    # Not all is hostile enough to be refused, but nothing is silent.
    assert result["found"] or result["cause"]
    assert "nobody foresaw" not in str(result["cause"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell what a process took")
@pytest.mark.parametrize(
    ("language", "time", "memory", "patience"),
    [
        ("en", "took more than 8 s of work", "needed more than 360 MiB of memory", "--patient"),
        ("zh_CN", "处理时间超过 8 秒", "需要的内存超过 360 MiB", "--patient"),
    ],
)
def test_a_limit_is_named_with_the_file_in_the_reader_s_language(
    language: str, time: str, memory: str, patience: str, tmp_path: Path
) -> None:
    slow, large = tmp_path / "slow.zip", tmp_path / "large.json"
    slow.write_bytes(FILES["50 pages of TIFF"]())
    large.write_bytes(FILES["JSON of two million objects"]())
    for file, words in ((slow, time), (large, memory)):
        result = read(file, environment(language))
        assert words in str(result["cause"])
        assert str(file) in str(result["cause"])
        assert patience in str(result["remedy"])


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names in folders")
def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(errors.Unreadable, match="not a known export"):
        sources.contents([str(pipe)], str)
