"""SHA256SUMS, as `sha256sum` writes it: a digest, two spaces, a plain file name in each line."""

from __future__ import annotations

import re

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

NAME = "SHA256SUMS"
_AGAIN = _(
    "Download the release again, from the project's own page. If that does not help, do not use it, and tell"
    " the project."
)
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_MANIFEST = re.compile(r"totpkey-(\d+(?:\.\d+)*)\.manifest\.json")


def parse(data: bytes) -> dict[str, str]:
    """The digest of each file, by name. Raises UnfitRelease."""
    if has_windows_ends(data):
        raise windows_ends()
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise unfit(tr("SHA256SUMS is not a list of checksums.")) from None
    if not text:
        raise unfit(tr("SHA256SUMS is empty."))
    if not text.endswith("\n"):
        raise unfit(tr("SHA256SUMS ends in the middle of a line."))
    found: dict[str, str] = {}
    for number, line in enumerate(text[:-1].split("\n"), 1):
        matched = _LINE.fullmatch(line)
        if not matched:
            raise unfit(tr("Line {number} of SHA256SUMS is not a checksum.", number=number))
        digest, name = matched.groups()
        if not _PLAIN.fullmatch(name):
            raise unfit(
                tr("Line {number} of SHA256SUMS does not name a plain file: {name}", number=number, name=name)
            )
        if name in found:
            raise unfit(tr("SHA256SUMS names {name} twice.", name=name))
        found[name] = digest
    return found


def version_of(names: dict[str, str]) -> str:
    """The one version that all files are of. Raises UnfitRelease."""
    versions = [matched[1] for name in names if (matched := _MANIFEST.fullmatch(name))]
    if not versions:
        raise unfit(tr("SHA256SUMS names no manifest, so it does not belong to a release."))
    of_version = re.compile(rf"-{re.escape(versions[0])}(?=[-.](?!\d))")
    for name in names:
        if not of_version.search(name):
            raise unfit(
                tr(
                    "SHA256SUMS mixes versions: {name} is not of version {version}.",
                    name=name,
                    version=versions[0],
                )
            )
    return versions[0]


def has_windows_ends(data: bytes) -> bool:
    return b"\r" in data


def windows_ends() -> errors.UnfitRelease:
    return errors.UnfitRelease(
        tr("SHA256SUMS has the line ends of Windows: it is not the file that was published."),
        tr("Download it again as a file; do not save it from an editor."),
    )


def unfit(cause: str) -> errors.UnfitRelease:
    return errors.UnfitRelease(cause, tr(_AGAIN))
