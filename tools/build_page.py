"""Builds the set-up page: one HTML file of the sources in page/, the definitions, and two npm packages.

    python tools/build_page.py [TARGET]        (default: build/page/totpkey.html)

Needs npm for the packages that page/package-lock.json pins; without it, or without a network the first time,
there is no page, and everything else still works.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))

import page_definition  # noqa: E402

PAGE = ROOT / "page"
FOLDER = ROOT / "build" / "page"
TARGET = FOLDER / "totpkey.html"
#: Where npm puts the packages, and what esbuild makes of them.
PACKAGES = FOLDER / "npm"
#: In bytes: a page that people are asked to trust is one that they could read.
LARGEST = 400_000

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_NAME = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
#: Modules that are made, not written.
_MADE = ("definition", "libraries")
_POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:; connect-src ws://127.0.0.1:*;"
    " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class CannotBuild(Exception):
    """The page cannot be built here: why, and what to do."""


def build(target: Path = TARGET) -> Path:
    """Write the page. Raises CannotBuild, ValueError."""
    style = "\n" + (PAGE / "style.css").read_text(encoding="utf-8")
    script = "\n" + libraries() + "\n" + bundle("main")
    policy = _POLICY.format(script=_hash(script), style=_hash(style))
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    for name, text in (("policy", policy), ("style", style), ("script", script)):
        page = page.replace("{{" + name + "}}", text)
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
    code = "\n".join(f"// {module}.js\n{text.strip()}\n" for module, text in own.items())
    return '"use strict";\n' + page_definition.script(code) + "\n" + code


def _ordered(entries: tuple[str, ...]) -> list[str]:
    ordered: list[str] = []
    seen: set[str] = set(_MADE)

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for needed in _IMPORT.findall((PAGE / "src" / f"{name}.js").read_text(encoding="utf-8")):
            visit(needed)
        ordered.append(name)

    for entry in entries:
        visit(entry)
    return ordered


def libraries() -> str:
    """The packages' code as one constant, `libraries`, below a line for each package. Raises CannotBuild."""
    _install()
    made = PACKAGES / "libraries.min.js"
    options = ["--bundle", "--minify", "--format=iife", "--global-name=libraries", "--charset=utf8"]
    command = [PACKAGES / "node_modules" / ".bin" / "esbuild", PACKAGES / "libraries.js", *options]
    _run([*command, "--target=es2022", "--legal-comments=none", "--log-level=warning", f"--outfile={made}"])
    return "\n".join([*_notices(), made.read_text(encoding="utf-8").strip()])


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
    """Name, version, hash and licence of each package that is inlined."""
    lock = json.loads((PAGE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    lines = []
    for name in lock[""]["dependencies"]:
        entry = lock[f"node_modules/{name}"]
        licence = next((PACKAGES / "node_modules" / name).glob("LICENSE-MIT*"), None) or (
            PACKAGES / "node_modules" / name / "LICENSE"
        )
        text = licence.read_text(encoding="utf-8").strip()
        if "MIT" not in text:
            raise ValueError(f"{name} has another licence than MIT")
        lines.append(f"/* {name} {entry['version']}, minified; npm {entry['integrity']}\n\n{text} */")
    return lines


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


if __name__ == "__main__":
    try:
        made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
        print(f"{made}  {made.stat().st_size} bytes")
    except CannotBuild as problem:
        print(problem, file=sys.stderr)
