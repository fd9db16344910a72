"""totpkey install"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from totpkey.cli.keys.given_release import Given
    from totpkey.install.manifest import Manifest
    from totpkey.install.signed_release import Release

_BOOT_LOADER = _("Unplug the board, hold its BOOT button, plug it in, and let go: a drive RPI-RP2 appears.")

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True)
class _Wish:
    """What the options say. `source`: the release that was given, or else this command's own files."""

    selection: Selection
    source: Release | given_release.Own
    circuitpython: Path | None
    download: bool
    board: str | None
    copy: bool
    keep_vault: bool
    verify: bool
    unsealed: bool
    yes: bool

    @property
    def names_circuitpython(self) -> bool:
        return bool(self.circuitpython or self.download)


@click.command("install")
@click.option(
    "--circuitpython",
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
    is_flag=True,
    help="Afterwards read the board in its boot loader, and compare it with what was to be written.",
)
@click.option("--unsealed", is_flag=True, help="Leave CircuitPython as it is published, with its doors open.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@given_release.options
@click.pass_obj
def command(selection: Selection, /, folder: Path | None, given: Given, **options: Any) -> None:
    """Turn a board, plugged in with its BOOT button held, into a key.

    Nothing else is needed but CircuitPython for that board, from a file. It is sealed: `totpkey image
    --explain` shows which bytes are changed, and why. All that the board held is overwritten.

    With --release the files are those of a downloaded release, which has to be signed. It has a whole image
    for some boards, so nothing else is needed for these.
    """
    wish = _Wish(selection, given.opened() or given_release.Own(), **options)
    place = _place(folder)
    say(tr("Found {place}.", place=place))
    in_boot_loader = place.kind == BOOT_LOADER
    _refuse_useless_options(wish, in_boot_loader)
    if in_boot_loader:
        _install_image(place, wish)
    else:
        _require_copy(place, wish)
        _install_files(place, wish)


def _install_image(place: Place, wish: _Wish) -> None:
    """Write one image of everything. What could not be verified is refused before anything is written."""
    listed = _listed(wish.source) if wish.verify else None
    board, made, circuitpython = _image(wish)
    _agree(_image_does(BOARDS[board].name, wish.keep_vault), wish)
    others = other_ports(wish.selection)
    with progress(tr("Writing")) as show:
        copying.copy_image(made, place.path, show)
    await_restart(place)
    await_hello(wish.selection, others, wish.keep_vault)
    if listed:
        _verify(board, circuitpython, listed)


def _place(folder: Path | None) -> Place:
    """Return the only board to install on. Raise NoBoard."""
    found = places.find([folder] if folder else places.mounted())
    if len(found) == 1:
        return found[0]
    if not found:
        wrong = tr("{folder} is not the drive of a board.", folder=folder) if folder else ""
        raise errors.NoBoard(wrong or tr("No board was found."), tr(_BOOT_LOADER))
    listed = "\n".join(f"  {place}" for place in found)
    raise errors.NoBoard(
        tr("There are several boards."),
        tr("Unplug all but one, or choose with --to:\n{listed}", listed=listed),
    )


def _image(wish: _Wish) -> tuple[str, bytes, bytes | None]:
    """Return the board, its image, and what CircuitPython puts into flash, if the image was built here."""
    if not isinstance(wish.source, given_release.Own) and not wish.names_circuitpython:
        return (*wish.source.image(wish.board, wish.keep_vault), None)
    board, content = image.read_circuitpython(_circuitpython(wish), wish.board or "")
    sealed_words.tell_standing(board, content)
    if wish.unsealed:
        warn(tr(sealed_words.OPEN))
    sealed = content if wish.unsealed else image.sealed(content, board)
    return board, image.build(sealed, wish.source.files, board, wish.keep_vault), content


def _circuitpython(wish: _Wish) -> Path:
    """Return the file, which may have to be downloaded."""
    if wish.circuitpython:
        return wish.circuitpython
    from totpkey.install.download import fetch
    from totpkey.system import folders

    return fetch(wish.board or "", folders.cache())


def _refuse_useless_options(wish: _Wish, in_boot_loader: bool) -> None:
    """Reject options that would have no effect, or that lack another. Raise UsageError."""
    is_own = isinstance(wish.source, given_release.Own)
    useless = {
        tr(
            "--copy is for a board that shows CIRCUITPY, and this one is in its boot loader: leave it"
            " out, or plug the board in without holding BOOT. A key that was made with --copy loses its"
            " accounts when it is installed from there."
        ): in_boot_loader and wish.copy,
        tr(
            "--copy leaves the CircuitPython that is on the board: leave out --circuitpython and"
            " --download, or leave out --copy and start the board in its boot loader."
        ): not in_boot_loader and wish.copy and wish.names_circuitpython,
        tr("--verify is for a board in its boot loader: copied files cannot be verified."): (
            not in_boot_loader and wish.verify
        ),
        tr("--unsealed goes with --circuitpython: the images of a release are sealed."): (
            in_boot_loader and wish.unsealed and not is_own and not wish.names_circuitpython
        ),
        tr("--download needs --board: a boot loader does not tell which board it is."): (
            in_boot_loader and wish.download and not wish.circuitpython and not wish.board
        ),
        tr(
            "Give CircuitPython for the board with --circuitpython (https://circuitpython.org/downloads),"
            " or --download with --board (for {boards} alone).",
            boards=", ".join(sorted(KNOWN)),
        ): in_boot_loader and is_own and not wish.names_circuitpython,
    }
    for why, is_useless in useless.items():
        if is_useless:
            raise click.UsageError(why)


def _listed(source: Release | given_release.Own) -> Manifest:
    """Return what is to be verified. Raise LibraryMissing if no board can be read back."""
    from totpkey.picoboot import boot_loader

    boot_loader.find()
    return source.manifest


def _verify(board: str, circuitpython: bytes | None, listed: Manifest) -> None:
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
    known = (board, image.interpreter(circuitpython, board)) if circuitpython else None
    flash_check.tell(flash_check.check_board(boot_loader.the_one(), [listed], known))
    say(tr("Unplug it and plug it in again to use it."))


def _require_copy(place: Place, wish: _Wish) -> None:
    """Raise NoBoard and UnfitImage for a board that files cannot, or were not asked to, be copied onto."""
    copying.same_board(wish.board or "", place.board)
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
    if not wish.copy:
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


def _install_files(place: Place, wish: _Wish) -> None:
    from totpkey.install import vault_files

    files, page = wish.source.files, wish.source.page
    used = vault_files.are_used(files, place.path)
    _agree(_copying_does(used, wish.keep_vault), wish)
    if wish.keep_vault:
        files = vault_files.without_those_there(files, place.path)
    # Users see the drive of a key that is made by copying: the set-up page stands on it.
    files = files | ({web.NAME: page} if page else {})
    with progress(tr("Copying")) as show:
        copying.copy_files(files, place.path, show)
    warn(tr("A key made by copying cannot be updated by `totpkey update`."))
    if used and wish.keep_vault:
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


def _agree(question: str, wish: _Wish) -> None:
    if not wish.yes and not confirmed(question):
        raise errors.Declined(tr("Nothing was written."))
