"""What a release puts into a key's flash, as hashes: the file that `make release` writes, and its signature.

A manifest is JSON, and may be signed: by Ed25519 (RFC 8032), 64 bytes in a file of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import download
from totpkey.install.drive import drive_files
from totpkey.sealing import edits as sealing
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_volume import layout

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from totpkey.install.signature import PublicKey

_FORMAT = "totpkey manifest 1"
_AGAIN = _("Download the manifest of the release again.")
#: More than any release has. What is larger, or names more, is none.
_LARGEST = 1024 * 1024
_LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Content:
    """A file's size, in bytes, and SHA-256."""

    size: int
    digest: str

    @classmethod
    def of(cls, content: bytes) -> Content:
        return cls(len(content), hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class Interpreter:
    """What CircuitPython puts into flash: as it is published, and sealed; None where it cannot be."""

    official: Content
    sealed: Content | None

    @classmethod
    def of(cls, content: bytes, absent: Collection[str] = ()) -> Interpreter:
        """That of a published CircuitPython's content. `absent`: doors that it is known not to have."""
        try:
            sealed = interpreter(sealing.seal(content, absent))
        except sealing.NotSealable:
            sealed = None
        return cls(interpreter(content), sealed)


@dataclass(frozen=True)
class Manifest:
    """`files`: those of the drive, by path. `interpreters`: CircuitPython, by board."""

    release: str
    layout: int
    files: Mapping[str, Content]
    interpreters: Mapping[str, Interpreter]


def own() -> Manifest:
    """What this command installs. Raises DriveMissing."""
    known = {
        board: Interpreter(Content(each.size, each.official), Content(each.size, each.sealed))
        for board, each in download.KNOWN.items()
    }
    return of(__version__, drive_files(), known)


def of(release: str, files: Mapping[str, bytes], interpreters: Mapping[str, Interpreter]) -> Manifest:
    """The manifest of a drive's files, and of CircuitPython by board."""
    on_a_key = layout.on_a_key(files)
    return Manifest(
        release,
        slots.LAYOUT,
        {path: Content.of(content) for path, content in on_a_key.items() if path not in storage.FILES},
        dict(interpreters),
    )


def interpreter(content: bytes) -> Content:
    """That of CircuitPython in flash, without the erased bytes at its end."""
    return Content.of(content.rstrip(b"\xff"))


def encode(manifest: Manifest) -> bytes:
    """The manifest as a file."""

    def shown(content: Content) -> dict[str, object]:
        return {"size": content.size, "sha256": content.digest}

    def kinds(each: Interpreter) -> dict[str, object]:
        both = {"official": each.official, "sealed": each.sealed}
        return {kind: shown(content) for kind, content in both.items() if content}

    document = {
        "format": _FORMAT,
        "release": manifest.release,
        "layout": manifest.layout,
        "circuitpython": {board: kinds(each) for board, each in sorted(manifest.interpreters.items())},
        "files": {path: shown(each) for path, each in sorted(manifest.files.items())},
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def read(path: Path, public_key: PublicKey | None = None) -> Manifest:
    """The manifest in a file. With a public key the file beside it, with .sig, has its signature.

    Raises InvalidManifest.
    """
    data = content_of(path)
    if public_key:
        _require_signature(data, path, public_key)
    return decode(data, path)


def decode(data: bytes, path: Path) -> Manifest:
    """The manifest that `data` is; `path` names it in messages. Raises InvalidManifest."""
    try:
        document = json.loads(data)
        if document["format"] != _FORMAT:
            raise ValueError(document["format"])
        return Manifest(
            _text(document["release"]),
            _this_layout(document["layout"], path),
            _contents(document["files"]),
            {board: _interpreter(each) for board, each in document["circuitpython"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise errors.InvalidManifest(
            tr("{path} is not the manifest of a release.", path=path), tr(_AGAIN)
        ) from None


def sign(data: bytes, private_key: Path) -> bytes:
    """An Ed25519 signature by a private key, PEM without a passphrase. Raises InvalidManifest."""
    return signing_key(private_key).sign(data)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file without a passphrase. Raises InvalidManifest."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content_of(path), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise no_key(path)
    return key


def no_key(path: Path) -> errors.InvalidManifest:
    return errors.InvalidManifest(
        tr("{path} holds no Ed25519 key.", path=path), tr("Give one in PEM, without a passphrase.")
    )


def _require_signature(data: bytes, path: Path, public_key: PublicKey) -> None:
    if not public_key.signed(data, content_of(path.with_name(path.name + ".sig"))):
        raise errors.InvalidManifest(
            tr("The signature of {path} is not by that key.", path=path),
            tr("Trust neither the manifest nor what came with it."),
        )


def content_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as problem:
        raise errors.InvalidManifest(
            tr("{path} cannot be read ({why}).", path=path, why=problem.strerror), tr(_AGAIN)
        ) from None


def _contents(entries: Any) -> dict[str, Content]:
    found = {}
    for name, entry in entries.items():
        size, digest = _number(entry["size"]), _text(entry["sha256"])
        parts = name.split("/")
        if not all(parts) or ".." in parts or size > _LARGEST_FILE or len(bytes.fromhex(digest)) != 32:
            raise ValueError(name)
        found[name] = Content(size, digest)
    return found


def _interpreter(entry: Any) -> Interpreter:
    kinds = _contents(entry)
    return Interpreter(kinds["official"], kinds.get("sealed"))


def _this_layout(value: Any, path: Path) -> int:
    if _number(value) != slots.LAYOUT:
        raise errors.InvalidManifest(
            tr("{path} is of a release whose drive is laid out in another way.", path=path),
            tr("Verify with the `totpkey` of that release."),
        )
    return slots.LAYOUT


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(value)
    return value
