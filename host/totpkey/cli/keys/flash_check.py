"""Compares a board's flash, or what a file would write there, with a release and prints the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from totpkey import errors
from totpkey.cli.keys import given_release
from totpkey.cli.output import give, give_json, progress, say, visible, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.install import verifying
from totpkey.install.manifest import Interpreter, Manifest
from totpkey.install.verifying import Report
from totpkey_protocol.boards import BOARDS

if TYPE_CHECKING:
    from totpkey.picoboot import BootLoader

_REPLACED = _(
    "Do not enter the key's PIN or passphrase: a changed firmware can give it away. On a computer that you"
    " trust, write a file of `totpkey image --keep-vault`, which replaces all but the accounts, and verify"
    " again. If you do not know how this came about, take it that a program has read the key: have each site"
    " give you a new secret."
)
_FOREIGN = _(
    "This key was not installed from one file. One that was made with `totpkey install --copy`, or by"
    " hand, cannot be verified: docs/guide/install.md says how to install it from one file."
)
_OTHER_SLOT = _(
    "A copy of the firmware that does not start may be from before an update: give that release's manifest,"
    " too, by a second --manifest."
)


def check_board(
    loader: BootLoader, releases: Sequence[Manifest], interpreter: tuple[str, Interpreter] | None
) -> Report:
    """Read the board and compare it. Raise BoardUnreadable."""
    with loader, progress(tr("Reading")) as show:
        return verifying.compare(loader.read, releases, interpreter, show)


def tell(report: Report, as_json: bool = False, unsigned: Sequence[Path] = ()) -> None:
    """Print the result. Raise VerifyFailed if something differs.

    What matches manifests that nobody has signed (`unsigned`) is not verified.
    """
    if unsigned:
        warn(
            tr(
                "Nobody has signed {path}. What follows compares with that file, and does not show that it"
                " is the release's.",
                path=visible(", ".join(map(str, unsigned))),
            )
        )
    if as_json:
        verdict = {"matches": report.is_good, "verified": report.is_good and not unsigned}
        give_json({**asdict(report), "sealed": report.is_sealed, **verdict})
    else:
        for name in report.differing:
            give(visible(tr("{name} differs", name=tr(name))))
    if not report.is_laid_out:
        raise errors.VerifyFailed(tr("The drive on this board is not laid out as a key's."), tr(_FOREIGN))
    if report.differing:
        if report.official and verifying.CIRCUITPYTHON in report.differing:
            say(
                tr(
                    "CircuitPython is sealed in part: {edits}.",
                    edits=", ".join(report.edits),
                )
            )
        is_other = all(name.startswith("slots/") for name in report.differing)
        raise errors.VerifyFailed(
            tr(
                "This board does not hold what the release does: {count} parts differ.",
                count=len(report.differing),
            ),
            "\n".join([tr(_REPLACED), *([tr(_OTHER_SLOT)] if is_other else [])]),
        )
    board = BOARDS[report.board].name
    _tell_seal(report)
    if report.unknown:
        warn(
            tr(
                "CircuitPython was not compared: this release does not know that of {board}. Give its file"
                " with --circuitpython.",
                board=board,
            )
        )
    say(tr(_verdict(report, bool(unsigned)), board=board, release=visible(report.release)))


def _verdict(report: Report, is_unsigned: bool) -> str:
    """A message of the catalogue, for a board on which nothing differs."""
    if report.unknown:
        return _("{board}: the rest matches firmware {release}.")
    if is_unsigned:
        return _(
            "{board}: everything that runs on it matches the unsigned file, which calls itself {release}."
        )
    return _("{board}: everything that runs on it matches firmware {release}.")


def _tell_seal(report: Report) -> None:
    """Say whether CircuitPython is sealed, and of which published one it was made."""
    if report.is_sealed:
        say(
            tr(
                "CircuitPython is sealed: that of SHA-256 {digest}, with these edits and no other change:"
                " {edits}.",
                digest=report.official,
                edits=", ".join(report.edits),
            )
        )
    elif report.official:
        warn(tr(given_release.OPEN))
