"""ZIP archives: exports of 1Password (1PUX), Proton Pass, Raivo, Authenticator Plus and WinAuth, and those
that people have packed themselves. A file in them is read like a separate file.

ZipCrypto is opened through Python's own module, WinZip's AES here. WinZip's "AES Encryption Information"
(AE-1 and AE-2) describes it: salt, two bytes that verify the password, AES in counter mode with a
little-endian counter, and ten bytes of HMAC-SHA1.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from totpkey_readers.formats import locked, steam
from totpkey_readers.records import strays, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.problem import Problem, note

NAME = "ZIP"
MAGIC = b"PK\x03\x04"
#: The files that hold accounts, by the end of their name in lower case, and their app.
_KNOWN = {
    "export.data": "1Password",
    "proton pass/data.json": "Proton Pass",
    "raivo-otp-export.json": "Raivo",
    "accounts.txt": "Authenticator Plus",
}
_WINAUTH = "winauth-"
#: Other files that may hold accounts, in the order of trying.
_ENDINGS = (".json", ".2fas", ".txt", ".csv", ".authpro", ".html", ".xml", ".mafile", ".otpauthdb")
#: So many other files are looked at, and so many bytes of each.
_MOST_LOOKED_AT, _LARGEST_LOOKED_AT = 50, 1 << 20
#: Documents that are ZIP archives themselves, recognised by a file in them.
_OTHERS = {
    "[content_types].xml": "office",
    "androidmanifest.xml": "an_app",
}


def recognises(data: bytes) -> bool:
    return data.startswith(MAGIC)


def read(
    data: bytes, ask: AskPassword, read_inner: Callable[[bytes, AskPassword], Contents | None]
) -> Contents:
    """The accounts. `read_inner` reads a file by its content, or returns None.

    Raises Problem.
    """
    # Loading Python's module for ZIP takes longer than reading most exports.
    archive = Archive(data)
    names = archive.names()
    lowered = {name.lower(): name for name in names}
    for file, code in _OTHERS.items():
        if file in lowered:
            raise Problem(code)
    if any(name.endswith("data.pgp") for name in lowered):
        raise Problem("proton_sealed_zip")
    wanted, app = _wanted(names)
    password = ask(app) if wanted and archive.is_encrypted() else ""
    opened = _opener(archive, names, password, ask)
    if opened is not None:
        wanted = [name for name in names if name.lower().endswith(steam.ENDING)]
    plain = opened or (lambda _, data: data)
    read, damaged = _read_all(
        archive, wanted, password, lambda name, data: read_inner(plain(name, data), ask)
    )
    if not read:
        raise damaged or Problem("zip_nothing")
    _look_at(archive, [name for name in names if name not in wanted][:_MOST_LOOKED_AT], password)
    contents = _together(read)
    if damaged is not None:
        contents.warnings.append(note("zip_other_damaged", reason=damaged.note))
    if app != NAME:
        contents.format = app
    return contents


def _read_all(
    archive: Archive, names: list[str], password: str, read: Callable[[str, bytes], Contents | None]
) -> tuple[list[Contents], Problem | None]:
    """The contents of all files that are exports, and the first error of one that is damaged."""
    found: list[Contents] = []
    first: Problem | None = None
    for name in names:
        try:
            contents = read(name, archive.read(name, password))
        except Problem as damaged:
            if damaged.is_of_the_file:
                raise
            first = first or damaged
        else:
            if contents is not None:
                found.append(contents)
    return found, first


def _look_at(archive: Archive, names: list[str], password: str) -> None:
    """Have texts beside the exports looked through: people keep links in notes, too."""
    for name in names:
        with suppress(Problem):
            strays.seen(texts.decode(archive.read(name, password)[:_LARGEST_LOOKED_AT]) or "")


def _opener(
    archive: Archive, names: list[str], password: str, ask: AskPassword
) -> Callable[[str, bytes], bytes] | None:
    """What opens the files of a folder of Steam's, which may be encrypted; None for any other archive."""
    lists = [name for name in names if name.lower().endswith(steam.MANIFEST)]
    if not (lists and any(name.lower().endswith(steam.ENDING) for name in names)):
        return None
    return steam.opener(archive.read(lists[0], password), ask)


def _together(read: list[Contents]) -> Contents:
    """The contents of several exports, each entry with the number of its export if there are several."""
    formats = ", ".join(dict.fromkeys(contents.format for contents in read))
    whole = Contents(f"{formats}, in a ZIP")
    for number, contents in enumerate(read, 1):
        before = f"export {number}, " if len(read) > 1 else ""
        contents.found = [replace(found, place=before + found.place) for found in contents.found]
        contents.skipped = [replace(one, place=before + one.place) for one in contents.skipped]
        whole.add(contents)
    return whole


def _wanted(names: list[str]) -> tuple[list[str], str]:
    """The files to try, and the archive's app."""
    for ending, app in _KNOWN.items():
        known = [name for name in names if name.lower().endswith(ending)]
        if known:
            return known[:1], app
    of_winauth = [name for name in names if name.lower().startswith(_WINAUTH)]
    if of_winauth:
        return of_winauth, "WinAuth"
    own = [name for name in names if not name.startswith("__MACOSX/")]
    return [name for ending in _ENDINGS for name in own if name.lower().endswith(ending)][:50], NAME


#: The largest file that is read, and the largest total, in bytes.
_LARGEST = 64 << 20
_MOST_FILES = 1000
_AES_METHOD, _AES_FIELD = 99, 0x9901
#: Bytes of key and salt for each strength.
_STRENGTHS = {1: (16, 8), 2: (24, 12), 3: (32, 16)}
_ROUNDS = 1000
_CHECK, _MAC = 2, 10
_BLOCK = 16
_LOCAL = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


class Archive:
    """An archive in memory. Raises Problem if it is unreadable."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
            raise Problem("zip_cut") from None
        files = [info for info in self._zip.infolist() if not info.filename.endswith("/")]
        if len(files) > _MOST_FILES:
            raise Problem("zip_many")
        self._members = {info.filename: info for info in files}
        if "" in self._members or len(self._members) < len(files):
            raise Problem("zip_names")

    def names(self) -> list[str]:
        return list(self._members)

    def is_encrypted(self) -> bool:
        return any(info.flag_bits & _ENCRYPTED for info in self._members.values())

    def read(self, name: str, password: str) -> bytes:
        """The content of a file. Raises Problem."""
        info = self._members[name]
        if info.file_size > _LARGEST:
            raise Problem("zip_large_file")
        if info.compress_type == _AES_METHOD:
            return self._read_aes(info, password)
        try:
            with self._zip.open(info, pwd=password.encode(errors="replace") or None) as file:
                content = file.read(_LARGEST + 1)
        except (RuntimeError, zlib.error):
            # Python raises this for a wrong password, even if its check byte happens to match.
            raise locked.wrong() from None
        except zipfile.BadZipFile:
            raise (locked.wrong() if info.flag_bits & _ENCRYPTED else _damaged()) from None
        except (EOFError, OSError, ValueError, NotImplementedError, struct.error):
            raise _damaged() from None
        if len(content) > _LARGEST:
            raise Problem("zip_large_file")
        return content

    def _read_aes(self, info: zipfile.ZipInfo, password: str) -> bytes:
        strength, method = _aes_field(info.extra)
        key_size, salt_size = _STRENGTHS[strength]
        sealed = self._raw(info)
        if len(sealed) < salt_size + _CHECK + _MAC:
            raise _damaged()
        salt, check = sealed[:salt_size], sealed[salt_size : salt_size + _CHECK]
        body, mac = sealed[salt_size + _CHECK : -_MAC], sealed[-_MAC:]
        keys = hashlib.pbkdf2_hmac(
            "sha1", password.encode(errors="replace"), salt, _ROUNDS, 2 * key_size + _CHECK
        )
        if not hmac.compare_digest(keys[2 * key_size :], check):
            raise locked.wrong()
        if not hmac.compare_digest(hmac.digest(keys[key_size : 2 * key_size], body, "sha1")[:_MAC], mac):
            raise locked.wrong()
        return _unpack(_counter_mode(keys[:key_size], body), method)

    def _raw(self, info: zipfile.ZipInfo) -> bytes:
        """The stored bytes of a file, which follow its local header."""
        at = info.header_offset
        if not 0 <= at <= len(self._data) - _LOCAL.size:
            raise _damaged()
        magic, name, extra = _LOCAL.unpack_from(self._data, at)
        start = at + _LOCAL.size + name + extra
        if magic != MAGIC or start + info.compress_size > len(self._data):
            raise _damaged()
        return self._data[start : start + info.compress_size]


def _aes_field(extra: bytes) -> tuple[int, int]:
    """The key's strength, and the compression method."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _AES_FIELD and size >= 7 and at + 11 <= len(extra):
            strength, method = struct.unpack_from("<BH", extra, at + 8)
            if strength in _STRENGTHS:
                return strength, method
        at += 4 + size
    raise _damaged()


def _counter_mode(key: bytes, body: bytes) -> bytes:
    """AES in counter mode with a little-endian counter from 1, which libraries do not offer."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    blocks = -(-len(body) // _BLOCK)
    counters = b"".join(number.to_bytes(_BLOCK, "little") for number in range(1, blocks + 1))
    # ECB of the counters is the key stream.
    stream = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counters)  # noqa: S305
    mixed = int.from_bytes(body, "big") ^ int.from_bytes(stream[: len(body)], "big")
    return mixed.to_bytes(len(body), "big")


def _unpack(content: bytes, method: int) -> bytes:
    if method == zipfile.ZIP_STORED:
        return content
    if method != zipfile.ZIP_DEFLATED:
        raise Problem("zip_packing")
    try:
        unpacked = zlib.decompressobj(-15).decompress(content, _LARGEST + 1)
    except zlib.error:
        raise _damaged() from None
    if len(unpacked) > _LARGEST:
        raise Problem("zip_large_file")
    return unpacked


def _damaged() -> Problem:
    return Problem("zip_damaged")
