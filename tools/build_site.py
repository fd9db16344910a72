"""Builds the site into build/site: the documents in both languages, the set-up page, the files of a release.

    python tools/build_site.py [TARGET]      (what `make site` runs; offers what lies in dist/)

Zensical renders it (docs/decisions/0080-site.md), from an environment of its own: build/site-venv. Nothing is
loaded from another host when the site is viewed; tests/site looks into that.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import release_inputs
import site_download
import site_sources

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "site"
GENERATOR = ROOT / "build" / "site-venv" / ("Scripts" if os.name == "nt" else "bin") / "zensical"
_MENUS = ROOT / "docs" / "site.toml"


def main(arguments: list[str]) -> int:
    try:
        page = release_inputs.page()
    except release_inputs.MissingInput as problem:
        print(problem, file=sys.stderr)
        return 1
    site = Path(arguments[0]).resolve() if arguments else SITE
    build(site, page, ROOT / "dist")
    print(f"{site}{os.sep}index.html")
    return 0


def build(site: Path, page: Path, release: Path) -> None:
    """The site, with the set-up page `page` and the files in `release`. Raises CalledProcessError."""
    sources = site.with_name(site.name + "-sources")
    shutil.rmtree(site, ignore_errors=True)
    site_sources.lay(sources)
    site_download.lay(release, sources, site)
    for language, menus in tomllib.loads(_MENUS.read_text(encoding="utf-8")).items():
        _render(language, menus, sources, site)
    (site / "setup").mkdir(exist_ok=True)
    shutil.copyfile(page, site / "setup" / "index.html")


def _render(language: str, menus: dict[str, Any], sources: Path, site: Path) -> None:
    """One language, into its place. A link that leads nowhere ends this."""
    rendered = sources / f"site-{language}"
    for name in ("site.css", "site.js", "site_mark.svg"):
        shutil.copyfile(ROOT / "tools" / name, sources / language / name)
    settings = sources / f"{language}.toml"
    settings.write_text(_settings(language, menus, rendered), encoding="utf-8")
    subprocess.run([GENERATOR, "build", "--clean", "--strict", "--config-file", settings], check=True)
    for page in rendered.rglob("*.html"):
        page.write_text(_mended(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(rendered, site / site_sources.PLACES[language], dirs_exist_ok=True)


def _mended(text: str) -> str:
    """A page without what screen readers and the Nu Html Checker object to in the theme."""
    text = text.replace("<th></th>", "<td></td>")
    # A label that belongs to something must not be hidden, and a checkbox completes nothing.
    text = re.sub(r'(<label class="md-overlay"[^>]*) aria-hidden="true"', r"\1", text)
    text = re.sub(r'(<input class="md-toggle"[^>]*) autocomplete="off"', r"\1", text)
    # The contents stand in the menu and beside the page.
    return re.sub(r'(md-nav--secondary" aria-label="[^"]+)(?=")', r"\1 ·", text, count=1)


def _settings(language: str, menus: dict[str, Any], rendered: Path) -> str:
    """The settings for Zensical."""
    up = "" if language == "en" else "../"
    entries = ["index.md", {menus["set_up"]: f"{up}setup/index.html"}]
    entries += [{menu["title"]: menu["pages"]} for menu in menus["menu"]]
    entries += [{menus["download"]: "download/index.md"}]
    given = {
        "navigation": entries,
        "site_dir": str(rendered),
        "docs_dir": language,
        "language": language,
        "description": menus["description"],
        "english": "./" if language == "en" else "../",
        "chinese": "./zh/" if language == "en" else "./",
    }
    template = (ROOT / "tools" / "site_settings.toml").read_text(encoding="utf-8")
    return template % {name: _toml(value) for name, value in given.items()}


def _toml(value: object) -> str:
    """Texts, and lists and tables of them, as TOML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(of)}" for name, of in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
