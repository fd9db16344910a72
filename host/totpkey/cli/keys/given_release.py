"""A release that a person gives, instead of the command's own firmware: --release and its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from totpkey import errors
from totpkey.cli.output import say, warn
from totpkey.i18n.translation import tr
from totpkey_protocol.version import __version__

if TYPE_CHECKING:
    from totpkey.install.signed_release import Release


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
    from totpkey.install import versions

    if not older and versions.is_older(version, than):
        raise errors.UnfitRelease(
            cause,
            tr("It may have faults that were mended since. Take a newer one; --older takes this one anyway."),
        )
