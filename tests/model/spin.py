"""Models in Promela, searched and played by `spin` (https://spinroot.com), which Debian has."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_MODELS = Path(__file__).parent
#: Where compiled searches are kept, by the digest of their sources.
_BUILD = _MODELS.parents[1] / "build" / "model"
_COMPILE = ("gcc", "-O2", "-DSAFETY", "-w", "-o", "pan", "pan.c")


@dataclass(frozen=True)
class Found:
    """What a search found: the assertion that a counterexample violates, or ""."""

    violated: str
    states: int


@cache
def rules(model: str) -> dict[str, int]:
    """The rules of a model: the bits that it defines before it includes how they are given."""
    head = (_MODELS / f"{model}.pml").read_text().split("#include")[0]
    return {name: int(bit) for name, bit in re.findall(r"^#define ([A-Z_]+) +(\d+) +/\*", head, re.M)}


def search(model: str, without: Collection[str] = (), **given: int) -> Found:
    """Search all states of a model for a violated assertion, with all rules but those."""
    bits = rules(model)
    told = {"rules": sum(bits.values()) - sum(bits[name] for name in without), **given}
    with TemporaryDirectory() as folder:
        said = subprocess.run(
            [_searcher(model), "-E", "-m2000000", "-w20"],
            cwd=folder,
            env=os.environ | {name: str(value) for name, value in told.items()},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert not re.search("max search depth too small|out of memory", said), said
    violated = re.search(r"^pan:1: (.*) \(at depth", said, re.M)
    states = re.search(r"(\d+) states, stored", said)
    assert states, said
    return Found(violated[1] if violated else "", int(states[1]))


def play(model: str, seed: int, steps: int, **given: int) -> Iterator[list[str]]:
    """The words of each line that a run of the model at random prints."""
    told = {"rules": sum(rules(model).values()), **given}
    defined = [f"-D{name.upper()}={value}" for name, value in told.items()]
    # spin leaves what it has preprocessed in the folder where it runs, under one name.
    with TemporaryDirectory() as folder:
        model_file = str(_MODELS / f"{model}.pml")
        said = _run("spin", "-T", f"-n{seed}", f"-u{steps}", *defined, model_file, folder=Path(folder))
    for line in said.splitlines():
        if line.startswith(("do ", "said ", "owner ")):
            yield line.split()


def _run(*command: str, folder: Path) -> str:
    for program in ("spin", "gcc"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed: apt install spin gcc")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@cache
def _searcher(model: str) -> Path:
    sources = [(_MODELS / f"{name}.pml") for name in (model, "rules")]
    target = _BUILD / hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:16]
    if not target.exists():
        _BUILD.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=_BUILD) as folder:
            for source in sources:
                shutil.copy(source, folder)
            _run("spin", "-a", f"{model}.pml", folder=Path(folder))
            _run(*_COMPILE, folder=Path(folder))
            # If two processes build at once, the last wins, with the same content.
            (Path(folder) / "pan").replace(target)
    return target
