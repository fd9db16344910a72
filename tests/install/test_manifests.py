"""A release's manifest lists its files with their digests, signed or not."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.releases import RELEASE, made
from tests.support.chinese import english_in
from totpkey.cli.root import run
from totpkey.install import manifest
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Content
from totpkey_protocol import storage


def test_a_manifest_says_again_what_it_was_made_of(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(manifest.encode(RELEASE))
    assert manifest.read(path) == RELEASE
    assert RELEASE.files["boot.py"] == Content.of(drive_files()["boot.py"])
    assert not set(storage.FILES) & RELEASE.files.keys()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document | {"format": "another"},
        lambda document: document | {"layout": True},
        lambda document: document | {"layout": 99},
        lambda document: document | {"files": []},
        lambda document: document | {"files": {"boot.py": {"size": -1, "sha256": "00" * 32}}},
        lambda document: document | {"files": {"boot.py": {"size": 1, "sha256": "00"}}},
        lambda document: document | {"files": {"../boot.py": {"size": 1, "sha256": "00" * 32}}},
        lambda document: [document],
        lambda document: {},
    ],
)
def test_what_is_no_manifest(
    change: Callable[[object], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(change(json.loads(manifest.encode(RELEASE)))))
    assert run(["verify", "--manifest", str(path), "--unsigned"]) == 2
    assert str(path) in capsys.readouterr().err


@pytest.fixture
def unsigned(tmp_path: Path) -> list[str]:
    """The arguments that compare an image with a manifest that matches it and that nobody has signed."""
    path, image = tmp_path / "m.json", tmp_path / "made.uf2"
    image.write_bytes(made())
    path.write_bytes(manifest.encode(RELEASE))
    return ["verify", "--image", str(image), "--manifest", str(path)]


def test_an_unsigned_manifest_is_refused(unsigned: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(unsigned) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"Nothing shows who wrote {unsigned[-1]}" in shown.err
    assert "--public-key" in shown.err
    assert "matches" not in shown.err


@pytest.mark.usefixtures("chinese")
def test_an_unsigned_manifest_is_refused_in_chinese(
    unsigned: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(unsigned) == 2
    told = capsys.readouterr().err
    assert f"无法确认 {unsigned[-1]} 是谁写的" in told
    assert english_in(told.replace(unsigned[-1], "")) == []
    assert run([*unsigned, "--unsigned"]) == 0
    told = capsys.readouterr().err
    assert "没有签名" in told
    assert "都与固件" not in told, "that is what is said of a release"


def test_what_matches_an_unsigned_manifest_is_not_called_verified(
    unsigned: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*unsigned, "--unsigned", "--json"]) == 0
    shown = capsys.readouterr()
    said = json.loads(shown.out)
    assert (said["matches"], said["verified"]) == (True, False)
    assert f"Nobody has signed {unsigned[-1]}" in shown.err
    assert "matches firmware" not in shown.err


@pytest.mark.parametrize("options", [["--unsigned"], ["--unsigned", "--public-key"]])
def test_unsigned_is_about_a_manifest_without_a_key(options: list[str], unsigned: list[str]) -> None:
    manifests = unsigned[3:] if options[1:] else []
    assert run(["verify", *manifests, *options, *([unsigned[-1]] if options[1:] else [])]) == 2


def test_a_signed_manifest_by_openssl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys are openssl's, and it takes our signature; a changed byte or another key is noticed."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl here")
    for name in ("mine", "other"):
        openssl("genpkey", "-algorithm", "ed25519", "-out", str(tmp_path / name))
        openssl("pkey", "-in", str(tmp_path / name), "-pubout", "-out", str(tmp_path / f"{name}.pub"))
    path, made_file = tmp_path / "m.json", tmp_path / "made.uf2"
    made_file.write_bytes(made())
    path.write_bytes(manifest.encode(RELEASE))
    (tmp_path / "m.json.sig").write_bytes(manifest.sign(path.read_bytes(), tmp_path / "mine"))
    signature = [
        "-inkey",
        str(tmp_path / "mine.pub"),
        "-sigfile",
        str(tmp_path / "m.json.sig"),
        "-in",
        str(path),
    ]
    openssl("pkeyutl", "-verify", "-pubin", "-rawin", *signature)

    def verify(key: str) -> int:
        given = ["--manifest", str(path), "--public-key", str(tmp_path / key)]
        return run(["verify", "--image", str(made_file), *given])

    assert verify("mine.pub") == 0
    assert "everything that runs on it matches firmware" in capsys.readouterr().err
    assert verify("other.pub") == 2
    assert verify("m.json") == 2
    path.write_bytes(path.read_bytes().replace(b'"release": "', b'"release": "8'))
    assert verify("mine.pub") == 2
    assert "is not by that key" in capsys.readouterr().err


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
