"""Write the files by which package managers install a release.

    python tools/make_packages.py [RELEASE [TARGET]]    (what `make packages` runs)

They are made from the release in dist/, into build/packages. docs/guide/release.md says which there are, what
judged each, and what was not seen.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import deb_package
import package_texts

ROOT = Path(__file__).resolve().parent.parent


def write(release: Path, target: Path) -> None:
    """Write all packages that can be written here."""
    about = package_texts.of_release(release)
    texts = package_texts.texts_to_build(about) | package_texts.texts_for_windows(about)
    for name, text in texts.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    if not about.program:
        print("No manifests for winget and scoop: the release has no totpkey.exe.", file=sys.stderr)
    if shutil.which("dpkg-deb"):
        print(deb_package.write(about, release, target))
    else:
        print("No package for Debian: dpkg-deb is not here.", file=sys.stderr)


def main(arguments: list[str]) -> int:
    given = [Path(argument) for argument in arguments]
    release, target = [*given, *(ROOT / "dist", ROOT / "build" / "packages")[len(given) :]]
    try:
        write(release, target)
    except FileNotFoundError as problem:
        print(f"No packages: {problem}. `make release` comes first.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
