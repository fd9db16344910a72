"""The program that reads one file: the file comes on standard input, what is in it goes to standard output.

It gets a line of JSON with `pictures` and `patient`, then the file in parts: four bytes of length, then the
part; an empty one is the end. It answers with lines of JSON: `ask` for a password, to which a line with
`password` comes back; `cost` of a derivation, to which an empty object comes back once it may be done; and in
the end `contents`, `picture` or `links` with texts, `problem`, `limit` or `crash`.

Before the process is shut, all is loaded that reading may need: afterwards it opens no file. A text or a
container may be encrypted in any way inside, so all of it is loaded for each.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, BinaryIO

from totpkey_readers.jail import bounds, wire
from totpkey_readers.pictures import kinds
from totpkey_readers.records import links, texts
from totpkey_readers.records.contents import LARGEST
from totpkey_readers.records.problem import Problem

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


#: What is left for an answer when memory has come to its limit, in bytes.
_RESERVE = 4 << 20


def main() -> None:
    """Read one file, and end."""
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What libraries print must not get among the answers.
    os.dup2(2, 1)
    order = json.loads(given.readline())
    first = _part(given)
    # Nothing is read yet but what kind of file it is, for the libraries that it needs.
    if kinds.is_picture(first):
        load_for_pictures(kinds.is_document(first))
    else:
        load_for_files(has_pictures=first.lstrip().startswith(b"<") and b"data:image/" in first)
    conversation = _Conversation(given, answers, bounds.PATIENT if order["patient"] else bounds.USUAL)
    bounds.limit(bounds.PATIENT if order["patient"] else bounds.USUAL)
    bounds.shut()
    reserve = bytearray(_RESERVE)
    try:
        answer = _read(order, first, conversation)
    except MemoryError:
        # The error still holds all that was read, so that even this answer would find no memory.
        del reserve
        answer = {"limit": "memory"}
    conversation.say(answer)
    # Freeing all that was read takes its time, and serves nobody.
    os._exit(0)


class _Conversation:
    """What is said between the two processes, beside the file itself."""

    def __init__(self, given: BinaryIO, answers: BinaryIO, allowed: bounds.Bounds) -> None:
        self._given = given
        self._answers = answers
        self._allowance = bounds.Allowance(allowed)

    def rest_of(self, first: bytes) -> bytes:
        """The whole file. Raises Problem."""
        parts, size, part = [first], len(first), first
        while part and size <= LARGEST:
            part = _part(self._given)
            parts.append(part)
            size += len(part)
        if size > LARGEST:
            raise Problem("too_large", most=LARGEST >> 20)
        return b"".join(parts)

    def say(self, message: dict[str, Any]) -> None:
        self._answers.write(wire.line(message))
        self._answers.flush()

    def ask(self, app: str) -> str:
        self.say({"ask": app})
        return str(json.loads(self._given.readline())["password"])

    def announce(self, seconds: float, memory: float) -> None:
        """Have the limits raised by who may raise them."""
        if sys.platform == "linux":
            self.say({"cost": [seconds, memory]})
            self._given.readline()
        else:
            bounds.limit(self._allowance.extended(seconds, memory))


def _part(given: BinaryIO) -> bytes:
    return given.read(int.from_bytes(given.read(4), "big"))


def _read(order: dict[str, Any], first: bytes, conversation: _Conversation) -> dict[str, Any]:
    try:
        data = conversation.rest_of(first)
        if kinds.is_picture(first) or order["pictures"]:
            return {"picture": _texts(data)}
        text = texts.decode(data)
        if text is not None and links.begins_with_link(text) and not order["links"]:
            return {"links": text.splitlines()}
        return {"contents": _contents(data, order["patient"], conversation)}
    except Problem as problem:
        return {"problem": wire.of_note(problem.note)}
    except MemoryError:
        return {"limit": "memory"}
    # A library or a reader may fail in any way. The text of such an error could hold a secret.
    except Exception as fault:  # noqa: BLE001
        return {"limit": "memory"} if _is_out_of_memory(fault) else {"crash": _where(fault)}


def _texts(data: bytes) -> list[str]:
    from totpkey_readers.pictures import qr

    return qr.read(data)


def _contents(data: bytes, patient: bool, conversation: _Conversation) -> dict[str, Any]:
    from totpkey_readers.formats import cost, files

    with cost.announced(conversation.announce):
        return wire.of_contents(files.read(data, conversation.ask, patient))


def _is_out_of_memory(fault: BaseException) -> bool:
    """Whether an error comes of one for lack of memory, under whatever name a library gives that."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, MemoryError) or "bad_alloc" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _where(fault: BaseException) -> str:
    """Kind and place of an error: enough for a report, and nothing of the file."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    return f"{type(fault).__name__} {place}".strip()


if __name__ == "__main__":
    main()
