"""A release is the same wherever it is made, or is not made at all. It says what is missing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

import page_packages
import release
import release_inputs
from totpkey import errors
from totpkey.install import download
from totpkey_virtual.chip import images as chip_images

PICO = "raspberry_pi_pico"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, no network, and one board whose CircuitPython is known."""

    def no_network(address: str) -> bytes:
        raise errors.UnfitImage("CircuitPython could not be downloaded (no network).", "")

    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(chip_images, "CACHE", folder)
    monkeypatch.setattr(release_inputs, "CACHE", folder)
    monkeypatch.setattr(download, "read", no_network)
    known = replace(download.KNOWN[PICO], file=hashlib.sha256(b"the one").hexdigest())
    monkeypatch.setattr(download, "KNOWN", {PICO: known})
    monkeypatch.delenv(chip_images.VARIABLE, raising=False)
    return folder


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """With what the last release left."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "SHA256SUMS").write_text("of the last one")
    return folder


def test_without_npm_there_is_none(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page_packages, "BUILD", page_packages.Packages(page_packages.PAGE, tmp_path / "npm"))
    monkeypatch.setenv("PATH", "")
    assert release.main(["--here", str(dist), "5" * 40, "1780000000"]) == 1
    told = capsys.readouterr().err
    assert "it needs npm" in told
    assert "install Node.js" in told
    assert [path.read_text() for path in dist.iterdir()] == ["of the last one"]


def test_without_a_pinned_circuitpython_there_is_none(
    cache: Path, dist: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release_inputs, "page", lambda: dist / "totpkey.html")
    (cache / "another.uf2").write_bytes(b"another")
    assert release.main(["--here", str(dist), "5" * 40, "1780000000"]) == 1
    told = capsys.readouterr().err
    assert f"There is no image for {PICO}: CircuitPython could not be downloaded" in told
    assert f"put it into {cache}" in told
    assert [path.read_text() for path in dist.iterdir()] == ["of the last one"]


def test_only_what_is_pinned_is_taken_and_the_rest_is_named(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (f"{PICO}-9.2.0", f"{PICO}-10.1.3", f"{PICO}-10.1.4", "waveshare_rp2040_one-10.1.3")
    for name in names:
        (cache / f"{name}.uf2").write_bytes(b"the one" if name == names[1] else name.encode())
    assert release_inputs.interpreters() == {PICO: cache / f"{names[1]}.uf2"}
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3
    assert all(
        any(f"Left out: {cache / name}.uf2" in line for line in told) for name in names if name != names[1]
    )


def test_what_the_environment_names_is_held_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one.uf2", tmp_path / "other.uf2"
    one.write_bytes(b"the one")
    monkeypatch.setenv(chip_images.VARIABLE, os.pathsep.join(map(str, (other, one))))
    assert release_inputs.interpreters() == {PICO: one}
    assert f"Left out: {other}" in capsys.readouterr().err


def test_what_is_not_at_hand_is_downloaded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "read", lambda address: b"the one")
    (path,) = release_inputs.interpreters().values()
    assert path.parent == cache
    assert path.read_bytes() == b"the one"
