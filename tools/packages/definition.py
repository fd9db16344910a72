"""What all packages say: version, addresses and checksums of a release, words about it, and what it needs."""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from totpkey.install import release_files

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class File:
    """A file of the release: where it is published, and its SHA-256."""

    address: str
    sha256: str

    @property
    def name(self) -> str:
        return self.address.rpartition("/")[2]

    @property
    def sri(self) -> str:
        """The checksum as browsers and Nix spell it."""
        return "sha256-" + base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True)
class Definition:
    """`program`: totpkey.exe, where it was built."""

    version: str
    description: str
    licence: str
    home: str
    issues: str
    publisher: str
    maintainer: str
    needs: tuple[str, ...]
    wheel: File
    sources: File
    program: File | None


def of_release(folder: Path) -> Definition:
    """Read the checksums of a release, and the project's own words. Raise OSError without a release."""
    digests = release_files.parse((folder / release_files.NAME).read_bytes())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    home, (author,) = project["urls"]["Homepage"], project["authors"]

    def file(suffix: str) -> File | None:
        names = [name for name in digests if name.endswith(suffix)]
        return File(f"{home}download/{names[0]}", digests[names[0]]) if names else None

    wheel, sources = file(".whl"), file(".tar.gz")
    if not wheel or not sources:
        raise FileNotFoundError(f"{folder} has no wheel or no sources: `make release` builds them")
    return Definition(
        release_files.version_of(digests),
        project["description"],
        project["license"],
        home,
        project["urls"]["Issues"],
        author["name"],
        f"{author['name']} <{author['email']}>",
        tuple(Requirement(each).name for each in project["dependencies"]),
        wheel,
        sources,
        file(".exe"),
    )
