"""The ZIP archive with the files of a key's drive. It is read into memory, and never unpacked to a disk."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib

from totpkey.i18n.translation import tr
from totpkey.install import sums

#: More than any drive has.
_MOST_FILES = 1000
_MOST_BYTES = 16 * 1024 * 1024
#: A relative path of plain names. So none climbs, and none means another drive or a device.
_PART = r"(?!\.+(?:/|$))[A-Za-z0-9_.][A-Za-z0-9_.-]*(?<!\.)"
_PATH = re.compile(rf"{_PART}(?:/{_PART})*")
_PASSWORD = 1


def read(data: bytes, name: str) -> dict[str, bytes]:
    """The files by path. `name`: the archive's, for messages. Raises UnfitRelease."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _require_sound(entries, name)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise sums.unfit(tr("{name} is not a complete ZIP archive.", name=name)) from None


def _require_sound(entries: list[zipfile.ZipInfo], name: str) -> None:
    """Check the archive's list. zipfile never gives more of a file than the list says."""
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise sums.unfit(tr("{name} would unpack to more than a key's drive has room for.", name=name))
    seen: set[str] = set()
    for entry in entries:
        # The name as it stands in the archive: on Windows zipfile makes its backslashes slashes.
        path = entry.orig_filename
        if not _PATH.fullmatch(path):
            raise sums.unfit(
                tr("{name} has a file whose path leads out of the drive: {path}", name=name, path=path)
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise sums.unfit(tr("{name} has a link among its files: {path}", name=name, path=path))
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(path)
        if entry.flag_bits & _PASSWORD:
            raise sums.unfit(tr("{name} is encrypted.", name=name))
        if path.lower() in seen:
            raise sums.unfit(tr("{name} has the file {path} twice.", name=name, path=path))
        seen.add(path.lower())
