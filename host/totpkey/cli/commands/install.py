"""totpkey install"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from totpkey import errors, web
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys import given_release, sealed_words
from totpkey.cli.keys.connect import Selection
from totpkey.cli.keys.new_key import HOLDING, POLL, await_hello, await_restart, other_ports
from totpkey.cli.output import progress, say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import copying, image, places
from totpkey.install.download import KNOWN
from totpkey.install.places import BOOT_LOADER, Place
from totpkey.system import times
from totpkey_protocol.boards import BOARDS
from totpkey_volume.circuitpython import FITTING

if TYPE_CHECKING:
    from totpkey.cli.keys.given_release import Given, Own
    from totpkey.install.manifest import Manifest
    from totpkey.install.signed_release import Release

_BOOT_LOADER = _("Unplug the board, hold its BOOT button, plug it in, and let go: a drive RPI-RP2 appears.")

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("install")
@click.option(
    "--circuitpython",
    "interpreter",
    type=_file,
    metavar="UF2",
    help="CircuitPython for the board, as downloaded.",
)
@click.option(
    "--download",
    is_flag=True,
    help=f"Download CircuitPython; needs --board. Only for {', '.join(sorted(KNOWN))}, whose checksum is"
    " known; for other boards download it by hand, and give it with --circuitpython.",
)
@click.option(
    "--board", type=click.Choice(sorted(BOARDS)), metavar="ID", help="CircuitPython's id of the board."
)
@click.option(
    "--to", "folder", type=_folder, metavar="FOLDER", help="The board's drive, instead of a search."
)
@click.option(
    "--copy", is_flag=True, help="Copy files onto CIRCUITPY: for a board whose boot loader is out of reach."
)
@click.option("--keep-vault", is_flag=True, help="Leave the accounts of a key made this way as they are.")
@click.option(
    "--verify",
    "verified",
    is_flag=True,
    help="Afterwards read the board in its boot loader, and compare it with what was to be written.",
)
@click.option("--unsealed", is_flag=True, help="Leave CircuitPython as it is published, with its doors open.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@given_release.options
@click.pass_obj
def command(
    selection: Selection,
    interpreter: Path | None,
    download: bool,
    board: str | None,
    folder: Path | None,
    copy: bool,
    keep_vault: bool,
    verified: bool,
    unsealed: bool,
    yes: bool,
    given: Given,
) -> None:
    """Turn a board, plugged in with its BOOT button held, into a key.

    Nothing else is needed but CircuitPython for that board, from a file. It is sealed: `totpkey image
    --explain` shows which bytes are changed, and why. All that the board held is overwritten.

    With --release the files are those of a downloaded release, which has to be signed. It has a whole image
    for some boards, so nothing else is needed for these.
    """
    release = given.opened()
    source = release or given_release.Own()
    place = _place(folder)
    say(tr("Found {place}.", place=place))
    _refuse_useless_options(place, copy, bool(interpreter or download))
    if verified:
        _require_reader(place)
    # A release without a manifest is refused here, before anything is written.
    listed = source.manifest if verified else None
    if place.kind == BOOT_LOADER:
        if release and not (interpreter or download):
            content, (name, made) = None, _finished(release, board, keep_vault, unsealed)
        else:
            content, name = _circuitpython(interpreter, download, board)
            made = _image(content, name, keep_vault, unsealed, source)
        _agree(_image_does(BOARDS[name].name, keep_vault), yes)
        others = other_ports(selection)
        with progress(tr("Writing")) as show:
            copying.copy_image(made, place.path, show)
        await_restart(place)
        await_hello(selection, others, keep_vault)
        if listed:
            _verify(name, content, listed)
        return
    _require_copy(place, copy, board)
    _copy(place, keep_vault, yes, source)


def _place(folder: Path | None) -> Place:
    """Return the only board to install on. Raise NoBoard."""
    found = places.find([folder] if folder else places.mounted())
    if len(found) == 1:
        return found[0]
    if not found:
        where = (
            tr("{folder} is not the drive of a board.", folder=folder)
            if folder
            else tr("No board was found.")
        )
        raise errors.NoBoard(where, tr(_BOOT_LOADER))
    listed = "\n".join(f"  {place}" for place in found)
    raise errors.NoBoard(
        tr("There are several boards."),
        tr("Unplug all but one, or choose with --to:\n{listed}", listed=listed),
    )


def _circuitpython(interpreter: Path | None, download: bool, board: str | None) -> tuple[bytes, str]:
    """Return what CircuitPython puts into flash, and its board."""
    if not interpreter and download:
        from totpkey.install.download import fetch
        from totpkey.system import folders

        if not board:
            raise click.UsageError(
                tr("--download needs --board: a boot loader does not tell which board it is.")
            )
        interpreter = fetch(board, folders.cache())
    if not interpreter:
        raise click.UsageError(
            tr(
                "Give CircuitPython for the board with --circuitpython (https://circuitpython.org/downloads),"
                " or --download with --board (for {boards} alone).",
                boards=", ".join(sorted(KNOWN)),
            )
        )
    name, content = image.read_circuitpython(interpreter, board or "")
    sealed_words.tell_standing(name, content)
    return content, name


def _finished(release: Release, board: str | None, keep_vault: bool, unsealed: bool) -> tuple[str, bytes]:
    """Return the board and the image that the release has for it."""
    if unsealed:
        raise click.UsageError(
            tr("--unsealed goes with --circuitpython: the images of a release are sealed.")
        )
    return release.image(board, keep_vault)


def _image(content: bytes, board: str, keep_vault: bool, unsealed: bool, source: Release | Own) -> bytes:
    if unsealed:
        warn(tr(sealed_words.OPEN))
    else:
        content = image.sealed(content, board)
    return image.build(content, source.files, board, keep_vault)


def _refuse_useless_options(place: Place, copy: bool, interpreter: bool) -> None:
    """Reject options for the other kind of place, which would have no effect."""
    if place.kind == BOOT_LOADER and copy:
        raise click.UsageError(
            tr(
                "--copy is for a board that shows CIRCUITPY, and this one is in its boot loader: leave it"
                " out, or plug the board in without holding BOOT. A key that was made with --copy loses its"
                " accounts when it is installed from there."
            )
        )
    if place.kind != BOOT_LOADER and copy and interpreter:
        raise click.UsageError(
            tr(
                "--copy leaves the CircuitPython that is on the board: leave out --circuitpython and"
                " --download, or leave out --copy and start the board in its boot loader."
            )
        )


def _require_reader(place: Place) -> None:
    """Check before writing anything that the board can be read back. Raise LibraryMissing."""
    if place.kind != BOOT_LOADER:
        raise click.UsageError(
            tr("--verify is for a board in its boot loader: copied files cannot be verified.")
        )
    from totpkey.picoboot import boot_loader

    boot_loader.find()


def _verify(board: str, content: bytes | None, listed: Manifest) -> None:
    """Ask the user to start the boot loader again and compare the flash. Raise NoBoard or VerifyFailed."""
    from totpkey.cli.keys import flash_check
    from totpkey.picoboot import boot_loader

    say(tr("To verify it, unplug the board, hold its BOOT button, plug it in, and let go."))
    end = times.ticks() + HOLDING
    while not boot_loader.find():
        if times.ticks() >= end:
            raise errors.NoBoard(
                tr("The board was installed, but not seen in its boot loader again."),
                tr("Run `totpkey verify`."),
            )
        times.wait(POLL)
    known = (board, image.interpreter(content, board)) if content else None
    flash_check.tell(flash_check.check_board(boot_loader.the_one(), [listed], known))
    say(tr("Unplug it and plug it in again to use it."))


def _require_copy(place: Place, copy: bool, board: str | None) -> None:
    copying.same_board(board or "", place.board)
    if place.board not in BOARDS:
        raise errors.NoBoard(
            tr("{value} is not a board that totpkey knows.", value=place.board or tr("This board")),
            tr("See hardware/."),
        )
    if not place.is_fit:
        raise errors.UnfitImage(
            tr(
                "The firmware cannot run on the CircuitPython of the board; it needs {fitting}.",
                fitting=FITTING,
            ),
            tr("Install it from its boot loader. {boot_loader}", boot_loader=tr(_BOOT_LOADER)),
        )
    if not copy:
        raise errors.NoBoard(
            tr(
                "This board is started with CircuitPython, where a key's files can only be copied one by one."
            ),
            tr(
                "{boot_loader}\nThen repeat: only so can the key be updated, and have the accounts "
                "flash sectors of their own.\nWhere that is impossible, --copy copies the files.",
                boot_loader=tr(_BOOT_LOADER),
            ),
        )


def _copy(place: Place, keep_vault: bool, yes: bool, source: Release | Own) -> None:
    from totpkey.install import vault_files

    files = source.files
    used = vault_files.are_used(files, place.path)
    _agree(_copying_does(used, keep_vault), yes)
    if keep_vault:
        files = vault_files.without_those_there(files, place.path)
    with progress(tr("Copying")) as show:
        # Users see the drive of a key that is made by copying: the set-up page stands on it.
        page = {web.NAME: source.page} if source.page else {}
        copying.copy_files(files | page, place.path, show)
    warn(tr("A key made by copying cannot be updated by `totpkey update`."))
    if used and keep_vault:
        say(
            tr(
                "Done. Eject the drive, unplug the board, plug it in and hold its button for 3 s: a"
                " key with accounts starts as a keyboard. Then run `totpkey info`."
            )
        )
        return
    say(
        tr(
            "Done. Eject the drive, unplug the board and plug it in: it starts as a key that can be set"
            " up. Then run `totpkey info`."
        )
    )


def _image_does(board: str, keep_vault: bool) -> str:
    """Describe the effect of an image. A boot loader does not tell how the key was made before."""
    if keep_vault:
        return tr(
            "This makes it a key ({board}). Everything but its accounts is overwritten; a key that was"
            " made with --copy loses its accounts, too",
            board=board,
        )
    return tr("This makes it a key ({board}). What it held is overwritten", board=board)


def _copying_does(accounts: bool, keep_vault: bool) -> str:
    """Describe the effect of copying. `accounts`: whether the board may contain some."""
    if accounts and keep_vault:
        return tr(
            "This makes it a key, by copying files. Those of the same names are overwritten, but its accounts"
            " stay"
        )
    if accounts:
        return tr(
            "This makes it a key, by copying files. Those of the same names are overwritten, and its"
            " accounts are lost: `--keep-vault` keeps them"
        )
    return tr("This makes it a key, by copying files. Those of the same names are overwritten")


def _agree(question: str, yes: bool) -> None:
    if not yes and not confirmed(question):
        raise errors.Declined(tr("Nothing was written."))
