"""The images that the tests on the chip run: CircuitPython as users have it, which is sealed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from totpkey import sealing
from totpkey.sealing import edits as sealing_image
from totpkey.sealing.edits import EDITS
from totpkey.system import own_files
from totpkey_virtual.chip import images as chip_images
from totpkey_volume import uf2
from totpkey_volume.circuitpython import SECTOR

_LARGEST_FLASH = 16 << 20


def official_images() -> list[Path]:
    """Return the images as they are published, the Pico's first."""
    return chip_images.images()


@cache
def sealed(image: Path) -> Path:
    """Return the file of an image, sealed. It is made once and kept in the cache."""
    data = image.read_bytes()
    sources = [path.read_bytes() for path in sorted(Path(sealing.__file__).parent.glob("*.[pt]*"))]
    digest = hashlib.sha256(b"".join([data, *sources])).hexdigest()[:16]
    path = chip_images.CACHE / "sealed" / digest / f"{image.stem}-sealed.uf2"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # As far as places are found: the tests of doors say whether that is enough.
        content = content_of(data)
        own_files.write(path, encoded(sealing_image.seal(content, without_place(content))))
    return path


def without_place(content: bytes) -> list[str]:
    """Return the edits that have no place in a build as it is published."""
    return [edit.name for edit in EDITS if not all(edit.places(content))]


def sealed_images() -> list[Path]:
    """Return all images, sealed, the Pico's first."""
    return [sealed(image) for image in official_images()]


def content_of(data: bytes) -> bytes:
    """Return what a UF2 file puts into flash, from its start to the end of what it covers."""
    return bytes(uf2.flash_content(data, _LARGEST_FLASH)[: uf2.covered(data)])


def encoded(content: bytes) -> bytes:
    """Return the UF2 file that puts content at the start of flash."""
    return uf2.encode({0: content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\xff")})
