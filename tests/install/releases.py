"""Releases as people download them, made and signed by `make release`'s own functions, and ways to tamper.

An image of one, and what it leaves in flash, are for `totpkey verify`.
"""

from __future__ import annotations

import base64
import io
import os
import random
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import provenance
import release
from tests.install.boards import BOARD, interpreter, written
from totpkey.install import image, manifest, signature, verifying
from totpkey.install.drive import drive_files
from totpkey.install.manifest import Manifest
from totpkey.install.signature import PublicKey
from totpkey.install.verifying import BOOT_SECTOR, CIRCUITPYTHON, ROOT, TABLE, Report
from totpkey_protocol import slots, storage
from totpkey_protocol.version import __version__
from totpkey_volume import fat_reader, layout, uf2
from totpkey_volume.circuitpython import DRIVE_START, MB, SECTOR
from totpkey_volume.fat_format import Geometry

INTERPRETER = bytes(uf2.flash_content(interpreter(), 3 * SECTOR))
KNOWN = {BOARD: manifest.Interpreter.of(INTERPRETER)}
RELEASE = manifest.of(__version__, drive_files(), KNOWN)


def made(board: str = BOARD, uid: str = "", keep_vault: bool = False) -> bytes:
    """Return a UF2 image with a minimal CircuitPython."""
    content = image.sealed(bytes(uf2.flash_content(interpreter(board), 3 * SECTOR)), board)
    return image.build(content, drive_files(), board, keep_vault, uid)


def flash_of(uf2_image: bytes) -> bytearray:
    """Return the contents of a flash of random bytes after the boot ROM has written the image."""
    return bytearray(written(uf2_image, random.Random(5).randbytes(2 * MB)))


def compared(flash: bytes | bytearray, *releases: Manifest) -> Report:
    return verifying.compare(lambda at, size: bytes(flash[at : at + size]), releases or (RELEASE,), None)


@cache
def places() -> dict[str, list[int]]:
    """Return offsets in flash by part: one or more in each part that runs or leads to what runs.

    The part has the name that a report must give it.
    """
    volume = layout.volume(drive_files(), BOARD)
    geometry = Geometry.of(len(volume))
    found = {CIRCUITPYTHON: [0, KNOWN[BOARD].official.size - 1, SECTOR - 1]}
    starts = {BOOT_SECTOR: (0, 512), TABLE: fat_reader.table(geometry), ROOT: fat_reader.root(geometry)}
    found |= {name: [DRIVE_START + at, DRIVE_START + end - 1] for name, (at, end) in starts.items()}
    for each in fat_reader.extents_of(volume):
        in_slot = each.path.split("/")[0] in [folder for _, folder, _ in slots.SLOTS]
        if each.size and each.path not in storage.FILES and not (in_slot and each.is_directory):
            found[each.path] = [DRIVE_START + each.start, DRIVE_START + each.start + each.size - 1]
    for at, (_, folder, file) in enumerate(slots.SLOTS):
        # The end of a slot follows its firmware. In the first slot, a byte of a folder belongs to no file.
        start = found[file][0]
        found[file] = [start, start + 40] if at else [start + 3]
        assert any(path.startswith(folder) for path in found) == (at == 0)
    found[slots.SEALS] = [found[slots.SEALS][0] + at for at in (0, 20, 60, slots.STRIDE)]
    return found


def changed(flash: bytes, at: int) -> bytes:
    return flash[:at] + bytes((flash[at] ^ 1,)) + flash[at + 1 :]


Files = dict[str, bytes]

OTHER_BOARD = "adafruit_kb2040"
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.minisig"
PUBLISHER, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2))


@dataclass
class Download:
    """A folder with a release of a version."""

    folder: Path
    version: str = __version__

    def __getitem__(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def __setitem__(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    @property
    def image(self) -> str:
        return f"totpkey-{BOARD}-{self.version}.uf2"

    @property
    def keeping_image(self) -> str:
        return f"totpkey-{BOARD}-{self.version}-keep-vault.uf2"

    @property
    def drive(self) -> str:
        return f"totpkey-drive-{self.version}.zip"

    @property
    def manifest(self) -> str:
        return f"totpkey-{self.version}.manifest.json"

    def flip(self, name: str, at: int) -> None:
        content = bytearray(self[name])
        content[at] ^= 1
        self[name] = bytes(content)

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        assert self[name].count(old)
        self[name] = self[name].replace(old, new)

    def publish(self) -> None:
        """Write the checksums of what is there, and sign them, as the publisher does."""
        release.finish(self.folder, self.version, SOURCE)
        self.sign(PUBLISHER)

    def sign(self, key: Ed25519PrivateKey) -> None:
        self[SIGNATURE] = signature.sign(self[SUMS], key, "a comment")

    def signed_sums(self, change: Callable[[bytes], bytes]) -> None:
        """Change the checksums, and sign them as they are then: a publisher who errs, or is not honest."""
        self[SUMS] = change(self[SUMS])
        self.sign(PUBLISHER)

    def signed_drive(self, content: bytes) -> None:
        self[self.drive] = content
        self.publish()


SOURCE = provenance.Source("5" * 40, 1_780_000_000)


def make(
    folder: Path, version: str = __version__, files: Files | None = None, boards: Sequence[str] = (BOARD,)
) -> Download:
    """A release of that firmware, else of this tree's. What stands for CircuitPython cannot run."""
    files = files or drive_files()
    folder.mkdir(parents=True)
    new = Download(folder, version)
    known = {}
    for board in boards:
        published = bytes(uf2.flash_content(interpreter(board), 3 * SECTOR))
        known[board] = manifest.Interpreter.of(published)
        sealed = image.sealed(published, board)
        new[f"totpkey-{board}-{version}.uf2"] = image.build(sealed, files, board)
        new[f"totpkey-{board}-{version}-keep-vault.uf2"] = image.build(sealed, files, board, keep_vault=True)
    new[new.drive] = zipped(layout.on_a_key(files))
    new[new.manifest] = manifest.encode(manifest.of(version, files, known))
    new[f"totpkey-{version}.html"] = b"<!doctype html><title>the page</title>\n"
    new.publish()
    return new


def copy_of(download: Download, folder: Path) -> Download:
    shutil.copytree(download.folder, folder)
    return Download(folder, download.version)


def zipped(files: Files) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


@cache
def drive() -> Files:
    return layout.on_a_key(drive_files())


def with_entry(entry: zipfile.ZipInfo | str, content: bytes = b"x") -> bytes:
    """A drive's archive with one more file."""
    data = io.BytesIO(zipped(drive()))
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(entry, content)
    return data.getvalue()


def _with_link() -> bytes:
    entry = zipfile.ZipInfo("lib/x.py")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return with_entry(entry, b"/etc/passwd")


def public_key(folder: Path, key: PublicKey | None = None) -> Path:
    """A file as people get it, with the publisher's key."""
    path = folder / "totpkey.pub"
    path.write_text((key or signature.public_key(PUBLISHER)).file, encoding="ascii")
    return path


def pem(folder: Path, key: Ed25519PrivateKey = PUBLISHER) -> Path:
    path = folder / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def _bit_of_signature(download: Download) -> None:
    lines = download[SIGNATURE].split(b"\n")
    lines[1] = lines[1][:40] + (b"A" if lines[1][40:41] != b"A" else b"B") + lines[1][41:]
    download[SIGNATURE] = b"\n".join(lines)


def _strangers_under_our_name(download: Download) -> None:
    """The signature is a stranger's, and says that it is by the publisher's key."""
    lines = signature.sign(download[SUMS], STRANGER, "a comment").split(b"\n")
    raw = base64.b64decode(lines[1])
    ident = signature.public_key(PUBLISHER).ident
    lines[1] = base64.b64encode(raw[:2] + ident + raw[10:])
    download[SIGNATURE] = b"\n".join(lines)


def _swap(download: Download, first: str, second: str) -> None:
    download[first], download[second] = download[second], download[first]


def _link(download: Download, name: str, target: Path | None = None) -> None:
    """Put the file beside the folder, and a link in its place."""
    away = target or download.folder.parent / f"away-{name}"
    if target is None:
        away.write_bytes(download[name])
    (download.folder / name).unlink()
    (download.folder / name).symlink_to(away)


def _pipe(download: Download) -> None:
    (download.folder / download.image).unlink()
    os.mkfifo(download.folder / download.image)


def _other_boards_image(download: Download) -> None:
    download[download.image] = made(OTHER_BOARD)
    download.publish()


def _other_firmware(download: Download) -> None:
    """The checksum and the signature are of it, but not the manifest."""
    content = uf2.flash_content(download[download.image], 16 * 1024 * 1024)
    at = content.index(drive()["boot.py"][:64])
    raw = bytearray(download[download.image])
    raw[raw.index(bytes(content[at : at + 32])) + 8] ^= 1
    download[download.image] = bytes(raw)
    download.publish()


def _manifest(old: bytes, new: bytes) -> Callable[[Download], None]:
    def tamper(download: Download) -> None:
        download.replace(download.manifest, old, new)
        download.publish()

    return tamper


def _sums(change: Callable[[bytes], bytes]) -> Callable[[Download], None]:
    return lambda download: download.signed_sums(change)


def _further_line(line: bytes) -> Callable[[Download], None]:
    return _sums(lambda old: old + line)


def _drive(content: Callable[[], bytes]) -> Callable[[Download], None]:
    return lambda download: download.signed_drive(content())


def _further_entry(name: str) -> Callable[[Download], None]:
    return _drive(lambda: with_entry(name))


def _two_versions(download: Download) -> None:
    name = f"totpkey-{OTHER_BOARD}-0.0.9.uf2"
    download[name] = made(OTHER_BOARD)
    download.publish()


def _older(download: Download) -> None:
    """A whole release, signed, of the version before this command's."""
    shutil.rmtree(download.folder)
    make(download.folder, "0.0.9")


def _unlink(name: str) -> Callable[[Download], None]:
    return lambda download: (download.folder / name).unlink()


def _image_and_its_sum(download: Download) -> None:
    """All is consistent, but for the signature."""
    signed = download[SIGNATURE]
    download.flip(download.image, 5000)
    download.publish()
    download[SIGNATURE] = signed


def _set(name: str, change: Callable[[bytes], bytes]) -> Callable[[Download], None]:
    def tamper(download: Download) -> None:
        download[name] = change(download[name])

    return tamper


_FIRST = b"a" * 64
_RELEASE = f'"release": "{__version__}"'.encode()

#: Causes that several have.
_CHANGED = "SHA256SUMS or SHA256SUMS.minisig was changed"
_NO_SIGNATURE = "SHA256SUMS.minisig is not a signature file"
_NOT_PUBLISHED = "{image} is not the published file"
_OF_WINDOWS = "SHA256SUMS has the line ends of Windows"
_LEADS_OUT = "{drive} has a file whose path leads out of the drive: "
_NOT_PLAIN = "does not name a plain file: "
_DIFFERS = "{drive} differs from the release's manifest: "

#: How a release is tampered with, and a part of the cause that has to be shown (`expected` fills in names).
#: The first ones do without the publisher's key. In the others the checksums are signed as they are.
TAMPERINGS: dict[str, tuple[Callable[[Download], object], str]] = {
    "a byte in the image": (lambda d: d.flip(d.image, 5000), _NOT_PUBLISHED),
    "a byte in the image, and its checksum": (_image_and_its_sum, _CHANGED),
    "a byte in the drive": (lambda d: d.flip(d.drive, 5000), "{drive} is not the published file"),
    "a byte in the manifest": (lambda d: d.flip(d.manifest, 50), "{manifest} is not the published file"),
    "a byte in the sums": (lambda d: d.flip(SUMS, 3), _CHANGED),
    "a byte in the signature": (_bit_of_signature, _CHANGED),
    "the signed comment": (lambda d: d.replace(SIGNATURE, b"a comment", b"a c0mment"), _CHANGED),
    "another key": (lambda d: d.sign(STRANGER), "signed by another key"),
    "another key that gives itself our id": (_strangers_under_our_name, _CHANGED),
    "no signature": (_unlink(SIGNATURE), "SHA256SUMS.minisig is missing"),
    "an empty signature": (_set(SIGNATURE, lambda _: b""), _NO_SIGNATURE),
    "a truncated signature": (_set(SIGNATURE, lambda old: old[:150]), _NO_SIGNATURE),
    "a signature of another algorithm": (lambda d: d.replace(SIGNATURE, b"\nRW", b"\nUl"), _NO_SIGNATURE),
    "no sums": (_unlink(SUMS), "SHA256SUMS is missing"),
    "sums saved by an editor of Windows": (_set(SUMS, lambda old: old.replace(b"\n", b"\r\n")), _OF_WINDOWS),
    "sums without end": (
        _set(SUMS, lambda old: old * 200),
        "SHA256SUMS is too large to be a file of a release",
    ),
    "a truncated image": (lambda d: _set(d.image, lambda old: old[:-512])(d), "{image} is not the published"),
    "an empty image": (lambda d: _set(d.image, lambda _: b"")(d), "{image} is empty"),
    "images exchanged": (lambda d: _swap(d, d.image, d.keeping_image), "is not the published file"),
    "another board's image": (lambda d: d.__setitem__(d.image, made(OTHER_BOARD)), _NOT_PUBLISHED),
    "a renamed file": (
        lambda d: (d.folder / d.drive).rename(d.folder / "drive.zip"),
        "{drive} of the release is missing",
    ),
    "a missing file": (lambda d: _unlink(d.image)(d), "{image} of the release is missing"),
    "one file too many": (lambda d: d.__setitem__("code.py", b"x"), "code.py is not a file of the release"),
    "one folder too many": (lambda d: (d.folder / "lib").mkdir(), "lib is not a file of the release"),
    "a link in place of an image": (lambda d: _link(d, d.image), "{image} is a link"),
    "a link in place of the sums": (lambda d: _link(d, SUMS), "SHA256SUMS is a link"),
    "a dead link": (lambda d: _link(d, SIGNATURE, Path("/nowhere")), "SHA256SUMS.minisig is a link"),
    "a pipe in place of an image": (_pipe, "{image} is not a regular file"),
    "an older release": (_older, "0.0.9 is older than this command"),
    # From here on the publisher's key signs: a mistake of the publisher's, or worse.
    "empty sums": (_sums(lambda _: b""), "SHA256SUMS is empty"),
    "truncated sums": (_sums(lambda old: old[:-3]), "SHA256SUMS ends in the middle of a line"),
    "sums with an absolute path": (_further_line(_FIRST + b"  /etc/passwd\n"), _NOT_PLAIN + "/etc/passwd"),
    "sums with a path that climbs": (_further_line(_FIRST + b"  ../boot.py\n"), _NOT_PLAIN + "../boot.py"),
    "sums with a path of Windows": (
        _further_line(_FIRST + b"  C:\\boot.py\n"),
        _NOT_PLAIN + "C:\\boot.py",
    ),
    "sums with a name twice": (
        _sums(lambda old: old + _FIRST + old.splitlines(keepends=True)[-1][64:]),
        "twice",
    ),
    "sums with the line ends of Windows": (_sums(lambda old: old.replace(b"\n", b"\r\n")), _OF_WINDOWS),
    "sums of another kind": (
        _further_line(b"d41d8cd98f00b204e9800998ecf8427e  boot.py\n"),
        "of SHA256SUMS is not a checksum",
    ),
    "sums in another encoding": (_further_line(b"\xff\n"), "SHA256SUMS is not a list of checksums"),
    "sums without a manifest": (
        _sums(lambda old: b"".join(line for line in old.splitlines(keepends=True) if b"json" not in line)),
        "SHA256SUMS names no manifest",
    ),
    "the sums of two versions": (
        _two_versions,
        "SHA256SUMS mixes versions: totpkey-adafruit_kb2040-0.0.9.uf2",
    ),
    "a manifest of another version": (
        _manifest(_RELEASE, b'"release": "9.9"'),
        "{manifest} is the manifest of version 9.9",
    ),
    "a manifest of another layout": (
        _manifest(b'"layout": ', b'"layout": 9'),
        "{manifest} is of a release whose drive is laid out in another way",
    ),
    "no manifest under its name": (_manifest(b'"format"', b'"kind"'), "{manifest} is not the manifest"),
    "an image of another board": (_other_boards_image, "{image} is for another board: adafruit_kb2040"),
    "an image of other firmware": (_other_firmware, "{image} differs from the release's manifest"),
    "a drive that climbs out": (_further_entry("../../../boot.py"), _LEADS_OUT + "../../../boot.py"),
    "a drive that climbs out on Windows": (
        _further_entry("lib\\..\\..\\boot.py"),
        _LEADS_OUT + "lib\\..\\..\\boot.py",
    ),
    "a drive with an absolute path": (_further_entry("/boot.py"), _LEADS_OUT + "/boot.py"),
    "a drive with a link": (_drive(_with_link), "{drive} has a link"),
    "a drive with a file twice": (_further_entry("boot.py"), "{drive} has the file boot.py twice"),
    "a drive with a file in capitals": (_further_entry("BOOT.PY"), "{drive} has the file BOOT.PY twice"),
    "a drive that grows": (
        _drive(lambda: with_entry("lib/zeros", bytes(17 * 1024 * 1024))),
        "{drive} would unpack to more",
    ),
    "a drive of very many files": (
        _drive(lambda: zipped({f"lib/{number}": b"" for number in range(1001)})),
        "{drive} would unpack to more",
    ),
    "a drive with one file too many": (_further_entry("settings2.toml"), _DIFFERS + "settings2.toml"),
    "a drive with sources": (_further_entry("source/x.py"), _DIFFERS + "source/x.py"),
    "a drive without a file": (
        _drive(lambda: zipped({path: content for path, content in drive().items() if path != "boot.py"})),
        _DIFFERS + "boot.py",
    ),
    "a drive with another boot.py": (
        _drive(lambda: zipped(drive() | {"boot.py": b"import usb_cdc"})),
        _DIFFERS + "boot.py",
    ),
    "a drive that is no archive": (_drive(lambda: b"boot.py"), "{drive} is not a complete ZIP archive"),
}


def expected(cause: str, download: Download) -> str:
    return cause.format(image=download.image, drive=download.drive, manifest=download.manifest)
