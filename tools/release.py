"""Build a complete release into dist/ from a clean checkout of the current commit.

    python tools/release.py                 (what `make release` runs)
    python tools/release.py --here TARGET   (from the tree that contains this file, as it is)
    python tools/release.py --sign KEY      (only sign the checksums of the release in dist/)

A release consists of the wheel and the source archive; a ZIP archive with the drive's files, for all boards;
the set-up page; one-file images for each board whose CircuitPython the project pins; the manifest that
`totpkey verify` compares keys with; the files for ordering the stick; an SBOM, what is known of holes in
what it lists (VEX), and the build's provenance; notes for those who download it; and SHA256SUMS over all of
these. SHA256SUMS and the manifest are signed if TOTPKEY_SIGNING_KEY names a file with an Ed25519 key, which
`openssl genpkey -algorithm ed25519 -out FILE` creates.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
#: The earliest time that a ZIP archive can store. A fixed time makes archives of equal files identical.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_SUMS = "SHA256SUMS"
_SIGNATURE = f"{_SUMS}.minisig"
_KEY = "TOTPKEY_SIGNING_KEY"


def main(arguments: list[str]) -> int:
    """Return 0 if everything was built."""
    if arguments[:1] == ["--here"]:
        return build(Path(arguments[1]))
    if arguments[:1] == ["--sign"]:
        sign(DIST, Path(arguments[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "totpkey"
        check_out(source)
        when = _git("log", "-1", "--format=%ct").decode().strip()
        paths = [
            source / "host",
            source / "firmware" / "lib",
            *source.glob("extensions/*/*/"),
            source / "tools",
        ]
        commit = _git("rev-parse", "HEAD").decode().strip()
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "SOURCE_DATE_EPOCH": when,
            "TOTPKEY_COMMIT": commit,
        }
        command = [sys.executable, str(source / "tools" / "release.py"), "--here", str(DIST)]
        return subprocess.run(command, env=environment, cwd=source, check=False).returncode


def check_out(target: Path) -> None:
    """Extract the committed tree, without untracked files."""
    archive = _git("archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target, filter="data")


def build(target: Path) -> int:
    """Build everything from this file's tree. If an input is missing, return 1 and leave `target` alone."""
    import bill_of_materials
    import exploitability
    import release_inputs
    from totpkey_protocol.version import __version__

    try:
        page, sources = release_inputs.page(), release_inputs.interpreters()
    except release_inputs.MissingInput as problem:
        print(problem, file=sys.stderr)
        return 1
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), "-t", "sdist", "-t", "wheel"]
    subprocess.run(command, cwd=ROOT, check=True)
    _images(target, __version__, sources)
    _manifest(target / f"totpkey-{__version__}.manifest.json", __version__, sources)
    _archive(target / f"totpkey-drive-{__version__}.zip")
    shutil.copyfile(page, target / f"totpkey-{__version__}.html")
    _hardware(target / f"totpkey-hardware-{__version__}.zip")
    bill = target / f"totpkey-{__version__}.cdx.json"
    bill_of_materials.write(bill)
    exploitability.write(target / f"totpkey-{__version__}.vex.json", bill)
    finish(target, __version__)
    for path in sorted(target.iterdir()):
        print(path)
    return 0


def _images(target: Path, version: str, sources: dict[str, Path]) -> None:
    """Build the one-file images for each board in `sources`."""
    from totpkey.install import image
    from totpkey.install.drive import drive_files

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
    from totpkey.install import image, manifest
    from totpkey.install.drive import drive_files

    contents = {board: image.read_circuitpython(file, board)[1] for board, file in sources.items()}
    known = {board: manifest.Interpreter.of(content) for board, content in contents.items()}
    data = manifest.encode(manifest.of(version, drive_files(), known))
    path.write_bytes(data)
    if key := os.environ.get(_KEY):
        path.with_name(path.name + ".sig").write_bytes(manifest.sign(data, Path(key)))


def _archive(path: Path) -> None:
    """Write the archive of the drive's files, for copying by hand."""
    # The set-up page is a file of its own: a drive of 1 MB has no room for it.
    from totpkey.install.drive import drive_files
    from totpkey_volume.layout import on_a_key

    files = on_a_key(drive_files())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            # By default this field names the build platform, so the archive would differ on Windows.
            entry.create_system = _UNIX
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def _hardware(path: Path) -> None:
    """Write the archive for ordering the stick: the fabrication files, the instructions and the licence."""
    folder = ROOT / "hardware"
    files = {f"fabrication/{file.name}": file for file in sorted((folder / "fabrication").iterdir())}
    files |= {
        name: folder / name
        for name in ("ordering.md", "cell-tests.md", "README.md", "dimensions.toml", "NOTICE.txt")
    }
    files["LICENSE.txt"] = ROOT / "LICENSES" / "CERN-OHL-P-2.0.txt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = _UNIX
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def finish(target: Path, version: str) -> None:
    """Write notes, provenance and checksums of all files that are there, once more where one has been added.

    The checksums are signed where there is a key. Neither they nor the notes depend on that: a signed release
    is the unsigned one, and its signatures.
    """
    import provenance
    import release_notes

    # A signature of other checksums would be a false one.
    (target / _SIGNATURE).unlink(missing_ok=True)
    release_notes.write(target, version)
    statement = target / provenance.name_of(version)
    provenance.write(statement, [path for path in _files(target) if path != statement])
    files = _files(target)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (target / _SUMS).write_text("".join(lines), encoding="ascii", newline="\n")
    if key := os.environ.get(_KEY):
        sign(target, Path(key))


def _files(target: Path) -> list[Path]:
    """The files of a release that do not depend on its key, without the checksums."""
    return sorted(path for path in target.iterdir() if path.name != _SUMS and not is_signature(path))


def sign(target: Path, key: Path) -> None:
    """Sign the checksums of a release that was built before, with a private key in PEM."""
    from totpkey.install import manifest, signature, sums

    data = (target / _SUMS).read_bytes()
    comment = f"totpkey {sums.version_of(sums.parse(data))} {_SUMS}"
    (target / _SIGNATURE).write_bytes(signature.sign(data, manifest.signing_key(key), comment))


def is_signature(path: Path) -> bool:
    return path.suffix in (".sig", ".minisig")


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
