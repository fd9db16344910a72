"""Build the set-up page: one HTML file from the sources in page/, the definitions, texts and npm packages.

    python tools/build_page.py [TARGET]        (default: build/page/totpkey.html)

The build needs npm for the packages that page/package-lock.json pins. Without npm, or without a network on
the first run, no page is built; everything else still works.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))

import build_words  # noqa: E402
import page_definition  # noqa: E402
import page_packages  # noqa: E402
import whole_files  # noqa: E402

PAGE = page_packages.PAGE
CannotBuild = page_packages.CannotBuild
TARGET = ROOT / "build" / "page" / "totpkey.html"

#: Later ones may override earlier ones.
_STYLES = ("base", "layout", "parts", "drawings")

_ESBUILD = ("--bundle", "--charset=utf8", "--target=es2022", "--log-level=warning")
_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {style}; img-src data:; connect-src ws://127.0.0.1:*;"
    " worker-src blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script';"
    " trusted-types reader"
)


def build(target: Path = TARGET) -> Path:
    """Write the page and return its path. Raise CannotBuild, Failed or ValueError."""
    style = "\n".join(_source(f"style/{name}.css") for name in _STYLES)
    script, reader, library, reader_library, style = (
        f"\n{text}\n"
        for text in (
            our_script("main"),
            our_script("reader"),
            libraries(),
            libraries("reader_library"),
            style,
        )
    )
    parts = {
        "policy": _POLICY.format(scripts=f"{_hash(script)} {_hash(library)}", style=_hash(style)),
        "style": style,
        "script": script,
        "reader": reader,
        "data": data(),
        "notices": "\n\n".join(_notices()),
        "library": library,
        "reader_library": reader_library,
    }
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _source("index.html")) + "\n"
    whole_files.write(target, page.encode())
    return target


def our_script(name: str) -> str:
    """Bundle one of the page's own modules and those that it needs into one readable script.

    It keeps names, lines and head comments.
    """
    options = ["--format=esm", "--legal-comments=inline"]
    return _inline(page_packages.BUILD.run("esbuild", [*_ESBUILD, *options, f"src/{name}.js"], PAGE))


def imports(page: Path = PAGE) -> dict[str, list[str]]:
    """Return what each module imports according to the bundler, by path below `page`/src."""
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        options = ["--bundle", f"--outdir={folder}", f"--metafile={facts}", "--log-level=warning"]
        page_packages.BUILD.run("esbuild", [*options, "main.js", "reader.js"], page / "src")
        inputs = json.loads(facts.read_text(encoding="utf-8"))["inputs"]
    return {path: [each["path"] for each in entry["imports"]] for path, entry in inputs.items()}


def libraries(name: str = "libraries") -> str:
    """Bundle the libraries of the page, or of its Worker, into one script.

    It sets a single global variable, `libraries`.
    """
    # The working directory is the one where npm installed them; they are not beside the sources.
    options = ["--minify", "--format=iife", "--global-name=libraries", "--legal-comments=none"]
    entry = _source(f"{name}.js")
    return _inline(
        page_packages.BUILD.run("esbuild", [*_ESBUILD, *options], page_packages.BUILD.folder, entry)
    )


def data() -> str:
    """Return the data for the script as JSON that is safe in HTML: the definition, texts and guides."""
    text = json.dumps(page_definition.data(), ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c")


def libraries_for_tests() -> str:
    """Return a script that makes the libraries of page and Worker global, for tests without a page."""
    names = ("libraries", "reader_library")
    own = (f"(() => {{ {libraries(name)}\nreturn libraries; }})()" for name in names)
    return f"globalThis.libraries = Object.assign({{}}, {', '.join(own)});"


def module_for_tests(*paths: str, page: Path = PAGE) -> str:
    """Return a script that makes the exports of these modules of `page` global. It needs the libraries."""
    entry = "".join(
        f'import * as module{number} from "./{path}.js";\nObject.assign(globalThis, module{number});\n'
        for number, path in enumerate(paths)
    )
    bundle = page_packages.BUILD.run("esbuild", [*_ESBUILD, "--format=iife"], page / "src", entry)
    surroundings = (
        f"globalThis.document = {{ getElementById: () => ({{ textContent: {json.dumps(data())} }}) }};"
    )
    return f"{surroundings}\n{bundle}"


def _inline(script: str) -> str:
    """Check that a script can be inlined in HTML. Raise ValueError if not."""
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise ValueError("the script has a text in it that would end it within HTML")
    return script.strip()


def _source(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8").strip()


def _notices() -> list[str]:
    """Return name, version, hash and licence of each inlined package; a shared licence appears once."""
    lock = json.loads(_source("package-lock.json"))["packages"]
    heads, licences = [], {}
    for name in lock[""]["dependencies"]:
        entry = lock[f"node_modules/{name}"]
        folder = page_packages.BUILD.modules / name
        text = next(iter(sorted(folder.glob("LICENSE*"), reverse=True))).read_text(encoding="utf-8")
        copyright_ = re.search(r"^Copyright .*$", text, re.MULTILINE)
        licence = text.partition("Permission is")[2]
        if not (copyright_ and licence and "MIT" in entry["license"]):
            raise ValueError(f"{name} has another licence than MIT")
        heads.append(f"{name} {entry['version']}, {copyright_[0]}, npm {entry['integrity']}")
        licences[" ".join(licence.split())] = "The MIT License (MIT)\n\nPermission is" + licence.rstrip()
    return ["\n".join(heads), *licences.values(), build_words.NOTICE]


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


if __name__ == "__main__":
    try:
        made = build(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
        print(f"{made}  {made.stat().st_size} bytes")
    except CannotBuild as problem:
        print(problem, file=sys.stderr)
