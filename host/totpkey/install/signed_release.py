"""A downloaded release: its files are given out only after signature, checksums and versions were checked.

Each file is read once, and what was checked is what is used: a file that changes afterwards changes nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey.install import manifest, release_files, verifying
from totpkey.install.manifest import Manifest
from totpkey.install.signature import Malformed, PublicKey, Signature
from totpkey_protocol import storage
from totpkey_protocol.boards import BOARDS
from totpkey_volume import circuitpython, layout, uf2
from totpkey_volume.circuitpython import MB

SIGNATURE = f"{release_files.NAME}.minisig"
#: More than each of these has.
_LARGEST_LIST = 64 * 1024
_LARGEST_FILE = 64 * MB
#: What systems put into a folder by themselves, once it was looked at.
_BY_SYSTEMS = frozenset({".ds_store", "desktop.ini", "thumbs.db"})
_IMAGE = re.compile(r"totpkey-([a-z0-9_]+)-[0-9.]+?(-keep-vault)?\.uf2")


@dataclass(frozen=True)
class Release:
    """Files of one version, in `folder`. `chosen`: the one that was given, or empty for all of them.

    `vouched`: the key whose signature is right, if any.
    """

    folder: Path
    version: str
    digests: Mapping[str, str]
    chosen: str = ""
    vouched: PublicKey | None = None
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """Raises UnfitRelease and InvalidManifest."""
        name = f"totpkey-{self.version}.manifest.json"
        listed = manifest.decode(self._content(name), self.folder / name)
        if listed.release != self.version:
            raise release_files.unfit(
                tr(
                    "{name} is the manifest of version {other}, not of {version}.",
                    name=name,
                    other=listed.release,
                    version=self.version,
                )
            )
        return listed

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files of a key's drive, those of the manifest. Raises UnfitRelease and InvalidManifest."""
        name = f"totpkey-drive-{self.version}.zip"
        if self.chosen not in ("", name):
            raise errors.UnfitRelease(
                tr("{name} does not hold the files of a key's drive.", name=self.chosen),
                tr("Give the release's folder, or {archive} in it.", archive=name),
            )
        found = release_files.read_archive(self._content(name), name)
        made = manifest.of(self.version, found, {}).files
        missing = {*self.manifest.files, *storage.FILES} - found.keys()
        differing = [path for path, content in made.items() if self.manifest.files.get(path) != content]
        foreign = found.keys() - layout.on_a_key(found).keys()
        if wrong := sorted({*missing, *differing, *foreign}):
            raise release_files.unfit(
                tr("{name} differs from the release's manifest: {path}", name=name, path=", ".join(wrong[:5]))
            )
        return found

    @property
    def page(self) -> bytes | None:
        """The set-up page, where the whole release was given."""
        name = f"totpkey-{self.version}.html"
        return self._content(name) if not self.chosen and name in self.digests else None

    def image(self, board: str | None, keep_vault: bool) -> tuple[str, bytes]:
        """The board of an image, and the image. Raises UnfitRelease."""
        names = [self.chosen] if self.chosen else sorted(self.digests)
        found = {(each[1], bool(each[2])): each[0] for name in names if (each := _IMAGE.fullmatch(name))}
        if self.chosen and not found:
            raise errors.UnfitRelease(
                tr("{name} is not an image for a board.", name=self.chosen),
                tr("Give the release's folder, or CircuitPython for the board with --circuitpython."),
            )
        fitting = {each: name for (each, kept), name in found.items() if kept == keep_vault}
        if self.chosen and not fitting:
            raise errors.UnfitRelease(
                tr("{name} erases the accounts of a key.", name=self.chosen)
                if keep_vault
                else tr("{name} leaves the accounts of a key alone.", name=self.chosen),
                tr("Give the file that ends in -keep-vault.uf2, or leave out --keep-vault.")
                if keep_vault
                else tr("Give the file without -keep-vault in its name, or add --keep-vault."),
            )
        if board is None and len(fitting) > 1:
            raise errors.UnfitRelease(
                tr("The release has images for several boards: {boards}.", boards=", ".join(fitting)),
                tr("Choose with --board. A board in its boot loader does not tell which it is."),
            )
        board = board or next(iter(fitting), "")
        if board not in fitting:
            raise errors.UnfitRelease(
                tr("The release has no image for board {board}.", board=board),
                tr("Give CircuitPython for the board with --circuitpython: the image is made of both."),
            )
        if board not in BOARDS:
            raise errors.UnfitRelease(
                tr("{name} is for a board that this version does not know.", name=fitting[board]),
                tr("Update totpkey."),
            )
        data = self._content(fitting[board])
        _require_contents(fitting[board], data, self.manifest)
        return board, data

    def require_whole(self) -> None:
        """All files are there, no others, and they agree. Raises UnfitRelease and InvalidManifest."""
        there = {path.name for path in self.folder.iterdir() if path.name.lower() not in _BY_SYSTEMS}
        if missing := sorted(self.digests.keys() - there):
            raise release_files.unfit(tr("{name} of the release is missing.", name=missing[0]))
        signatures = {SIGNATURE, f"totpkey-{self.version}.manifest.json.sig"}
        if foreign := sorted(there - self.digests.keys() - signatures - {release_files.NAME}):
            raise errors.UnfitRelease(
                tr("{name} is not a file of the release: SHA256SUMS does not name it.", name=foreign[0]),
                tr("Take it out of the folder, or give the one file that you need."),
            )
        for name in sorted(self.digests):
            self._content(name)
        _ = self.files
        for name in sorted(self.digests):
            named = _IMAGE.fullmatch(name)
            # A newer release may have images for boards that came later. This version does not write these.
            if named and named[1] in BOARDS:
                _require_contents(name, self._content(name), self.manifest)

    def _content(self, name: str) -> bytes:
        """A file's content, checked. Raises UnfitRelease."""
        if name not in self.digests:
            raise errors.UnfitRelease(
                tr("{name} is not a file of the release: SHA256SUMS does not name it.", name=name),
                tr("Give it the name that it has on the release's page."),
            )
        if name not in self._kept:
            data = _read(self.folder, name, _LARGEST_FILE)
            if not data:
                raise release_files.unfit(tr("{name} is empty.", name=name))
            if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), self.digests[name]):
                raise release_files.unfit(
                    tr("{name} is not the published file: its checksum differs.", name=name)
                )
            self._kept[name] = data
        return self._kept[name]


def opened(path: Path, keys: Iterable[PublicKey], unsigned: bool = False) -> Release:
    """The release in a folder, or one of its files beside SHA256SUMS. Raises UnfitRelease, InvalidManifest.

    It has to be signed by one of `keys`. With `unsigned` a release without a signature is taken, too, and one
    with a signature if there are no `keys`.
    """
    is_whole = path.is_dir() or path.name in (release_files.NAME, SIGNATURE)
    folder = path if path.is_dir() else path.parent
    listed = _read(folder, release_files.NAME, _LARGEST_LIST)
    vouched = _vouched(folder, listed, list(keys), unsigned)
    digests = release_files.parse(listed)
    release = Release(
        folder, release_files.version_of(digests), digests, "" if is_whole else path.name, vouched
    )
    if is_whole:
        release.require_whole()
    else:
        release._content(path.name)
    return release


def _vouched(folder: Path, listed: bytes, keys: list[PublicKey], unsigned: bool) -> PublicKey | None:
    """The key by which the checksums are signed. Raises UnfitRelease."""
    if not keys:
        if unsigned:
            return None
        raise errors.UnfitRelease(
            tr("This totpkey knows no key that releases are signed with: nothing vouches for the files."),
            tr(
                "Give the project's public key with --public-key FILE. For a release that you built"
                " yourself, --unsigned takes it by its checksums alone."
            ),
        )
    if not os.path.lexists(folder / SIGNATURE):
        if unsigned:
            return None
        raise errors.UnfitRelease(
            tr("{name} is missing: nothing vouches for the files.", name=SIGNATURE),
            tr(
                "Download it from the release's page, too. For a release that you built yourself,"
                " --unsigned takes it by its checksums alone."
            ),
        )
    try:
        signature = Signature.parse(_read(folder, SIGNATURE, _LARGEST_LIST))
    except Malformed:
        raise release_files.unfit(tr("{name} is not a signature file.", name=SIGNATURE)) from None
    named = [key for key in keys if key.ident == signature.ident]
    if not named:
        raise release_files.unfit(
            tr(
                "The release is signed by another key: {other}, not {known}.",
                other=PublicKey(signature.ident, b""),
                known=", ".join(map(str, keys)),
            )
        )
    for key in named:
        if signature.fits(listed, key):
            return key
    if release_files.has_windows_ends(listed):
        raise release_files.windows_ends()
    raise release_files.unfit(
        tr("The signature does not fit: SHA256SUMS or {name} was changed.", name=SIGNATURE)
    )


def _read(folder: Path, name: str, most: int) -> bytes:
    path = folder / name
    if path.is_symlink():
        raise release_files.unfit(tr("{name} is a link, and a release has none.", name=name))
    if path.exists() and not path.is_file():
        raise release_files.unfit(tr("{name} is not a regular file.", name=name))
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise errors.UnfitRelease(
            tr("{name} is missing in {folder}.", name=name, folder=folder),
            tr("Download it from the release's page into the same folder."),
        ) from None
    except OSError as problem:
        raise errors.UnfitRelease(
            tr("{name} cannot be read: {strerror}.", name=name, strerror=problem.strerror),
            tr("Check its name."),
        ) from None
    if len(data) > most:
        raise release_files.unfit(tr("{name} is too large to be a file of a release.", name=name))
    return data


def _require_board(name: str, data: bytes) -> bytes:
    """What an image puts into flash, if it is for the board in its name. Raises UnfitRelease."""
    named = _IMAGE.fullmatch(name)
    try:
        content = layout.written(data)
        found = circuitpython.board_of(content)
    except (uf2.BadUf2, circuitpython.UnknownBoard):
        raise release_files.unfit(tr("{name} is not an image for a board.", name=name)) from None
    if not named or found != named[1]:
        raise release_files.unfit(tr("{name} is for another board: {board}.", name=name, board=found))
    return content


def _require_contents(name: str, data: bytes, listed: Manifest) -> None:
    """Check that an image holds what the manifest lists. Raises UnfitRelease."""
    content = _require_board(name, data)
    report = verifying.compare(lambda start, length: content[start : start + length], [listed], None)
    if not report.is_good:
        path = ", ".join(tr(part) for part in [*report.differing, *report.unknown][:5])
        raise release_files.unfit(
            tr(
                "{name} differs from the release's manifest: {path}",
                name=name,
                path=path or tr(verifying.ROOT),
            )
        )
