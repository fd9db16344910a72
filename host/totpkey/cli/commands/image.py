"""totpkey image"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from totpkey.cli.keys import given_release
from totpkey.cli.keys.new_files import write_file
from totpkey.cli.output import give, say, warn
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import BOARDS

if TYPE_CHECKING:
    from totpkey.cli.keys.given_release import Given
    from totpkey.install.manifest import Manifest

_UID = re.compile(r"[0-9a-fA-F]{16}")
_file = click.Path(dir_okay=False, path_type=Path)


@click.command("image")
@click.option(
    "--board", type=click.Choice(sorted(BOARDS)), metavar="ID", help="CircuitPython's id of the board."
)
@click.option(
    "--circuitpython",
    "interpreter",
    type=_file,
    required=True,
    metavar="UF2",
    help="CircuitPython for that board.",
)
@click.option(
    "-o", "--output", type=_file, metavar="FILE", help="Where to write it; else totpkey-BOARD.uf2 here."
)
@click.option(
    "--keep-vault", is_flag=True, help="Leave the accounts of a key made by such a file as they are."
)
@click.option(
    "--for-key", "uid", default="", metavar="ID", help="The key's whole id, as `totpkey info` shows it."
)
@click.option("--unsealed", is_flag=True, help="Leave CircuitPython as it is published, with its doors open.")
@click.option("--explain", is_flag=True, help="Only show which bytes of CircuitPython are changed, and why.")
@given_release.options
def command(
    board: str | None,
    interpreter: Path,
    output: Path | None,
    keep_vault: bool,
    uid: str,
    unsealed: bool,
    explain: bool,
    given: Given,
) -> None:
    """Make one UF2 file of CircuitPython and all of a key's files.

    CircuitPython is sealed: a few of its bytes are changed, so that no program can open the key's boot loader
    and the key starts at once. --explain shows each; nothing else is changed.

    Start a board in its boot loader, drag the file onto the drive RPI-RP2, and it is a key. Whatever the
    board held before is gone, accounts too; with --keep-vault the file repairs or updates a key and they
    stay. With --for-key CircuitPython writes nothing at its first start, so that a power cut then hurts
    nothing. With --release the key's files are those of a downloaded release, which has to be signed.
    """
    from totpkey.install import image

    if uid and not _UID.fullmatch(uid):
        raise click.UsageError(tr("A key's id has 16 hexadecimal digits: `totpkey info` shows it."))
    found, content = image.read_circuitpython(interpreter, board or "")
    given_release.tell_standing(found, content)
    if explain:
        _explain(content, found)
        return
    used = content if unsealed else image.sealed(content, found)
    source = given.opened() or given_release.Own()
    made = image.build(used, source.files, found, keep_vault, uid)
    kept = "-keep-vault" if keep_vault else ""
    path = output or Path(f"totpkey-{found}{kept}.uf2")
    write_file(path, made, private=False)
    _require_whole(path, source.manifest, found, content)
    if unsealed:
        warn(tr(given_release.OPEN))
    say(
        tr(
            "For {name}: hold its BOOT button, plug it in, and drag the file onto the drive RPI-RP2.",
            name=BOARDS[found].name,
        )
    )
    give(str(path))


def _explain(content: bytes, board: str) -> None:
    """Print each edit: its name, why, and what it changes: address, bytes before and after."""
    from totpkey.install import download, image
    from totpkey_volume.uf2 import FLASH_BASE

    total = 0
    for edit, changes in image.changes(content, board):
        give(f"{edit.name}: {tr(edit.reason)}")
        for change in changes:
            give(f"  {FLASH_BASE + change.at:#010x}  {change.before.hex(' ')}  =>  {change.after.hex(' ')}")
            total += sum(before != after for before, after in zip(change.before, change.after, strict=True))
    for name in download.absent(board, content):
        give(tr("{name}: this CircuitPython has no such door.", name=name))
    say(tr("{total} bytes are changed, and nothing else.", total=total))


def _require_whole(path: Path, listed: Manifest, board: str, interpreter: bytes) -> None:
    """Read the file back and check that it contains the complete release. Raise CannotWrite."""
    from totpkey import errors
    from totpkey.install import image, verifying

    known = board, image.interpreter(interpreter, board)
    report = verifying.compare(image.reader(path), [listed], known)
    if not report.is_good:
        raise errors.CannotWrite(
            tr(
                "{path} differs from what was written: {names}.", path=path, names=", ".join(report.differing)
            ),
            tr("The disk may be bad. Choose another place with -o."),
        )
