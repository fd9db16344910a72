"""The keys that releases are signed with: those pinned here, or one that a person gives as a file."""

from __future__ import annotations

from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.install import manifest
from totpkey.install.signature import Malformed, PublicKey

#: Each in one line, as `python tools/release_key.py FILE` prints it. Empty until the first release: such a
#: command takes a release only with --public-key or --unsigned. How to change keys: docs/guide/release.md.
PINNED: tuple[str, ...] = ()


def pinned() -> list[PublicKey]:
    """The keys that this command knows."""
    return [PublicKey.parse(line) for line in PINNED]


def read(path: Path) -> PublicKey:
    """The key in a file of minisign or signify, or in PEM. Raises InvalidManifest."""
    data = manifest.content_of(path)
    if data.startswith(b"-----BEGIN"):
        return _of_pem(data, path)
    try:
        return PublicKey.parse(data.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        raise errors.InvalidManifest(
            tr("{path} is not the public key of a release.", path=path),
            tr("Give a file of minisign or signify, or an Ed25519 key in PEM."),
        ) from None


def _of_pem(data: bytes, path: Path) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise manifest.no_key(path)
    return PublicKey.of(key.public_bytes_raw())
