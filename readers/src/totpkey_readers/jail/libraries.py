"""Loads all that reading may need, before the process is shut: afterwards it opens no file.

A text or a container may be encrypted in any way inside, so all of it is loaded for each.
"""

from __future__ import annotations

import codecs
import sys
from contextlib import suppress
from importlib import import_module

#: What readers import where they need it.
_OF_FILES = (
    *(
        "hashlib",
        "hmac",
        "csv",
        "zipfile",
        "gzip",
        "zlib",
        "lzma",
        "sqlite3",
        "plistlib",
        "html",
        "html.entities",
    ),
    *("xml.etree.ElementTree", "xml.parsers.expat", "cryptography.exceptions", "unicodedata", "stringprep"),
    *(
        f"cryptography.hazmat.primitives.{name}"
        for name in ("ciphers", "ciphers.algorithms", "ciphers.modes", "ciphers.aead", "padding", "poly1305")
    ),
    *(f"cryptography.hazmat.primitives.{name}" for name in ("hashes", "kdf.argon2", "kdf.scrypt")),
    *("totpkey_readers.formats.zip_files", "totpkey_readers.formats.salsa20"),
)
_OF_PICTURES = (
    "PIL.Image",
    "PIL.ImageOps",
    "PIL.ImageFilter",
    "PIL.ImageChops",
    "PIL.ImageSequence",
    "zxingcpp",
)
_OF_DOCUMENTS = ("pypdfium2",)
#: Encodings that texts, XML and file names in ZIP archives have.
_ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "latin-1", "cp1252"),
    *("gb18030", "cp437", "idna", "raw_unicode_escape", "unicode_escape"),
)


def load_for_files(has_pictures: bool) -> None:
    """All that exports need. What is not installed a reader will miss in its own way."""
    if has_pictures:
        load_for_pictures(is_document=False)
    from totpkey_readers.formats import files  # noqa: F401

    for name in _ENCODINGS:
        codecs.lookup(name)
    _load(_OF_FILES)
    _warm_up()


def load_for_pictures(is_document: bool) -> None:
    from totpkey_readers.pictures import qr  # noqa: F401

    _load(_OF_PICTURES)
    if is_document:
        _load(_OF_DOCUMENTS)
    with suppress(ImportError):
        from PIL import Image

        Image.init()


def _load(names: tuple[str, ...]) -> None:
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            _failed.errors[name] = error


class _Failed:
    """Fails the same way again: a reader that tells why would find only that it may open no file."""

    def __init__(self) -> None:
        self.errors: dict[str, ImportError] = {}

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in self.errors:
            raise self.errors[name]


_failed = _Failed()
sys.meta_path.insert(0, _failed)


def _warm_up() -> None:
    """Have OpenSSL load what it loads at its first use, and the zone of this place, which some libraries
    ask for.
    """
    import hashlib
    import time

    with suppress(ImportError):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        AESGCM(bytes(16)).encrypt(bytes(12), b"", None)
    for name in ("md5", "sha1", "sha256", "sha512"):
        hashlib.new(name, usedforsecurity=False)
        hashlib.pbkdf2_hmac(name, b"", b"", 1)
    hashlib.scrypt(b"", salt=b"", n=2, r=1, p=1)
    time.localtime()
