"""The files of a release: SHA256SUMS, as `sha256sum` writes it, and the ZIP archive of a key's drive.

A line of SHA256SUMS is a digest, two spaces and a plain file name. The archive is read into memory, and never
unpacked to a disk.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib

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


#: More than any drive has.
_MOST_FILES = 1000
_MOST_BYTES = 16 * 1024 * 1024
#: A relative path of plain names. So none climbs, and none means another drive or a device.
_PART = r"(?!\.+(?:/|$))[A-Za-z0-9_.][A-Za-z0-9_.-]*(?<!\.)"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")
_PASSWORD = 1


def read_archive(data: bytes, name: str) -> dict[str, bytes]:
    """The files by path. `name`: the archive's, for messages. Raises UnfitRelease."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _require_sound(entries, name)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise unfit(tr("{name} is not a complete ZIP archive.", name=name)) from None


def _require_sound(entries: list[zipfile.ZipInfo], name: str) -> None:
    """Check the archive's list. zipfile never gives more of a file than the list says."""
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise unfit(tr("{name} would unpack to more than a key's drive has room for.", name=name))
    seen: set[str] = set()
    for entry in entries:
        # The name as it stands in the archive: on Windows zipfile makes its backslashes slashes.
        path = entry.orig_filename
        if not _PATH.fullmatch(path):
            raise unfit(
                tr("{name} has a file whose path leads out of the drive: {path}", name=name, path=path)
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise unfit(tr("{name} has a link among its files: {path}", name=name, path=path))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(path)
        if entry.flag_bits & _PASSWORD:
            raise unfit(tr("{name} is encrypted.", name=name))
        if path.lower() in seen:
            raise unfit(tr("{name} has the file {path} twice.", name=name, path=path))
        seen.add(path.lower())
