"""Build a complete release into dist/ from a clean checkout of the current commit.

    python tools/release.py             (what `make release` runs)
    python tools/release.py --trial     (with what can be had here, as a trial: nobody may sign it)
    python tools/release.py --here TARGET COMMIT TIME [--trial]     (from the tree that contains this file)

`HOLDS` names what a release consists of, beside the images for each board whose CircuitPython is known. The
papers come last, once, in the process that has built all they are about. SHA256SUMS and the manifest are
signed if TOTPKEY_SIGNING_KEY names a file with an Ed25519 key, which `openssl genpkey -algorithm ed25519 -out
FILE` creates.

The notices of what its binaries contain, for those who get them, are THIRD-PARTY.txt: those of packages come
from the packages themselves, those of what CircuitPython has inside from inside.toml.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import bill_of_materials
import downloads
import provenance
import release_inputs
import windows_exe
from other_systems import CannotSetUp, source_folders
from totpkey.install import download, image, manifest, release_files, signature
from totpkey.install.drive import drive_files
from totpkey_protocol.version import __version__
from totpkey_volume.layout import on_a_key

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
#: The earliest time that a ZIP archive can store. A fixed time makes archives of equal files identical.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_SUMS = "SHA256SUMS"
_SIGNATURE = f"{_SUMS}.minisig"
_KEY = "TOTPKEY_SIGNING_KEY"
_LEAD = """\
What the binaries of totpkey contain that is by others, and the notices that go with it.

The images for boards (.uf2) contain CircuitPython (MIT, Adafruit Industries and contributors), in which are:

{circuitpython}
They also contain adafruit-circuitpython-hid (MIT, Copyright 2017 Scott Shawcroft for Adafruit Industries).
The set-up page names what it contains at its own beginning. totpkey.exe contains the packages below, and
Python.
"""
_MIT = bill_of_materials.ROOT / "LICENSES" / "MIT.txt"
_NOTICES = ("license", "licence", "copying", "notice", "authors")
#: What every release holds, by `VERSION`, and the board that documents recommend: its image, too.
HOLDS = (
    "totpkey-VERSION-py3-none-any.whl",
    "totpkey-VERSION.tar.gz",
    "totpkey-VERSION.exe",
    "totpkey-VERSION.html",
    "totpkey-drive-VERSION.zip",
    "totpkey-hardware-VERSION.zip",
    "totpkey-VERSION.manifest.json",
    "totpkey-VERSION.cdx.json",
    "totpkey-VERSION.vex.json",
    "totpkey-VERSION.third-party.txt",
    "totpkey-VERSION.provenance.json",
    "totpkey-VERSION.notes.txt",
    _SUMS,
)
RECOMMENDED = "adafruit_qt2040_trinkey"
_TRIAL = "--trial"


class Incomplete(Exception):
    """What is built is less than a release; the message says what it lacks."""


def main(arguments: list[str]) -> int:
    """Return 0 if everything was built."""
    try:
        match [each for each in arguments if each != _TRIAL]:
            case ["--here", target, commit, when]:
                build(Path(target), provenance.Source(commit, int(when)), _TRIAL in arguments)
            case []:
                return _from_commit(arguments)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (Incomplete, release_inputs.MissingInput, CannotSetUp) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _from_commit(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "totpkey"
        check_out(source)
        commit, when = _git("log", "-1", "--format=%H %ct").decode().split()
        paths = [*source_folders(source), source / "tools"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
        tool = str(source / "tools" / "release.py")
        command = [sys.executable, tool, "--here", str(DIST), commit, when, *arguments]
        return subprocess.run(command, env=environment, cwd=source, check=False).returncode


def check_out(target: Path) -> None:
    """Extract the committed tree, without untracked files."""
    archive = _git("archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target, filter="data")


def build(target: Path, source: provenance.Source, is_trial: bool = False) -> None:
    """Build everything from this file's tree, which is `source`.

    Raise MissingInput, CannotSetUp or Incomplete, and leave `target` alone, if something cannot be had. A
    trial goes without it.
    """
    if is_trial and os.environ.get(_KEY):
        raise Incomplete("A trial is not signed.")
    page, interpreters = release_inputs.page(), release_inputs.interpreters()
    if not is_trial and RECOMMENDED not in interpreters:
        raise Incomplete(f"A release has an image for {RECOMMENDED}, the board that documents recommend.")
    with tempfile.TemporaryDirectory() as folder:
        made, named = Path(folder) / "made", f"totpkey-{__version__}"
        made.mkdir()
        parts = windows_exe.fetch(Path(folder))
        notices = made / f"{named}.third-party.txt"
        write_notices(notices, parts)
        _build(made, source, page, interpreters)
        try:
            (wheel,) = made.glob("*.whl")
            windows_exe.build(wheel, parts, notices, made / f"{named}.exe", source.when)
        except CannotSetUp as problem:
            if not is_trial:
                raise
            print(f"No totpkey.exe: {problem}", file=sys.stderr)
        finish(made, __version__, source)
        if not is_trial:
            require_whole(made, __version__)
        _replace(target, made)
    for path in sorted(target.iterdir()):
        print(path)


def _build(made: Path, source: provenance.Source, page: Path, interpreters: dict[str, Path]) -> None:
    """Build all that needs no Windows, but for the last papers."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(made), "-t", "sdist", "-t", "wheel"]
    when = {"SOURCE_DATE_EPOCH": str(source.when)}
    subprocess.run(command, cwd=ROOT, env=os.environ | when, check=True)
    _images(made, __version__, interpreters)
    _manifest(made / f"totpkey-{__version__}.manifest.json", __version__, interpreters)
    _archive(made / f"totpkey-drive-{__version__}.zip", _drive())
    shutil.copyfile(page, made / f"totpkey-{__version__}.html")
    _archive(made / f"totpkey-hardware-{__version__}.zip", _hardware())
    bill = made / f"totpkey-{__version__}.cdx.json"
    bill_of_materials.write(bill, source.when)
    vex = bill_of_materials.vex_of(bill)
    (made / f"totpkey-{__version__}.vex.json").write_text(vex, encoding="utf-8", newline="\n")


def _replace(target: Path, made: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for path in made.iterdir():
        shutil.move(path, target)


def require_whole(target: Path, version: str) -> None:
    """Raise Incomplete unless a folder holds all that a release has."""
    boards = {RECOMMENDED, *download.KNOWN}
    images = (f"totpkey-{board}-VERSION{kind}.uf2" for board in boards for kind in ("", "-keep-vault"))
    names = {name.replace("VERSION", version) for name in (*HOLDS, *images)}
    if lacking := sorted(names - {path.name for path in target.iterdir()}):
        raise Incomplete(f"This is not a whole release: {', '.join(lacking)} is missing.")


def _images(target: Path, version: str, sources: dict[str, Path]) -> None:
    """Build the one-file images for each board in `sources`."""
    for board, path in sources.items():
        _, published = image.read_circuitpython(path, board)
        content = image.sealed(published, board)
        for name, keep in (
            (f"totpkey-{board}-{version}", False),
            (f"totpkey-{board}-{version}-keep-vault", True),
        ):
            (target / f"{name}.uf2").write_bytes(image.build(content, drive_files(), board, keep))


def _manifest(path: Path, version: str, sources: dict[str, Path]) -> None:
    """Write the hashes of everything that the images put into flash, and their signature."""
    contents = {board: image.read_circuitpython(file, board)[1] for board, file in sources.items()}
    known = {board: image.interpreter(content, board) for board, content in contents.items()}
    data = manifest.encode(manifest.of(version, drive_files(), known))
    path.write_bytes(data)
    if key := os.environ.get(_KEY):
        path.with_name(path.name + ".sig").write_bytes(manifest.sign(data, Path(key)))


def _archive(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            # By default this field names the build platform, so the archive would differ on Windows.
            entry.create_system = _UNIX
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def _drive() -> dict[str, bytes]:
    """Return the drive's files, for copying by hand. A drive of 1 MB has no room for the set-up page."""
    return on_a_key(drive_files())


def _hardware() -> dict[str, bytes]:
    """Return what an order of the stick takes: the fabrication files, the instructions and the licence."""
    folder = ROOT / "hardware"
    files = {f"fabrication/{file.name}": file for file in sorted((folder / "fabrication").iterdir())}
    files |= {
        name: folder / name
        for name in ("ordering.md", "cell-tests.md", "README.md", "dimensions.toml", "NOTICE.txt")
    }
    files["LICENSE.txt"] = ROOT / "LICENSES" / "CERN-OHL-P-2.0.txt"
    return {name: file.read_bytes() for name, file in files.items()}


def finish(target: Path, version: str, source: provenance.Source) -> None:
    """Write notes, provenance and checksums of all files that are there.

    The checksums are signed where there is a key. Neither they nor the notes depend on that: a signed release
    is the unsigned one, and its signatures.
    """
    # A signature of other checksums would be a false one.
    (target / _SIGNATURE).unlink(missing_ok=True)
    downloads.write_notes(target, version)
    statement = target / provenance.name_of(version)
    provenance.write(statement, [path for path in _files(target) if path != statement], source)
    files = _files(target)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (target / _SUMS).write_text("".join(lines), encoding="ascii", newline="\n")
    if key := os.environ.get(_KEY):
        _sign(target, Path(key))


def _files(target: Path) -> list[Path]:
    """The files of a release that do not depend on its key, without the checksums."""
    return sorted(
        path for path in target.iterdir() if path.name != _SUMS and not downloads.is_signature(path)
    )


def _sign(target: Path, key: Path) -> None:
    data = (target / _SUMS).read_bytes()
    comment = f"totpkey {release_files.version_of(release_files.parse(data))} {_SUMS}"
    (target / _SIGNATURE).write_bytes(signature.sign(data, manifest.signing_key(key), comment))


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def write_notices(path: Path, parts: windows_exe.Parts) -> None:
    """Write the notices of what a release is built of."""
    inside = bill_of_materials.inside()["inside"]["circuitpython"]
    listed = "".join(
        f"- {name}: {licence}, Copyright {by}, {where}\n" for name, _, by, where, licence in inside
    )
    python = (parts.python / "LICENSE.txt").read_text(encoding="utf-8")
    texts = [_LEAD.format(circuitpython=listed), *_own_texts(), *_of_wheels(parts), _headed("Python", python)]
    path.write_text("\n".join(texts), encoding="utf-8", newline="\n")


def _own_texts() -> Iterator[str]:
    # Without its title, and without our own copyright.
    ours = _MIT.read_text(encoding="utf-8").split("\n\n", 2)[2]
    for name, text in ({"MIT": ours} | bill_of_materials.inside()["texts"]).items():
        yield _headed(name, text)


def _of_wheels(parts: windows_exe.Parts) -> Iterator[str]:
    for wheel in parts.packages:
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                folder, _, rest = name.partition(".dist-info/")
                if "/" not in folder and rest.lower().startswith(_NOTICES) and not name.endswith("/"):
                    yield _headed(f"{folder}: {rest}", archive.read(name).decode("utf-8", "replace"))


def _headed(name: str, text: str) -> str:
    return f"{'=' * 78}\n{name}\n{'=' * 78}\n\n" + "\n".join(text.splitlines()).strip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
