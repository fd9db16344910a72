"""If samples cannot be fetched, one line for each project says so, and existing ones are used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fetch_samples

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git")


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the repositories, of which one is there, with a file that is wanted and one that is not."""
    folder = tmp_path / "copies" / "cooper+files"
    folder.mkdir(parents=True)
    for name in ("a.otpauth", "README"):
        (folder / name).write_text(name)
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "x"],
    ):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    sources = tuple(
        fetch_samples.Source(repository, "HEAD", repository.partition("/")[0], ("*.otpauth",))
        for repository in ("cooper/files", "nobody/nothing")
    )
    monkeypatch.setattr(fetch_samples, "SOURCES", sources)
    return tmp_path


def fetched(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["fetch_samples", *arguments])
    return fetch_samples.main()


def test_what_is_at_hand_is_taken_and_the_rest_is_named(
    one: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copies, to = one / "copies", one / "samples"
    assert fetched(monkeypatch, "--from", f"{copies}/{{owner}}+{{name}}", str(to)) == 1
    assert [path.name for path in to.rglob("*.otpauth")] == ["a.otpauth"]
    assert not list(to.rglob("README"))
    said = capsys.readouterr()
    assert "cooper/files: 1 files" in said.out
    assert said.err.startswith("nobody/nothing: not fetched. ")


def test_where_nothing_is_at_hand_that_is_said(
    one: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetched(monkeypatch, "--from", f"{one}/nowhere/{{owner}}+{{name}}", str(one / "samples")) == 1
    assert "No sample was fetched" in capsys.readouterr().err
