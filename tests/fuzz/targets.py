"""What is fuzzed: each target takes any bytes. It may refuse them in the way that it declares, and no other.

A target with a second reader of the same format also holds the two against each other.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.support import aesio, records
from totpkey import errors
from totpkey.backups import backup_file
from totpkey_protocol import record
from totpkey_protocol.errors import Refusal
from totpkey_protocol.frames import FrameBuffer, parse
from totpkey_readers.formats import files, migration
from totpkey_readers.records import key_uri
from totpkey_readers.records.problem import Problem
from totpkey_volume import fat, fat_reader, uf2
from totpkey_volume.fat_format import RESERVED, SECTOR, Geometry

CORPUS = Path(__file__).parent / "corpus"
#: Small, so that there is time for many.
_VOLUME, _FLASH = 64 << 10, 64 << 10
#: One change of a volume: where, counted from its table of clusters on, and the new byte.
_CHANGE = struct.Struct("<HB")


@dataclass(frozen=True)
class Target:
    """A reader, with the exceptions by which it may refuse."""

    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...] = ()
    #: The longest input that is tried, in bytes.
    most: int = 4096

    def __call__(self, data: bytes) -> None:
        try:
            self.read(data)
        except self.refuses:
            return


def _qr(data: bytes) -> None:
    """The text of a QR code: a key URI, or a part of Google Authenticator's export."""
    text = data.decode(errors="replace")
    if text.startswith("otpauth-migration:"):
        migration.read([text])
    else:
        key_uri.read(text)


def _migration(data: bytes) -> None:
    """The message within such a code, which is compact and therefore hard to reach from its text."""
    migration.read(["otpauth-migration://offline?data=" + base64.b64encode(data).decode()])


def _record(data: bytes) -> None:
    """An account as keys store and export it: what is read is written as it was."""
    fields = record.unpack(data)
    room = bytearray(len(data))
    end = record.pack_into(room, 0, *fields)
    assert record.unpack(room[:end]) == fields


def _uf2(data: bytes) -> None:
    assert len(uf2.flash_content(data, _FLASH)) == _FLASH


@cache
def volume() -> bytes:
    """A small drive with a folder, a long name and a file of several clusters."""
    content = {
        "boot.py": b"boot",
        "lib/totpkey/长名字.mpy": bytes(range(256)) * 9,
        "settings.toml": b"x" * 700,
    }
    return fat.build(content, _VOLUME)


def _volume(data: bytes) -> None:
    """A drive some bytes of whose tables are others: what is read fits the drive."""
    image = bytearray(volume())
    geometry = Geometry.of(len(image))
    for at, value in _CHANGE.iter_unpack(data[: len(data) // _CHANGE.size * _CHANGE.size]):
        image[RESERVED * SECTOR + at % (len(image) - RESERVED * SECTOR)] = value
    for content in fat_reader.read(bytes(image)).values():
        assert len(content) <= geometry.sectors * SECTOR


def _frames(data: bytes) -> None:
    """A request is what Python's JSON reader says, or the key refuses it."""
    buffer = FrameBuffer()
    for frame in buffer.feed(data):
        if frame is None:
            continue
        whole = bytes(frame)
        try:
            request = parse(whole)
        except Refusal:
            continue
        if request is not None:
            identifier, fields = request
            assert json.loads(whole) == {"id": identifier, **fields}


_KEY, _TEXT = bytes(range(32)), b'{"id":7,"command":"wipe"}'
_TRUE = _TEXT + records.tag(_KEY, _TEXT)
#: A change of a line: how many bytes are taken out there, where, and the byte that comes in.
_FORGERY = struct.Struct("<BBc")


def _records(data: bytes) -> None:
    """The key takes a true record once, and proves no other line. A quarter are made from the true one."""
    line = data
    if data[:1] < b"\x40":
        line = _TRUE
        for taken, place, byte in _FORGERY.iter_unpack(data[1 : 1 + (len(data) - 1) // 3 * 3]):
            at = place % (len(line) + 1)
            line = line[:at] + byte + line[at + taken % 3 :]
    channel = _channel()
    for again in range(2):
        try:
            opened = channel.open(memoryview(line))
        except Refusal:
            continue
        assert not (opened and opened[2]) or (line == _TRUE and not again), line


def _channel() -> Any:
    """A key's side of a session that has just begun."""
    aesio.install()
    from totpkey_firmware.setup.channel import Channel

    channel = Channel(SimpleNamespace(write=lambda data: None), bytearray(32))  # type: ignore[arg-type]
    channel.begin(_KEY, 6)
    return channel


TARGETS: dict[str, Target] = {
    "imports": Target(lambda data: files.read(data, lambda app: "test"), (Problem,)),
    "qr": Target(_qr, (Problem,), 2048),
    "migration": Target(_migration, (Problem,), 1024),
    "backup": Target(backup_file.read, (errors.InvalidBackup,)),
    "record": Target(_record, (ValueError, IndexError), 512),
    "uf2": Target(_uf2, (uf2.BadUf2,), 2048),
    "volume": Target(_volume, (), 96),
    "frames": Target(_frames, (), 2048),
    "records": Target(_records, (), 256),
}


def seeds(name: str) -> list[bytes]:
    """The small corpus of a target, in the tree."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def known(name: str) -> Path:
    """The folder of what a machine has found before, which stays out of the tree."""
    return Path(os.environ.get("TOTPKEY_FUZZ", "build/fuzz")) / name
