"""Builds the set-up page: one HTML file of the sources in page/, the definitions, and two npm packages.

    python tools/build_page.py [TARGET]        (default: build/page/totpkey.html)

Needs npm for the packages that page/package-lock.json pins; without it, or without a network the first time,
there is no page, and everything else still works.
"""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

import zopfli.zlib

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))

import page_definition  # noqa: E402

PAGE = ROOT / "page"
FOLDER = ROOT / "build" / "page"
TARGET = FOLDER / "totpkey.html"
#: Where npm puts the packages, and what esbuild makes of them.
PACKAGES = FOLDER / "npm"
#: In bytes: a page that people are asked to trust is one that they could read.
LARGEST = 150_000

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\.[./\w]*)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_NAME = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
#: Modules that are made, not written.
_MADE = ("definition", "libraries")
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*.*?\*/)$", re.MULTILINE | re.DOTALL)
#: A bracket whose items stand on lines of their own, one level below it.
_LIST = re.compile(
    r"^(?P<before>(?P<indent> *).*[(\[{])\n(?P<items>(?:(?P=indent)  (?! )[^\n]*,\n)+)"
    r"(?P=indent)(?P<after>[)\]}].*)$",
    re.MULTILINE,
)
_WIDTH = 160
_POLICY = (
    "default-src 'none'; script-src {script}; img-src data:; connect-src ws://127.0.0.1:*;"
    " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types totpkey"
)


class CannotBuild(Exception):
    """The page cannot be built here: why, and what to do."""


def build(target: Path = TARGET) -> Path:
    """Write the page. Raises CannotBuild, ValueError."""
    code = bundle("main")
    library = libraries()
    style = re.sub(r"\s*([{};,]|(?<=\w):(?= ))\s*", r"\1", (PAGE / "style.css").read_text(encoding="utf-8"))
    constants = page_definition.constants(code) | {"STYLE": style}
    loader = (PAGE / "loader.js").read_text(encoding="utf-8")
    script = "\n" + _readable(loader.replace("{{code}}", code)).replace("{{names}}", ", ".join(constants))
    parts = {
        "policy": _POLICY.format(script=f"{_hash(script)} {_hash(library)}"),
        "notices": "\n\n".join(_notices()),
        "library": _packed("library", library),
        "words": _packed("words", json.dumps(constants, ensure_ascii=False, separators=(",", ":"))),
        "script": script,
    }
    page = re.sub(
        r"\{\{(\w+)\}\}", lambda found: parts[found[1]], (PAGE / "index.html").read_text(encoding="utf-8")
    )
    if len(page.encode()) >= LARGEST:
        raise ValueError(f"The page has {len(page.encode())} bytes, more than {LARGEST}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8", newline="\n")
    return target


def bundle(*entries: str) -> str:
    """The modules that `entries` need, in the order in which they need each other, as one script.

    Raises ValueError where two modules have a name in common.
    """
    modules = {name: (PAGE / "src" / f"{name}.js").read_text(encoding="utf-8") for name in _ordered(entries)}
    own = {name: _EXPORT.sub("", _IMPORT.sub("", text)) for name, text in modules.items()}
    owner: dict[str, str] = {}
    for module, text in own.items():
        for name in _NAME.findall(text):
            if name in owner:
                raise ValueError(f"{owner[name]}.js and {module}.js both define {name}")
            owner[name] = module
    return "\n".join(text.strip() for text in own.values())


def unpacked(*entries: str) -> str:
    """The same with the definitions before it, and with no need of a page: for tests."""
    code = bundle(*entries)
    constants = page_definition.constants(code)
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    return "\n".join([libraries(), *lines, code])


def _readable(text: str) -> str:
    """Code without its comments, which have their own lines; indented by tabs, short lists on one line."""
    code = "\n".join(line for line in _COMMENT.sub("", text).splitlines() if line.strip())
    while (joined := _LIST.sub(_on_one_line, code)) != code:
        code = joined
    return re.sub(r"^(?:  )+", lambda found: "\t" * (len(found[0]) // 2), code, flags=re.MULTILINE) + "\n"


def _on_one_line(found: re.Match[str]) -> str:
    """A bracket's items, each on a line and with a comma behind it, beside each other where they fit."""
    before, items, after = found["before"], found["items"], found["after"]
    inside = " ".join(line.strip() for line in items.splitlines()).removesuffix(",")
    space = " " if before.endswith("{") else ""
    line = f"{before}{space}{inside}{space}{after}"
    return line if len(line) <= _WIDTH else found[0]


def _packed(name: str, text: str) -> str:
    """A block that no browser runs: deflated (RFC 1951), in base 85 (RFC 1924) with a comma for `<`."""
    # Without the frame of RFC 1950: two bytes before it, a checksum of four behind.
    packed = zopfli.zlib.compress(text.encode())[2:-4]
    digits = base64.b85encode(packed, pad=True).decode().replace("<", ",")
    return f'<script type="text/plain" id="{name}" data-length="{len(packed)}">{digits}</script>'


def _ordered(entries: tuple[str, ...]) -> list[str]:
    ordered: list[str] = []
    seen: set[str] = set(_MADE)

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for needed in _IMPORT.findall((PAGE / "src" / f"{name}.js").read_text(encoding="utf-8")):
            visit(posixpath.normpath(posixpath.join(posixpath.dirname(name), needed)))
        ordered.append(name)

    for entry in entries:
        visit(entry)
    return ordered


def libraries() -> str:
    """The packages' code, which sets one variable, `libraries`. Raises CannotBuild."""
    _install()
    made = PACKAGES / "libraries.min.js"
    options = ["--bundle", "--minify", "--format=iife", "--global-name=libraries", "--charset=utf8"]
    command: list[str | Path] = [
        PACKAGES / "node_modules" / ".bin" / "esbuild",
        PACKAGES / "libraries.js",
        *options,
    ]
    _run([*command, "--target=esnext", "--legal-comments=none", "--log-level=warning", f"--outfile={made}"])
    return made.read_text(encoding="utf-8").strip()


def _install() -> None:
    """Have npm fetch what the lock file pins, unless it has."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    lock = (PAGE / "package-lock.json").read_bytes()
    for name in ("package.json", "libraries.js"):
        shutil.copy(PAGE / name, PACKAGES / name)
    stamp = PACKAGES / "installed"
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    (PACKAGES / "package-lock.json").write_bytes(lock)
    npm = shutil.which("npm")
    if not npm:
        raise CannotBuild("The set-up page is not built: it needs npm, which comes with Node.js 20 or later.")
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
    stamp.write_bytes(lock)


def _run(command: list[str | Path]) -> None:
    try:
        done = subprocess.run(command, cwd=PACKAGES, check=False, capture_output=True, text=True)
    except OSError as problem:
        raise CannotBuild(f"The set-up page is not built: {problem.strerror}.") from None
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        reason = told[0] if told else "npm failed"
        raise CannotBuild(f"The set-up page is not built, since its packages cannot be had: {reason}")


def _notices() -> list[str]:
    """Name, version, hash and licence of each package that is inlined; a licence that they share once."""
    lock = json.loads((PAGE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    heads, licences = [], {}
    for name in lock[""]["dependencies"]:
        entry = lock[f"node_modules/{name}"]
        folder = PACKAGES / "node_modules" / name
        text = next(iter(sorted(folder.glob("LICENSE*"), reverse=True))).read_text(encoding="utf-8")
        copyright_, licence = (
            re.search(r"^Copyright .*$", text, re.MULTILINE),
            text.partition("Permission is")[2],
        )
        if not (copyright_ and licence and "MIT" in text):
            raise ValueError(f"{name} has another licence than MIT")
        heads.append(f"{name} {entry['version']}, {copyright_[0]}, npm {entry['integrity']}")
        licences[" ".join(licence.split())] = "The MIT License (MIT)\n\nPermission is" + licence.rstrip()
    return ["\n".join(heads), *licences.values()]


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


if __name__ == "__main__":
    try:
        made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
        print(f"{made}  {made.stat().st_size} bytes")
    except CannotBuild as problem:
        print(problem, file=sys.stderr)
