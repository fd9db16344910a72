"""`make chip-image` takes the pinned CircuitPython, and puts another one aside for `make admit`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import chip_image
from totpkey import errors
from totpkey.install import download


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(chip_image, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(chip_image, "CANDIDATES", tmp_path / "cache" / "candidates")
    monkeypatch.setattr(download, "read", str.encode)
    return tmp_path / "cache"


def test_another_version_is_put_where_nothing_looks_for_images(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chip_image.main(["10.3.0"]) == 0
    name = "adafruit-circuitpython-raspberry_pi_pico-en_US-10.3.0.uf2"
    path = cache / "candidates" / name
    assert path.read_text().endswith(f"/bin/raspberry_pi_pico/en_US/{name}")
    assert list(cache.glob("*.uf2")) == []
    said = capsys.readouterr().out
    assert f"SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}, which nothing here vouches for" in said
    assert f"make admit IMAGE={path}" in said


def test_the_pinned_version_is_held_to_its_checksum(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], [download.VERSION], ["", "raspberry_pi_pico"]):
        assert chip_image.main(arguments) == 1
        assert "is not the CircuitPython" in capsys.readouterr().err
    assert not cache.exists()


def test_a_board_without_a_row_gets_a_candidate(cache: Path) -> None:
    assert chip_image.main([download.VERSION, "adafruit_kb2040"]) == 0
    (path,) = (cache / "candidates").iterdir()
    assert path.name == f"adafruit-circuitpython-adafruit_kb2040-en_US-{download.VERSION}.uf2"


def test_what_is_no_version_asks_nobody(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert chip_image.main(["../10.3.0"]) == 2
    assert "no version of CircuitPython" in capsys.readouterr().err
    assert not cache.exists()


def test_without_a_network_it_says_where_the_file_belongs(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_network(address: str) -> bytes:
        raise errors.UnfitImage("CircuitPython could not be downloaded (no network).", "")

    monkeypatch.setattr(download, "read", no_network)
    assert chip_image.main(["10.3.0"]) == 1
    assert f"put it into {cache / 'candidates'}" in capsys.readouterr().err
