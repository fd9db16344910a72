"""Firmware onto a board: `install` makes it a key, `update` brings the key a new version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from totpkey import errors, web
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys import given_release
from totpkey.cli.keys.connect import Selection, opened
from totpkey.cli.output import progress, say, visible, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import copying, image, places
from totpkey.install.download import KNOWN
from totpkey.install.places import BOOT_LOADER, Place
from totpkey.link.discovery import Connection, connect, data_ports
from totpkey.system import times
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.words import BLANK
from totpkey_volume.circuitpython import FITTING

#: How long a boot loader may take to go, a board to come back as a key, and the interval of polling, in s.
_LEAVING = 30.0
_RESTART = 30.0
POLL = 0.25
#: How long a person may take to hold the button, in s.
HOLDING = 60.0
_NO_HELLO = _(
    "Unplug the board and plug it in; with accounts on it, hold its button for 3 s. Then "
    "`totpkey info`.\nIf its light stays dark, see whether the CircuitPython was the one for "
    "this very board."
)


def other_ports(selection: Selection) -> set[str]:
    """Return the ports of keys that are already connected. Call it before writing to the board."""
    return set() if selection.port else set(data_ports())


def await_restart(place: Place) -> None:
    """Wait until the boot loader is gone; it restarts after it has received everything. Raise CannotWrite."""
    end = times.ticks() + _LEAVING
    while places.at(place.path) == place:
        if times.ticks() >= end:
            raise errors.CannotWrite(
                tr("The board did not restart; {path} is still there.", path=place.path),
                tr("Unplug it and try again with another cable or port."),
            )
        times.wait(POLL)


def await_hello(selection: Selection, others: set[str], keep_vault: bool) -> None:
    """Wait until the new key says hello, and report it. `others` are ports of other keys. Raise NoKey."""
    if keep_vault:
        say(
            tr(
                "A key that has accounts starts as a keyboard: hold its button for 3 s now, so that it can "
                "answer."
            )
        )
    end = times.ticks() + (HOLDING if keep_vault else _RESTART)
    connection = None
    while not connection:
        try:
            connection = connect(
                selection.port,
                selection.key,
                find_ports=lambda: [port for port in data_ports() if port not in others],
            )
        except (errors.NoKey, errors.TransportError, errors.NoAnswer) as hindrance:
            if times.ticks() >= end:
                raise errors.NoKey(
                    tr("All was written, but no key has answered since. {cause}", cause=hindrance.cause),
                    tr(_NO_HELLO),
                ) from None
            times.wait(POLL)
    with connection.client:
        hello = connection.hello
    board = BOARDS[hello.board].name if hello.board in BOARDS else hello.board
    say(
        visible(
            tr(
                "Done: {board} is key {key}, firmware {firmware}, {state}.",
                board=board,
                key=hello.key,
                firmware=hello.firmware,
                state=hello.state,
            )
        )
    )
    if hello.state == BLANK:
        say(tr("Next: `totpkey time sync`, then `totpkey add Issuer:label`."))


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
def install(selection: Selection, /, folder: Path | None, given: Given, **options: Any) -> None:
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
    given_release.tell_standing(board, content)
    if wish.unsealed:
        warn(tr(given_release.OPEN))
    sealed = content if wish.unsealed else image.sealed(content, board)
    return board, image.build(sealed, wish.source.files, board, wish.keep_vault), content


def _circuitpython(wish: _Wish) -> Path:
    """Return the file, which may have to be downloaded."""
    if wish.circuitpython:
        return wish.circuitpython
    from totpkey.install.download import fetch
    from totpkey.system import own_files

    return fetch(wish.board or "", own_files.cache())


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
    from totpkey import picoboot

    picoboot.find()
    return source.manifest


def _verify(board: str, circuitpython: bytes | None, listed: Manifest) -> None:
    """Ask the user to start the boot loader again and compare the flash. Raise NoBoard or VerifyFailed."""
    from totpkey import picoboot
    from totpkey.cli.keys import flash_check

    say(tr("To verify it, unplug the board, hold its BOOT button, plug it in, and let go."))
    end = times.ticks() + HOLDING
    while not picoboot.find():
        if times.ticks() >= end:
            raise errors.NoBoard(
                tr("The board was installed, but not seen in its boot loader again."),
                tr("Run `totpkey verify`."),
            )
        times.wait(POLL)
    known = (board, image.interpreter(circuitpython, board)) if circuitpython else None
    flash_check.tell(flash_check.check_board(picoboot.the_one(), [listed], known))
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
    from totpkey.install import copying

    files, page = wish.source.files, wish.source.page
    used = copying.holds_accounts(files, place.path)
    _agree(_copying_does(used, wish.keep_vault), wish)
    if wish.keep_vault:
        files = copying.without_accounts_there(files, place.path)
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


if TYPE_CHECKING:
    from totpkey.cli.keys.given_release import Given


@click.command("update")
@click.option("--force", is_flag=True, help="Send it even if the key has this very firmware.")
@given_release.options
@click.pass_obj
def update(selection: Selection, force: bool, given: Given) -> None:
    """Bring the key's firmware to the version of this command. The key has to be in setup, and open.

    Make the gesture that it shows. The accounts stay. If the cable is pulled in between, the key starts
    with the firmware it had. With --release it brings the firmware of a downloaded release, which has to be
    signed. A key with a newer version is left alone.
    """
    from totpkey.install import updating

    source = given.opened() or given_release.Own()
    files, version = source.files, source.version
    with _opened(selection) as connection:
        client, hello = connection.client, connection.hello
        if updating.is_current(client, hello, files) and not (force and client.firmware().kept):
            client.update_keep()
            say(
                tr(
                    "The key already has firmware {firmware}, which this command brings.",
                    firmware=visible(hello.firmware),
                )
            )
            return
        cause = tr(
            "Firmware {version} is older than the key's ({firmware}), or cannot be compared with it.",
            version=version,
            firmware=visible(hello.firmware),
        )
        given_release.require_not_older(version, hello.firmware, given.older, cause)
        say(
            tr(
                "The key has firmware {firmware}; it will be updated to {version__}.",
                firmware=visible(hello.firmware),
                version__=version,
            )
        )
        with progress(tr("Sending")) as show:
            updating.send(client, hello, files, show)
    with _opened(Selection(selection.port, hello.key), times.ticks() + _RESTART) as connection:
        updating.keep(connection.client, connection.hello, files)
        firmware = visible(connection.hello.firmware)
        say(
            tr(
                "Done: the key runs firmware {firmware} from now on. `totpkey done` ends setup.",
                firmware=firmware,
            )
        )


@contextmanager
def _opened(selection: Selection, until: float = 0) -> Iterator[Connection]:
    """Connect to the key, whatever version it speaks. Wait for it until the time `until`."""
    while True:
        try:
            connection = opened(selection, any_version=True)
            break
        except (errors.NoKey, errors.TransportError, errors.NoAnswer):
            if times.ticks() >= until:
                raise
            times.wait(POLL)
    with connection.client:
        yield connection
