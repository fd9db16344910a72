"""The files for package managers say what the release says, and the wheel has everything that it needs.

Each system's own tool or schema judges the files. A key is set up by the wheel, installed on its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import deb_package
import make_packages
import package_texts
from package_texts import Definition, of_release
from readers.tests.real.samples import FOLDER as SAMPLES
from tests.install.boards import interpreter
from tests.support.port import LIMIT
from totpkey_protocol.version import __version__

ROOT = Path(__file__).resolve().parents[2]
WHEEL = f"totpkey-{__version__}-py3-none-any.whl"
PROGRAM = f"totpkey-{__version__}.exe"
COMMAND = (sys.executable, "-m", "totpkey")
#: By which a release is known as one.
OTHERS = (PROGRAM, f"totpkey-{__version__}.tar.gz", f"totpkey-{__version__}.manifest.json")


def sums(folder: Path) -> None:
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that packages name. Their contents do not matter to most."""
    folder = tmp_path_factory.mktemp("release")
    for name in (WHEEL, *OTHERS):
        (folder / name).write_bytes(name.encode())
    sums(folder)
    return folder


@pytest.fixture(scope="module")
def about(release: Path) -> Definition:
    return of_release(release)


def digest_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str, folder: Path, code: int = 0, **options: Any) -> str:
    """Return what a command prints, or its errors if it has to fail."""
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, **options)
    assert ran.returncode == code, ran.stdout + ran.stderr
    return str(ran.stderr if code else ran.stdout)


def written(files: dict[str, str], folder: Path) -> Path:
    """Write texts. Return the last one's path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def as_nobody(folder: Path) -> dict[str, Any]:
    """makepkg refuses to run as root."""
    if os.getuid():
        return {}
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "nobody")
    return {"user": "nobody", "extra_groups": [], "env": os.environ | {"HOME": str(folder)}}


@pytest.mark.slow
def test_makepkg_reads_the_pkgbuild_and_takes_the_wheel(
    about: Definition, release: Path, open_folder: Path
) -> None:
    tool("pacman")
    makepkg = tool("makepkg")
    written(package_texts.texts_to_build(about), open_folder)
    folder = open_folder / "arch"
    shutil.copy(release / WHEEL, folder)
    nobody = as_nobody(folder)
    told = run(makepkg, "--printsrcinfo", folder=folder, **nobody)
    said = dict(re.findall(r"^\t?(\w+) = (.*)$", told, re.MULTILINE))
    assert (said["pkgname"], said["pkgver"], said["license"]) == ("totpkey", __version__, "MIT")
    assert said["sha256sums"] == digest_of(WHEEL)
    run(makepkg, "--verifysource", "--nodeps", folder=folder, **nobody)
    (folder / WHEEL).write_bytes(b"another")
    ran = subprocess.run(
        [makepkg, "--verifysource", "--nodeps"], capture_output=True, text=True, cwd=folder, **nobody
    )
    assert ran.returncode != 0
    assert "FAILED" in ran.stdout + ran.stderr


def test_nix_evaluates_the_expression(about: Definition, tmp_path: Path) -> None:
    """With functions that give back what they were called with: nixpkgs itself is not at hand."""
    nix_instantiate = tool("nix-instantiate")
    written(package_texts.texts_to_build(about), tmp_path)
    path = tmp_path / "nix" / "totpkey.nix"
    run(nix_instantiate, "--parse", str(path), folder=tmp_path)
    libraries = " ".join(f'{name} = "{name}";' for name in about.needs)
    call = (
        f"let same = given: given; in import {path} {{ fetchurl = same; lib.licenses.mit = {{ }};"
        f' python3Packages = {{ buildPythonApplication = same; python.sitePackages = "s";'
        f' makePythonPath = builtins.concatStringsSep ":"; {libraries} }}; }}'
    )
    state = os.environ | dict.fromkeys(("HOME", "NIX_STATE_DIR"), str(tmp_path))
    state["NIX_STORE_DIR"] = str(tmp_path / "store")
    told = run(nix_instantiate, "--eval", "--strict", "--json", "-E", call, folder=tmp_path, env=state)
    made = json.loads(told)
    named = (made["pname"], made["version"], made["meta"]["mainProgram"])
    assert named == ("totpkey", __version__, "totpkey")
    algorithm, _, checksum = made["src"]["hash"].partition("-")
    assert (algorithm, base64.b64decode(checksum).hex()) == ("sha256", digest_of(WHEEL))
    assert set(made["dependencies"]) == set(about.needs)
    ours, theirs = sorted(re.findall(r'--prefix PYTHONPATH : "(.+)"', made["preFixup"]))
    assert ours == "$out/s"
    assert set(theirs.split(":")) == set(about.needs)


def test_ruby_reads_the_formula(about: Definition, tmp_path: Path) -> None:
    ruby = tool("ruby")
    written(package_texts.texts_to_build(about), tmp_path)
    path = tmp_path / "homebrew" / "totpkey.rb"
    assert "Syntax OK" in run(ruby, "-wc", str(path), folder=tmp_path)
    text = path.read_text()
    assert set(re.findall(r'sha256 "(\w+)"', text)) == {digest_of(WHEEL), digest_of(OTHERS[1])}
    (described,) = re.findall(r'desc "(.+)"', text)
    # Homebrew's own rules for a description.
    assert len(described) <= 80
    assert not described.startswith(("A ", "An ", "The "))
    assert not described.endswith(".")


def schema(path: str) -> Any:
    file = SAMPLES / path
    if not file.is_file():
        pytest.skip(f"{file} is missing: `make samples` fetches it")
    return json.loads(file.read_text(encoding="utf-8-sig"))


def errors(document: Any, schema: Any) -> Sequence[str]:
    # Here, since it takes long to import, and every process that runs tests imports this file.
    from jsonschema import validators

    return [error.message for error in validators.validator_for(schema)(schema).iter_errors(document)]


@pytest.mark.slow
def test_the_manifests_of_winget_fit_its_schemas(about: Definition) -> None:
    written = package_texts.texts_for_windows(about)
    texts = {name: text for name, text in written.items() if name.startswith("winget/")}
    assert len(texts) == 4
    for text in texts.values():
        document = yaml.safe_load(text)
        kind, version = document["ManifestType"], document["ManifestVersion"]
        judged = schema(f"winget/v{version}/manifest.{kind}.{version}.json")
        assert errors(document, judged) == []
        assert errors(document | {"PackageVersion": "1/0"}, judged)
    (installer,) = (yaml.safe_load(text) for name, text in texts.items() if ".installer." in name)
    assert installer["Installers"][0]["InstallerSha256"].lower() == digest_of(PROGRAM)


def test_the_manifest_of_scoop_fits_its_schema(about: Definition) -> None:
    document = json.loads(package_texts.texts_for_windows(about)["scoop/totpkey.json"])
    judged = schema("scoop/schema.json")
    assert errors(document, judged) == []
    assert errors(document | {"unknown": 1}, judged)
    assert document["architecture"]["64bit"]["hash"] == digest_of(PROGRAM)


def test_without_totpkey_exe_there_are_none_for_windows(about: Definition) -> None:
    assert package_texts.texts_for_windows(replace(about, program=None)) == {}


def test_without_a_release_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_packages.main([str(tmp_path), str(tmp_path / "packages")]) == 1
    assert "`make release` comes first" in capsys.readouterr().err
    assert not (tmp_path / "packages").exists()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real wheel, in a folder like a release's."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True)
    for name in OTHERS:
        (folder / name).write_bytes(name.encode())
    sums(folder)
    return folder / WHEEL


@pytest.fixture(scope="module")
def package(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for Debian."""
    tool("dpkg-deb")
    try:
        return deb_package.write(of_release(wheel.parent), wheel.parent, tmp_path_factory.mktemp("packages"))
    except subprocess.CalledProcessError:
        pytest.skip("pip cannot download the two libraries that the package carries")


@pytest.mark.slow
def test_lintian_finds_nothing(package: Path) -> None:
    judge = (tool("lintian"), "--allow-root", "--fail-on", "error,warning")
    told = run(*judge, str(package), folder=package.parent)
    assert not re.findall(r"^[EW]:", told, re.MULTILINE), told


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the command's libraries, as the lock file names them."""
    folder = tmp_path_factory.mktemp("libraries")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    lock = ROOT / "tools" / "locks" / "command.txt"
    given = ["--require-hashes", "--only-binary=:all:", f"--dest={folder}", f"--requirement={lock}"]
    if subprocess.run([*pip, *given], capture_output=True).returncode:
        pytest.skip("pip cannot download the command's libraries")
    return folder


@pytest.fixture
def other_python(libraries: Path, tmp_path: Path) -> str:
    """A Python with the libraries that Debian has, and without the command: ours has it, as developers do."""
    uv = [sys.executable, "-m", "uv", "--quiet", "--offline"]
    run(*uv, "venv", f"--python={sys.executable}", str(tmp_path / "python"), folder=tmp_path)
    python = str(tmp_path / "python" / "bin" / "python")
    lock = str(ROOT / "tools" / "locks" / "command.txt")
    options = ["--no-index", f"--find-links={libraries}", f"--python={python}", f"--requirement={lock}"]
    run(*uv, "pip", "install", *options, folder=tmp_path)
    return python


@pytest.mark.slow
def test_debians_package_is_installed_used_and_removed_without_a_rest(
    package: Path, other_python: str, tmp_path: Path
) -> None:
    """In a root of its own. Debian 13's cryptography is too old, so the libraries are the lock file's."""
    root = tmp_path / "root"
    (root / "var/lib/dpkg").mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    forced = (f"--force-{what}" for what in ("depends", "not-root", "script-chrootless"))
    dpkg = [tool("dpkg"), f"--root={root}", *forced, f"--log={tmp_path}/log"]
    run(*dpkg, "--install", str(package), folder=tmp_path)
    assert (root / "usr/lib/udev/rules.d/70-totpkey.rules").is_file()
    assert (root / "usr/share/man/man1/totpkey-add.1.gz").is_file()
    command = [other_python, str(root / "usr/bin/totpkey")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["HOME"] = str(tmp_path)
    assert __version__ in run(*command, "--version", folder=tmp_path, env=environment)
    assert "All well" in run(*command, "demo", folder=tmp_path, env=environment, timeout=LIMIT)
    assert list((root / "usr").rglob("*.pyc")), "as root has them made"
    run(*dpkg, "--purge", "totpkey", folder=tmp_path)
    assert not list((root / "usr").rglob("*totpkey*"))


@pytest.mark.slow
def test_the_same_release_gives_the_same_package(package: Path, wheel: Path, tmp_path: Path) -> None:
    again = deb_package.write(of_release(wheel.parent), wheel.parent, tmp_path)
    assert again.read_bytes() == package.read_bytes()


@pytest.fixture
def empty_home(tmp_path: Path) -> dict[str, str]:
    """The surroundings of somebody who has nothing yet."""
    others = ("PIP_", "PIPX_", "UV_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    places = {
        "HOME": "home",
        "XDG_BIN_HOME": "bin",
        "UV_CACHE_DIR": "cache",
        "PIPX_HOME": "home/pipx",
        "PIPX_BIN_DIR": "bin",
        "PIPX_MAN_DIR": "home/man",
    }
    for folder in ("home", "bin"):
        (tmp_path / folder).mkdir()
    return kept | {name: str(tmp_path / folder) for name, folder in places.items()}


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["uv", "uvx", "pipx"])
def test_the_wheel_alone_is_installed_types_a_right_code_and_is_removed(
    installer: str, wheel: Path, libraries: Path, empty_home: dict[str, str], tmp_path: Path
) -> None:
    """A simulated key is set up and types its codes, which the command compares with its own."""
    where = f"--python={sys.executable}"
    uv, pipx = [sys.executable, "-m", "uv", "tool"], "pipx" if installer != "pipx" else tool("pipx")
    offline = ["--offline", "--no-index", f"--find-links={libraries}", where]
    install, command, remove = {
        "uv": ([*uv, "install", *offline, str(wheel)], ["bin/totpkey"], [*uv, "uninstall", "totpkey"]),
        "uvx": ([], [*uv, "run", *offline, "--from", str(wheel), "totpkey"], []),
        "pipx": (
            [pipx, "install", where, f"--pip-args=--no-index --find-links={libraries}", str(wheel)],
            ["bin/totpkey"],
            [pipx, "uninstall", "totpkey"],
        ),
    }[installer]
    for step in filter(None, (install, [*command, "--version"], [*command, "demo"], remove)):
        told = run(*step, folder=tmp_path, env=empty_home, timeout=LIMIT)
        assert {"--version": __version__, "demo": "All well"}.get(step[-1], "") in told
    assert list((tmp_path / "bin").iterdir()) == []
    assert not list((tmp_path / "home").rglob("totpkey*"))


@pytest.mark.slow
def test_the_wheel_has_the_rule_for_keys(wheel: Path) -> None:
    """Where the files for Arch and Nix take it from."""
    with zipfile.ZipFile(wheel) as archive:
        rule = archive.read("totpkey/data/70-totpkey.rules")
        assert [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert rule == (ROOT / "host" / "totpkey" / "data" / "70-totpkey.rules").read_bytes()


def _image_is_the_trees(environment: dict[str, str], folder: Path) -> None:
    """What the installed command puts onto a board is what this tree does: pip has added to its files."""
    (folder / "circuitpython.uf2").write_bytes(interpreter())
    assert list(folder.rglob("installed/totpkey/data/drive/**/*.pyc"))
    for name, where in (("ours", environment), ("trees", dict(os.environ))):
        given = ("--circuitpython", "circuitpython.uf2", "-o", f"{name}.uf2")
        run(*COMMAND, "image", *given, folder=folder, env=where)
    assert (folder / "ours.uf2").read_bytes() == (folder / "trees.uf2").read_bytes()


def _has_no_chip(environment: dict[str, str], folder: Path) -> None:
    """A seller never needs the emulated chip. Who asks for it learns where it is."""
    assert not (folder / "installed" / "totpkey_virtual" / "chip").exists()
    ask = (*COMMAND, "simulate", "--chip", "circuitpython.uf2")
    told = run(*ask, folder=folder, code=1, env=environment, timeout=LIMIT)
    assert "make setup" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_the_installed_wheel_has_drive_sites_and_languages(wheel: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    installed = tmp_path / "installed"
    run(*pip, "install", "--no-deps", "--target", str(installed), str(wheel), folder=tmp_path)
    environment = os.environ | {"PYTHONPATH": str(installed)}
    _image_is_the_trees(environment, tmp_path)
    _has_no_chip(environment, tmp_path)
    where = "from totpkey.install.drive import drive_folder; print(drive_folder())"
    found = run(sys.executable, "-c", where, folder=tmp_path, env=environment)
    assert Path(found.strip()).is_relative_to(installed)
    in_chinese = environment | {"LANGUAGE": "zh_CN", "PYTHONUTF8": "1"}
    sites = run(*COMMAND, "enroll", "--list", folder=tmp_path, env=in_chinese, encoding="utf-8")
    assert "亚马逊卖家平台" in sites
