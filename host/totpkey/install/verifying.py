"""Whether a key's flash holds what a release puts there, and nothing else that could run.

All that says where things lie is compared byte by byte with what the manifest's names and sizes lead to:
boot sector, table of clusters, every directory. So CircuitPython finds the very files whose hashes are
compared here. The vault is never read.

Not compared is what nothing reads: free clusters, and what stands behind CircuitPython and behind a slot's
firmware. Nor is NVM, which counts how often codes were typed.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from binascii import crc32
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from totpkey.i18n.translation import mark as _
from totpkey.install import manifest
from totpkey.install.flash_plan import FlashPlan
from totpkey.install.manifest import Content, Interpreter, Manifest
from totpkey.sealing import edits as sealing
from totpkey.sealing.edits import DOORS
from totpkey_protocol import slots
from totpkey_protocol.boards import BOARDS
from totpkey_volume import circuitpython, fat_reader, layout
from totpkey_volume.circuitpython import BOOT_OUTPUT, DRIVE_START, NVM_START
from totpkey_volume.circuitpython import SECTOR as FLASH_SECTOR
from totpkey_volume.fat_format import ENTRY, SECTOR, Geometry

_CRC = 4


@dataclass(frozen=True)
class Seal:
    """`length` and SHA-256 of the slot's content."""

    sequence: int
    length: int
    digest: bytes


@dataclass(frozen=True)
class Seals:
    """`by_slot`: a whole seal, or None. `are_plain`: whether nothing else stands in their pages."""

    by_slot: Mapping[str, Seal | None]
    are_plain: bool

    @classmethod
    def read(cls, content: bytes | bytearray) -> Seals:
        pages = {
            name: bytes(content[at * slots.STRIDE :][: slots.PAGE])
            for at, (name, _, _) in enumerate(slots.SLOTS)
        }
        found = {name: _seal(page) for name, page in pages.items()}
        rest = b"".join(
            page[slots.SEAL_SIZE + _CRC :] if found[name] else page for name, page in pages.items()
        )
        return cls(found, not rest.strip(b"\xff"))

    @property
    def started(self) -> str:
        """The slot that starts. On a key without seals, the first."""
        first, second = (self.by_slot[name] for name, _, _ in slots.SLOTS)
        is_second = (second.sequence if second else -1) > (first.sequence if first else -1)
        return slots.SLOTS[is_second][0]


def _seal(page: bytes) -> Seal | None:
    fields, checksum = page[: slots.SEAL_SIZE], page[slots.SEAL_SIZE : slots.SEAL_SIZE + _CRC]
    magic, sequence, length, digest = struct.unpack(slots.SEAL, fields)
    if magic != slots.MAGIC or crc32(fields) != int.from_bytes(checksum, "little"):
        return None
    return Seal(sequence, length, digest)


#: Gives that many bytes of flash from that place on, both whole flash sectors.
Read = Callable[[int, int], bytes]
#: Called with how many of how many bytes were read.
Progress = Callable[[int, int], None]

CIRCUITPYTHON = "CircuitPython"
#: Parts of the drive that are no files.
BOOT_SECTOR, TABLE, ROOT = (
    _("the drive's boot sector"),
    _("the drive's table of clusters"),
    _("the root folder"),
)
_IDENTITY = "0" * 16
_CHUNK = 16 * FLASH_SECTOR


@dataclass
class Report:
    """What was found.

    `differing`: names of files and other parts that are not those of the release; `unknown`: those that there
    was nothing to compare with; `started`: the slot that starts; `release`: that of the firmware in it;
    `official`: the SHA-256 of the published CircuitPython that it has; `edits` and `missing`: names of the
    edits by which it is sealed, and of those that it lacks; `absent`: those that it does not need.
    """

    board: str = ""
    started: str = ""
    release: str = ""
    differing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    official: str = ""
    edits: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    is_laid_out: bool = True

    @property
    def is_sealed(self) -> bool:
        return bool(self.edits) and not self.missing

    @property
    def is_good(self) -> bool:
        return self.is_laid_out and not self.differing and not self.unknown

    def differs(self, name: str) -> None:
        if name not in self.differing:
            self.differing.append(name)


def compare(
    read: Read,
    releases: Sequence[Manifest],
    interpreter: tuple[str, Interpreter] | None,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """Compare flash with the first of `releases`; a slot that is not started may hold another of them.

    `interpreter`: a board and its CircuitPython, for one that no manifest has.
    """
    report = Report()
    firmware = _read(read, [(0, NVM_START)], progress)
    report.board = interpreter[0] if interpreter else _board(firmware)
    if report.board not in BOARDS:
        report.differs(CIRCUITPYTHON)
        return report
    expected = interpreter[1] if interpreter else releases[0].interpreters.get(report.board)
    if expected is None:
        report.unknown.append(CIRCUITPYTHON)
    else:
        _compare_interpreter(firmware, expected, report)
    _compare_drive(
        read, releases, circuitpython.boot_output(firmware, report.board, _IDENTITY), report, progress
    )
    return report


def _board(firmware: bytes) -> str:
    try:
        return circuitpython.board_of(firmware)
    except circuitpython.UnknownBoard:
        return ""


def _compare_interpreter(firmware: bytes, expected: Interpreter, report: Report) -> None:
    """CircuitPython has to be the published one, or that one sealed: all edits, and nothing else changed."""
    every = [edit.name for edit in DOORS]
    if _is_interpreter(firmware, expected.official):
        report.official, report.missing = expected.official.digest, every
    elif expected.sealed and _is_interpreter(firmware, expected.sealed):
        made = [edit.name for edit in sealing.standing(firmware).made]
        report.official, report.edits = expected.official.digest, made
        report.absent = [name for name in every if name not in made]
    else:
        report.differs(CIRCUITPYTHON)
        if _is_interpreter(sealing.unsealed(firmware), expected.official):
            report.official = expected.official.digest
            report.edits = [edit.name for edit in sealing.standing(firmware).made]
            report.missing = [name for name in every if name not in report.edits]


def _is_interpreter(firmware: bytes, expected: Content) -> bool:
    """An image fills the last sector up."""
    end = -(-expected.size // FLASH_SECTOR) * FLASH_SECTOR
    rest = firmware[expected.size : end]
    return manifest.Content.of(firmware[: expected.size]) == expected and rest == b"\xff" * len(rest)


def _compare_drive(
    read: Read, releases: Sequence[Manifest], output: bytes | None, report: Report, progress: Progress
) -> None:
    plans = [FlashPlan.of(release, report.board) for release in releases]
    start, end = (at - DRIVE_START for at in layout.vault_range(report.board))
    volume = bytearray(plans[0].volume)
    # With boot_out.txt among the others, these end a little later.
    last = min(plans[0].end + FLASH_SECTOR, len(volume) // FLASH_SECTOR * FLASH_SECTOR)
    ranges = [(DRIVE_START, DRIVE_START + start), (DRIVE_START + end, DRIVE_START + last)]
    got = _read(read, ranges, progress)
    volume[:start], volume[end:last] = got[:start], got[start:]
    if slots.SEALS.split("/")[0] not in {record.name for record in fat_reader.records(plans[0].root(volume))}:
        report.is_laid_out = False
        return
    plan = plans[0]
    if output and BOOT_OUTPUT in plan.root_names(volume) and not plan.added(volume):
        # An image for this one key: the file is among the others.
        plan = FlashPlan.of(releases[0], report.board, output)
    _compare_structure(read, volume, plan, output, report)
    _compare_files(volume, plan, report)
    _compare_slots(volume, [plan, *plans[1:]], report)


def _compare_structure(
    read: Read, volume: bytearray, plan: FlashPlan, output: bytes | None, report: Report
) -> None:
    """Boot sector, table of clusters and root; CircuitPython may have added one file that nothing reads."""
    if volume[:SECTOR] != plan.volume[:SECTOR]:
        report.differs(BOOT_SECTOR)
    table, root = fat_reader.table(plan.geometry), fat_reader.root(plan.geometry)
    expected = bytearray(plan.volume)
    if (added := plan.added(volume)) is not None:
        if not (output and plan.is_free(added.cluster) and added.size == len(output)):
            report.differs(BOOT_OUTPUT)
        else:
            plan.link(expected, added.cluster)
            found = _cluster(read, plan.geometry, added.cluster)[: added.size]
            if _without_identity(found) != _without_identity(output):
                report.differs(BOOT_OUTPUT)
        place = slice(root[0] + added.slot * ENTRY.size, root[0] + (added.slot + 1) * ENTRY.size)
        expected[place] = volume[place]
    if volume[slice(*table)] != expected[slice(*table)]:
        report.differs(TABLE)
    if volume[slice(*root)] != expected[slice(*root)]:
        strangers = plan.root_names(volume) - plan.root_names(expected)
        for name in [*sorted(strangers), *sorted(plan.root_names(expected) - plan.root_names(volume)), ROOT]:
            report.differs(name)


def _compare_files(volume: bytes | bytearray, plan: FlashPlan, report: Report) -> None:
    """All but the slots and the vault."""
    for extent in plan.around:
        found = volume[extent.start : extent.start + extent.size]
        if extent.is_directory:
            same = found == plan.volume[extent.start : extent.start + extent.size]
        elif extent.path == BOOT_OUTPUT:
            same = _without_identity(bytes(found)) == _without_identity(plan.output)
        else:
            same = Content.of(bytes(found)) == plan.release.files[extent.path]
        if not same:
            report.differs(extent.path)


def _compare_slots(volume: bytes | bytearray, plans: Sequence[FlashPlan], report: Report) -> None:
    """The slot that starts holds the first release; the other one of all, or nothing."""
    plan, seals = plans[0], Seals.read(volume[slice(*plans[0].place(slots.SEALS))])
    report.started = seals.started
    if not seals.are_plain:
        report.differs(slots.SEALS)
    for name, _folder, file in slots.SLOTS:
        content = volume[slice(*plan.place(file))]
        if name == seals.started:
            report.release = plan.release.release
            for path in plan.differing(volume, name):
                report.differs(path)
        held = next((each for each in plans if not each.differing(volume, name)), None)
        length = len(held.slot(name)) if held else 0
        if not held and not _is_empty(content, report.board, name):
            if name != seals.started:
                report.differs(file)
            continue
        seal = seals.by_slot[name]
        digest = hashlib.sha256(content[:length]).digest()
        if seal and (seal.length != length or not hmac.compare_digest(seal.digest, digest)):
            report.differs(slots.SEALS)


def _is_empty(content: bytes | bytearray, board: str, slot: str) -> bool:
    empty = layout.empty_slot(board, slot)
    return content[: len(empty)] == empty and not any(content[len(empty) :])


def _cluster(read: Read, geometry: Geometry, cluster: int) -> bytes:
    """One cluster of the drive, wherever it lies."""
    start = DRIVE_START + geometry.offset(cluster)
    first = start // FLASH_SECTOR * FLASH_SECTOR
    sector = read(first, FLASH_SECTOR)
    return sector[start - first : start - first + geometry.cluster_size]


def _without_identity(output: bytes | None) -> list[bytes]:
    """What boot_out.txt says, but for the chip's id."""
    lines = (output or b"").split(b"\r\n")
    return [b"UID:" if line.startswith(b"UID:") and len(line) == 20 else line for line in lines]


def _read(read: Read, ranges: Sequence[tuple[int, int]], progress: Progress) -> bytes:
    total, got = sum(end - start for start, end in ranges), bytearray()
    for start, end in ranges:
        for at in range(start, end, _CHUNK):
            got += read(at, min(_CHUNK, end - at))
            progress(len(got), total)
    return bytes(got)
