"""ZIP archives: exports of 1Password (1PUX), Proton Pass, Raivo, Authenticator Plus and WinAuth, and those
that people have packed themselves. A file in them is read like a separate file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from totpkey_readers.formats import steam
from totpkey_readers.records import strays, texts
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.problem import Problem, note

if TYPE_CHECKING:
    from totpkey_readers.formats.zip_files import Archive

NAME = "ZIP"
MAGIC = b"PK\x03\x04"
#: The files that hold accounts, by the end of their name in lower case, and their app.
_KNOWN = {
    "export.data": "1Password",
    "proton pass/data.json": "Proton Pass",
    "raivo-otp-export.json": "Raivo",
    "accounts.txt": "Authenticator Plus",
}
_WINAUTH = "winauth-"
#: Other files that may hold accounts, in the order of trying.
_ENDINGS = (".json", ".2fas", ".txt", ".csv", ".authpro", ".html", ".xml", ".mafile", ".otpauthdb")
#: So many other files are looked at, and so many bytes of each.
_MOST_LOOKED_AT, _LARGEST_LOOKED_AT = 50, 1 << 20
#: Documents that are ZIP archives themselves, recognised by a file in them.
_OTHERS = {
    "[content_types].xml": "office",
    "androidmanifest.xml": "an_app",
}


def recognises(data: bytes) -> bool:
    return data.startswith(MAGIC)


def read(
    data: bytes, ask: AskPassword, read_inner: Callable[[bytes, AskPassword], Contents | None]
) -> Contents:
    """The accounts. `read_inner` reads a file by its content, or returns None.

    Raises Problem.
    """
    # Loading Python's module for ZIP takes longer than reading most exports.
    from totpkey_readers.formats.zip_files import Archive

    archive = Archive(data)
    names = archive.names()
    lowered = {name.lower(): name for name in names}
    for file, code in _OTHERS.items():
        if file in lowered:
            raise Problem(code)
    if any(name.endswith("data.pgp") for name in lowered):
        raise Problem("proton_sealed_zip")
    wanted, app = _wanted(names)
    password = ask(app) if wanted and archive.is_encrypted() else ""
    opened = _opener(archive, names, password, ask)
    if opened is not None:
        wanted = [name for name in names if name.lower().endswith(steam.ENDING)]
    plain = opened or (lambda _, data: data)
    read, damaged = _read_all(
        archive, wanted, password, lambda name, data: read_inner(plain(name, data), ask)
    )
    if not read:
        raise damaged or Problem("zip_nothing")
    _look_at(archive, [name for name in names if name not in wanted][:_MOST_LOOKED_AT], password)
    contents = _together(read)
    if damaged is not None:
        contents.warnings.append(note("zip_other_damaged", reason=damaged.note))
    if app != NAME:
        contents.format = app
    return contents


def _read_all(
    archive: Archive, names: list[str], password: str, read: Callable[[str, bytes], Contents | None]
) -> tuple[list[Contents], Problem | None]:
    """The contents of all files that are exports, and the first error of one that is damaged."""
    found: list[Contents] = []
    first: Problem | None = None
    for name in names:
        try:
            contents = read(name, archive.read(name, password))
        except Problem as damaged:
            if damaged.is_of_the_file:
                raise
            first = first or damaged
        else:
            if contents is not None:
                found.append(contents)
    return found, first


def _look_at(archive: Archive, names: list[str], password: str) -> None:
    """Have texts beside the exports looked through: people keep links in notes, too."""
    for name in names:
        with suppress(Problem):
            strays.seen(texts.decode(archive.read(name, password)[:_LARGEST_LOOKED_AT]) or "")


def _opener(
    archive: Archive, names: list[str], password: str, ask: AskPassword
) -> Callable[[str, bytes], bytes] | None:
    """What opens the files of a folder of Steam's, which may be encrypted; None for any other archive."""
    lists = [name for name in names if name.lower().endswith(steam.MANIFEST)]
    if not (lists and any(name.lower().endswith(steam.ENDING) for name in names)):
        return None
    return steam.opener(archive.read(lists[0], password), ask)


def _together(read: list[Contents]) -> Contents:
    """The contents of several exports, each entry with the number of its export if there are several."""
    formats = ", ".join(dict.fromkeys(contents.format for contents in read))
    whole = Contents(f"{formats}, in a ZIP")
    for number, contents in enumerate(read, 1):
        before = f"export {number}, " if len(read) > 1 else ""
        contents.found = [replace(found, place=before + found.place) for found in contents.found]
        contents.skipped = [replace(one, place=before + one.place) for one in contents.skipped]
        whole.add(contents)
    return whole


def _wanted(names: list[str]) -> tuple[list[str], str]:
    """The files to try, and the archive's app."""
    for ending, app in _KNOWN.items():
        known = [name for name in names if name.lower().endswith(ending)]
        if known:
            return known[:1], app
    of_winauth = [name for name in names if name.lower().startswith(_WINAUTH)]
    if of_winauth:
        return of_winauth, "WinAuth"
    own = [name for name in names if not name.startswith("__MACOSX/")]
    return [name for ending in _ENDINGS for name in own if name.lower().endswith(ending)][:50], NAME
