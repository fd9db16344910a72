"""What is fuzzed: each target takes any bytes. It may refuse them in the way that it declares, and no other.

A target with a second reader of the same format also holds the two against each other.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from readers.tests import migration as migrations
from readers.tests.entries import PASSWORD, PLAIN
from readers.tests.samples import SAMPLES
from tests.support import firmware, records
from totpkey import errors
from totpkey.backups import backup_file
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import record
from totpkey_protocol.errors import Refusal
from totpkey_protocol.frames import FrameBuffer, parse
from totpkey_readers.formats import files, migration
from totpkey_readers.records import key_uri
from totpkey_readers.records.problem import Problem
from totpkey_volume import fat, fat_reader, uf2
from totpkey_volume.fat_format import RESERVED, SECTOR, Geometry

#: Small, so that there is time for many.
_VOLUME, _FLASH = 64 << 10, 64 << 10
#: One change of a volume: where, counted from its table of clusters on, and the new byte.
_CHANGE = struct.Struct("<HB")


@dataclass(frozen=True)
class Target:
    """A reader, what a search begins with, and the exceptions by which it may refuse."""

    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
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
    firmware.install()
    from totpkey_firmware.setup.channel import Channel

    channel = Channel(SimpleNamespace(write=lambda data: None), bytearray(32))  # type: ignore[arg-type]
    channel.begin(_KEY, 6)
    return channel


def _imports() -> Iterator[bytes]:
    """An export of each app that the tests of readers can write."""
    return (written().data for written in SAMPLES.values())


def _texts_in_codes() -> list[bytes]:
    links = ("totp/Amazon%3Ame?secret=JBSWY3DPEHPK3PXP&issuer=Amazon", "hotp/me?secret=jbsw%20y3dp&counter=7")
    texts = (*(f"otpauth://{link}" for link in links), "steam://JBSWY3DPEHPK3PXP", migrations.uri(PLAIN))
    return [text.encode() for text in texts]


def _backup() -> bytes:
    sealed = b"sealed record one" * 3, b"two" * 20
    return backup_file.write(
        backup_file.Backup(1_800_000_000, "k1", Parameters(bytes(16)), sealed, bytes(20))
    )


def _blocks(count: int) -> bytes:
    """An image of so many blocks, by Microsoft's description of UF2."""
    head = 0x0A324655, 0x9E5D5157, 0x2000
    places = ((0x1000_0000 + 256 * number, 256, number, count) for number in range(count))
    return b"".join(struct.pack("<8I476xI", *head, *place, 0xE48BFF56, 0x0AB16F30) for place in places)


def _accounts() -> Iterator[bytes]:
    for kind, rest in (("totp", (0, "", b"")), ("hotp", (3, "{code}{ENTER}", b""))):
        room = bytearray(256)
        end = record.pack_into(room, 0, 7, "店铺", "me", bytes(20), "SHA256", 8, 60, kind, *rest)
        yield bytes(room[:end])


def _changes(*changes: tuple[int, int]) -> bytes:
    return b"".join(_CHANGE.pack(*change) for change in changes)


#: A volume as it is, one with a chain that is a circle, and one with a file that never ends.
_VOLUMES = (b"", _changes((3, 2), (4, 0), (5, 48)), _changes((3, 2), (4, 240), (604, 240), (605, 255)))
_REQUESTS = (
    b'{"id":1,"command":"hello"}\n{"id":2,"command":"add","issuer":"\\u5e97\\ud83d\\ude00","x":true}\n',
    b'{"id":1,"ok":{"a":1}}\n\n{"id":-3,"command":"x"}\n{"id":1.5}\n',
)
_LINES = (b"\0", b"\0\1\3A\0(0", b'{"id":7,"command":"hello"}')

TARGETS: dict[str, Target] = {
    "imports": Target(lambda data: files.read(data, lambda app: PASSWORD), _imports, (Problem,)),
    "qr": Target(_qr, _texts_in_codes, (Problem,), 2048),
    "migration": Target(_migration, lambda: [migrations.message(PLAIN)], (Problem,), 1024),
    "backup": Target(backup_file.read, lambda: [_backup()], (errors.InvalidBackup,)),
    "record": Target(_record, _accounts, (ValueError, IndexError), 512),
    "uf2": Target(_uf2, lambda: map(_blocks, (1, 2)), (uf2.BadUf2,), 2048),
    "volume": Target(_volume, lambda: _VOLUMES, (), 96),
    "frames": Target(_frames, lambda: _REQUESTS, (), 2048),
    "records": Target(_records, lambda: _LINES, (), 256),
}


def known(name: str) -> Path:
    """The folder of what a machine has found before, which stays out of the tree."""
    return Path(os.environ.get("TOTPKEY_FUZZ", "build/fuzz")) / name
