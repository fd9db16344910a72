"""ZIP archives: exports of 1Password (1PUX), Proton Pass, Raivo, Authenticator Plus and WinAuth, and those
that people have packed themselves. A file in them is read like a separate file.
"""

from __future__ import annotations

from collections.abc import Callable

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers.contents import AskPassword, Contents
from totpkey.importers.fields import Damaged
from totpkey.importers.zip_files import MAGIC, Archive

NAME = "ZIP"
#: The files that hold accounts, by the end of their name in lower case, and their app.
_KNOWN = {
    "export.data": "1Password",
    "proton pass/data.json": "Proton Pass",
    "raivo-otp-export.json": "Raivo",
    "accounts.txt": "Authenticator Plus",
}
_WINAUTH = "winauth-"
#: Other files that may hold accounts, in the order of trying.
_ENDINGS = (".json", ".2fas", ".txt", ".csv", ".authpro", ".html", ".xml")
#: Documents that are ZIP archives themselves, recognised by a file in them.
_OTHERS = {
    "[content_types].xml": _(
        "It is a document of an office program: save the table as CSV, and import that."
    ),
    "androidmanifest.xml": _("It is an app, not an export."),
}
_SEALED = _("It is encrypted for Proton Pass alone: export it again, as CSV or unencrypted.")


def recognises_data(data: bytes) -> bool:
    return data.startswith(MAGIC)


def read(
    data: bytes, ask: AskPassword, read_inner: Callable[[bytes, AskPassword], Contents | None]
) -> Contents:
    """The accounts. `read_inner` reads a file by its content, or returns None.

    Raises Damaged and WrongFilePassword.
    """
    archive = Archive(data)
    names = archive.names()
    lowered = {name.lower(): name for name in names}
    for file, cause in _OTHERS.items():
        if file in lowered:
            raise Damaged(tr(cause))
    if any(name.endswith("data.pgp") for name in lowered):
        raise Damaged(tr(_SEALED))
    wanted, app = _wanted(names)
    password = ask(app) if wanted and archive.is_encrypted() else ""
    for name in wanted:
        contents = read_inner(archive.read(name, password), ask)
        if contents is not None:
            contents.format = app if app != NAME else f"{contents.format}, in a ZIP"
            return contents
    raise Damaged(tr("There is no known export in this ZIP file."))


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
