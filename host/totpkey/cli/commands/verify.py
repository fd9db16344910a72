"""totpkey verify"""

from __future__ import annotations

from pathlib import Path

import click

from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.output import say
from totpkey.i18n.translation import tr

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify")
@click.option(
    "--manifest",
    "manifests",
    type=_file,
    multiple=True,
    metavar="FILE",
    help="Manifest of the release, instead of this command's own; a second one for the firmware before it.",
)
@click.option("--public-key", type=_file, metavar="FILE", help="Key that the manifests have to be signed by.")
@click.option("--unsigned", is_flag=True, help="Compare with manifests that nobody has signed, and say so.")
@click.option(
    "--circuitpython",
    "interpreter",
    type=_file,
    metavar="UF2",
    help="CircuitPython for the board, where the release does not know it.",
)
@click.option("--image", type=_file, metavar="UF2", help="Look at the file of an image, instead of a board.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    manifests: tuple[Path, ...],
    public_key: Path | None,
    unsigned: bool,
    interpreter: Path | None,
    image: Path | None,
    as_json: bool,
) -> int:
    """Read the flash of a key and compare CircuitPython, firmware and drive with those of a release.

    Hold the board's BOOT button while you plug it in: so its ROM answers, which no program can replace. The
    accounts are neither read nor sent, and nothing is written. Use a computer that you trust. It also says
    whether CircuitPython is sealed.
    """
    from totpkey.cli.keys import flash_check, given_release
    from totpkey.install import manifest, release_keys, verifying
    from totpkey.install.image import interpreter as listed
    from totpkey.install.image import read_circuitpython, reader

    if public_key and not manifests:
        raise click.UsageError(tr("--public-key goes with --manifest."))
    if unsigned and (public_key or not manifests):
        raise click.UsageError(tr("--unsigned goes with --manifest, and without --public-key."))
    if manifests and not (public_key or unsigned):
        raise _unsigned(manifests[0])
    key = release_keys.read(public_key) if public_key else None
    releases = [manifest.read(path, key) for path in manifests] or [manifest.own()]
    known = None
    if interpreter:
        board, content = read_circuitpython(interpreter)
        given_release.tell_standing(board, content)
        known = (board, listed(content, board))
    if image:
        report = verifying.compare(reader(image), releases, known)
    else:
        from totpkey import picoboot

        loader = picoboot.the_one()
        say(
            tr("Found a board in its boot loader. This only counts if you held BOOT while you plugged it in.")
        )
        report = flash_check.check_board(loader, releases, known)
    flash_check.tell(report, as_json, manifests if unsigned else ())
    return exits.PARTIAL if report.unknown else exits.OK


def _unsigned(path: Path) -> errors.InvalidManifest:
    return errors.InvalidManifest(
        tr(
            "Nothing shows who wrote {path}: somebody who changed the key could give you the file, too.",
            path=path,
        ),
        tr(
            "Give the key that the release is signed by with --public-key. To compare with the file all the"
            " same, add --unsigned."
        ),
    )
