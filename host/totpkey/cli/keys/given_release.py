"""What a command writes: its own firmware, or that of a release which --release and its options give.

Also what is said of a CircuitPython that is not sealed, or not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from totpkey import errors
from totpkey.cli.output import say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.boards import BOARDS
from totpkey_protocol.version import __version__

if TYPE_CHECKING:
    from totpkey.install.manifest import Manifest
    from totpkey.install.signed_release import Release

_RELEASE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}")


class Own:
    """The release that this command is of, as `signed_release.Release` shows a downloaded one."""

    version = __version__

    @cached_property
    def manifest(self) -> Manifest:
        """Raises DriveMissing."""
        from totpkey.install import manifest

        return manifest.own()

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Raises DriveMissing."""
        from totpkey.install.drive import drive_files

        return drive_files()

    @property
    def page(self) -> bytes | None:
        """The set-up page, if it was built."""
        from totpkey.web import PageMissing, page_file

        try:
            return page_file().read_bytes()
        except PageMissing:
            return None


@dataclass(frozen=True)
class Given:
    """What the options say. `older`: whether an older version is wanted."""

    path: Path | None
    public_key: Path | None
    unsigned: bool
    older: bool

    def opened(self) -> Release | None:
        """The release, checked. Raises UnfitRelease and InvalidManifest; UsageError for useless options."""
        if self.path is None:
            if self.public_key or self.unsigned:
                raise click.UsageError(tr("--public-key and --unsigned go with --release."))
            return None
        from totpkey.install import release_keys, signed_release

        keys = [release_keys.read(self.public_key)] if self.public_key else release_keys.pinned()
        release = signed_release.opened(self.path, keys, self.unsigned)
        cause = tr(
            "Release {version} is older than this command ({own}), or cannot be compared with it.",
            version=release.version,
            own=__version__,
        )
        require_not_older(release.version, __version__, self.older, cause)
        if release.vouched:
            say(
                tr(
                    "Release {version}: signed by key {key}.",
                    version=release.version,
                    key=release.vouched,
                )
            )
        else:
            warn(
                tr(
                    "Nothing vouches for release {version}: no signature was checked. It is taken by its"
                    " checksums alone.",
                    version=release.version,
                )
            )
        return release


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets a Given as `given`."""

    @wraps(command)
    def with_given(
        *arguments: Any,
        release: Path | None,
        public_key: Path | None,
        unsigned: bool,
        older: bool,
        **others: Any,
    ) -> Any:
        return command(*arguments, given=Given(release, public_key, unsigned, older), **others)

    existing = click.Path(exists=True, path_type=Path)
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--older", is_flag=True, help="Take an older version, too."),
        click.option(
            "--unsigned", is_flag=True, help="Take a release without a signature, such as your own build."
        ),
        click.option(
            "--public-key",
            type=file,
            metavar="FILE",
            help="Key that signed the release, instead of the project's: of minisign or signify, or PEM.",
        ),
        click.option(
            "--release",
            type=existing,
            metavar="PATH",
            help="A downloaded release, instead of this command's own firmware: its folder or one file.",
        ),
    ):
        with_given = option(with_given)
    return with_given


def require_not_older(version: str, than: str, older: bool, cause: str) -> None:
    """Refuse an older version that was not asked for. Raises UnfitRelease with that cause."""
    if not older and is_older(version, than):
        raise errors.UnfitRelease(
            cause,
            tr("It may have faults that were mended since. Take a newer one; --older takes this one anyway."),
        )


def is_older(version: str, than: str) -> bool:
    """Whether `version` is, or may be, the older one: only releases, numbers with dots, have an order."""
    if version == than:
        return False
    if not (_RELEASE.fullmatch(version) and _RELEASE.fullmatch(than)):
        return True
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers


OPEN = _(
    "CircuitPython is not sealed: in setup any program can open the boot loader, and so read and replace"
    " everything on the key (docs/concepts/sealed-image.md)."
)


def tell_standing(board: str, content: bytes) -> None:
    """Say of a CircuitPython that was given as a file if this release does not know it."""
    from totpkey.install import download

    if download.standing(board, content) is download.Standing.UNKNOWN:
        warn(
            tr(
                "This release does not know that CircuitPython for {board}: nothing shows that it is the one"
                " which circuitpython.org offers.",
                board=BOARDS[board].name,
            )
        )
