"""One file for a bare board: CircuitPython and the finished drive in a UF2 image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import download, manifest
from totpkey.install.verifying import Read
from totpkey.sealing import edits as sealing
from totpkey.sealing.edits import Change, Edit
from totpkey_protocol.boards import BOARDS
from totpkey_volume import circuitpython, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, NVM_START, SECTOR
from totpkey_volume.fat import VolumeFull

_DOWNLOAD = _("Download CircuitPython for your board from https://circuitpython.org/board/{}/ again.")


def read_circuitpython(path: Path, board: str = "") -> tuple[str, bytes]:
    """The board that a CircuitPython UF2 is for, and what it puts into flash. Raises UnfitImage.

    With `board`, it has to be for that one.
    """
    try:
        with reading(path, tr(_DOWNLOAD).format(board or "raspberry_pi_pico")):
            data = path.read_bytes()
            content = uf2.flash_content(data, uf2.LARGEST_FLASH)
        found = circuitpython.board_of(content)
    except circuitpython.UnknownBoard as problem:
        raise errors.UnfitImage(
            tr("{path} cannot be used here: {problem}", path=path, problem=problem), ""
        ) from None
    if board and found != board:
        raise errors.UnfitImage(
            tr("{path} is for board {found}, not for {board}.", path=path, found=found, board=board),
            tr(_DOWNLOAD).format(board),
        )
    _require_fitting(path, content)
    end = uf2.covered(data)
    if end > NVM_START:
        raise errors.UnfitImage(
            tr("{path} holds more than CircuitPython.", path=path),
            tr("Give the file as circuitpython.org offers it."),
        )
    used = bytes(content[: -(-end // SECTOR) * SECTOR])
    if download.standing(found, used) is download.Standing.DIFFERS:
        raise errors.UnfitImage(
            tr(
                "{path} calls itself CircuitPython {version}, and is not the one that circuitpython.org"
                " offers.",
                path=path,
                version=download.KNOWN[found].version,
            ),
            tr(_DOWNLOAD).format(found),
        )
    return found, used


@contextmanager
def reading(path: Path, again: str) -> Iterator[None]:
    """Tell what hinders reading a UF2 file, and what to do about one that is none. Raises UnfitImage."""
    try:
        yield
    except OSError as problem:
        raise errors.UnfitImage(
            tr("{path} cannot be read: {strerror}.", path=path, strerror=problem.strerror),
            tr("Check its name."),
        ) from None
    except uf2.BadUf2 as problem:
        raise errors.UnfitImage(
            tr("{path} is not a UF2 image for an RP2040: {problem}", path=path, problem=problem), again
        ) from None


def reader(path: Path) -> Read:
    """Gives what a UF2 file puts into flash. Raises UnfitImage."""
    with reading(path, tr("Make it again.")):
        content = layout.written(path.read_bytes())
    return lambda start, length: content[start : start + length]


def interpreter(content: bytes, board: str) -> manifest.Interpreter:
    """What a published CircuitPython puts into flash, with and without the seal, as a manifest has it."""
    return manifest.Interpreter.of(content, download.absent(board, content))


def sealed(content: bytes, board: str) -> bytes:
    """What CircuitPython puts into flash, sealed. Raises UnfitImage, which names the doors that stay open."""
    try:
        return sealing.seal(content, download.absent(board, content))
    except sealing.NotSealable as problem:
        raise _not_sealable(problem, board) from None


def changes(content: bytes, board: str) -> list[tuple[Edit, list[Change]]]:
    """What `sealed` changes, by edit. Raises UnfitImage."""
    try:
        return sealing.changes(content, download.absent(board, content))
    except sealing.NotSealable as problem:
        raise _not_sealable(problem, board) from None


def _not_sealable(problem: sealing.NotSealable, board: str) -> errors.UnfitImage:
    doors = "\n".join(f"  {edit.name}: {tr(edit.door)}" for edit in problem.missing)
    return errors.UnfitImage(
        tr(
            "This CircuitPython for {board} is not built as expected, so it was not sealed.",
            board=BOARDS[board].name,
        ),
        tr(
            "What cannot be closed:\n{doors}\nTake a version that docs/concepts/sealed-image.md names. With"
            " --unsealed it makes a key as it is published, with these doors open and the others, too.",
            doors=doors,
        ),
    )


def _require_fitting(path: Path, content: bytes | bytearray) -> None:
    version = circuitpython.version_of(content)
    remedy = tr("Download {fitting} from https://circuitpython.org.", fitting=circuitpython.FITTING)
    if version is None:
        raise errors.UnfitImage(tr("{path} holds no CircuitPython.", path=path), remedy)
    if not circuitpython.fits(version):
        shown = ".".join(map(str, version))
        raise errors.UnfitImage(
            tr("{path} is CircuitPython {shown}, which the firmware cannot run on.", path=path, shown=shown),
            remedy,
        )


def build(
    interpreter: bytes, files: Mapping[str, bytes], board: str, keep_vault: bool = False, uid: str = ""
) -> bytes:
    """The UF2 that makes a key of a board. `interpreter`: from `read_circuitpython`; `files`: the drive's.

    It writes CircuitPython and all that is used of the drive, and leaves NVM alone. With `keep_vault` it
    leaves the accounts alone too: for a key that was made by such an image before. With `uid`, the id of the
    chip that it is for, the drive is so complete that CircuitPython writes nothing at its first start. Raises
    UnfitImage where it does not fit.
    """
    boot_output = circuitpython.boot_output(interpreter, board, uid) if uid else None
    if boot_output:
        files = {**files, circuitpython.BOOT_OUTPUT: boot_output}
    try:
        volume = layout.volume(files, board)
    except VolumeFull as problem:
        raise errors.UnfitImage(
            tr("The drive does not fit {name}: {problem}", name=BOARDS[board].name, problem=problem), ""
        ) from None
    used = volume[: -(-len(volume.rstrip(b"\x00")) // SECTOR) * SECTOR]
    content = {0: interpreter}
    if keep_vault:
        start, end = layout.vault_range(board)
        content[DRIVE_START] = used[: start - DRIVE_START]
        content[end] = used[end - DRIVE_START :]
    else:
        content[DRIVE_START] = used
    return uf2.encode(content)
