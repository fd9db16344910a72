"""Builds the site into build/site: the documents in both languages, the set-up page, the files of a release.

    python tools/build_site.py [TARGET]      (what `make site` runs; offers what lies in dist/)

Its pages are laid as the generator wants them: a tree for each language, with its links put right. A tree
repeats the repository's folders, so that most links hold as they are. The Chinese page `x.zh-CN.md` is `x.md`
in the Chinese tree: the same place in both, which is how the site knows one for the other. What exists in one
language only is linked across.

Zensical renders them (docs/decisions/page.md), from an environment of its own: build/site-venv. Nothing
is loaded from another host when the site is viewed; tests/site looks into that.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import downloads
import release_inputs

#: Where each language lies on the site, from its root.
PLACES = {"en": PurePosixPath("."), "zh": PurePosixPath("zh")}
_CHINESE = ".zh-CN.md"
#: A link or a picture of Markdown, or a picture of HTML: its target, and the place within that.
_LINK = re.compile(
    r"(?:(?<=\]\()|(?<=src=\")|(?<=srcset=\"))"
    r"(?!https?:|mailto:|#)([^)#\s\"]+)(#[^)\s\"]*)?(?=[)\"])"
)
_FENCE = re.compile(r"^\s*```")
#: The set-up page's file, which on the site is a page to go to.
_SET_UP = "`totpkey.html`"
_SET_UP_PLACE = PurePosixPath("setup/index.html")
#: The site's front page, and the README, which would have its place.
_FRONT = "docs/front.md"
_README = "README.md"
#: Links of the front page to what is on the site alone, by language where each has its own.
_ON_THE_SITE = {
    "site:setup": {"en": _SET_UP_PLACE, "zh": PurePosixPath("../setup/index.html")},
    "site:download": dict.fromkeys(PLACES, PurePosixPath("download/index.md")),
}


@dataclass(frozen=True)
class Tree:
    """The pages of a language: by their place on the site, the files that they are made of."""

    language: str
    pages: dict[PurePosixPath, Path]

    def place_of(self, file: Path) -> PurePosixPath | None:
        return next((place for place, source in self.pages.items() if source == file), None)


def trees() -> dict[str, Tree]:
    """Both, from the documents of this repository."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hardware").rglob("*.md")]
    chinese = {file for file in documents if file.name.endswith(_CHINESE)}
    english = set(documents) - chinese
    return {
        language: Tree(language, {_place(file): file for file in sorted(files)})
        for language, files in (("en", english), ("zh", chinese))
    }


def _place(file: Path) -> PurePosixPath:
    place = PurePosixPath(file.relative_to(ROOT).as_posix().replace(_CHINESE, ".md"))
    if str(place) in (_FRONT, _README):
        return PurePosixPath("index.md" if str(place) == _FRONT else "readme.md")
    return place.with_name("index.md") if place.name == "README.md" else place


def lay(target: Path) -> None:
    """Write both trees into `target`, which holds nothing else."""
    shutil.rmtree(target, ignore_errors=True)
    both = trees()
    for language, tree in both.items():
        for place, source in tree.pages.items():
            text = source.read_text(encoding="utf-8")
            text = _with_links(text, source, place, tree, both, target)
            text = text.replace(_SET_UP, f"[{_SET_UP}]({_from(PLACES[language] / place, _SET_UP_PLACE)})")
            page = target / language / place
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
    _list(target / "en" / "docs" / "decisions", "Decisions")


def _with_links(
    text: str, source: Path, place: PurePosixPath, tree: Tree, both: dict[str, Tree], target: Path
) -> str:
    """The page's text, whose links lead to where things lie on the site."""

    def moved(link: re.Match[str]) -> str:
        if link[1] in _ON_THE_SITE:
            return _from(place, _ON_THE_SITE[link[1]][tree.language])
        file = (source.parent / link[1]).resolve()
        return _link(file, place, tree, both, target) + (link[2] or "")

    code = False
    lines = []
    for line in text.splitlines(keepends=True):
        code ^= bool(_FENCE.match(line))
        lines.append(line if code else _LINK.sub(moved, line))
    return "".join(lines)


def _link(file: Path, place: PurePosixPath, tree: Tree, both: dict[str, Tree], target: Path) -> str:
    """From the page at `place` of `tree` to what `file` is on the site; lays it there, if it is no page."""
    if own := tree.place_of(file):
        return _from(place, own)
    for other in both.values():
        if there := other.place_of(file):
            built = PLACES[other.language] / there.with_suffix(".html")
            return _from(PLACES[tree.language] / place, built)
    own = PurePosixPath(file.relative_to(ROOT).as_posix())
    copy = target / tree.language / own
    if file.is_dir():
        shutil.copytree(file, copy, dirs_exist_ok=True)
        _list(copy, file.name.capitalize())
        return _from(place, own / "index.md")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, copy)
    return _from(place, own)


def _list(folder: Path, title: str) -> None:
    """A page that lists what else is in a folder."""
    rows = [
        f"- [{_title(file)}]({file.name})\n" for file in sorted(folder.iterdir()) if file.name != "index.md"
    ]
    (folder / "index.md").write_text(f"# {title}\n\n{''.join(rows)}", encoding="utf-8")


def _title(file: Path) -> str:
    """Of a page its heading, of another file its name."""
    if file.suffix != ".md":
        return file.name
    return file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def _from(place: PurePosixPath, other: PurePosixPath) -> str:
    """The way between two places as a relative address."""
    return PurePosixPath(os.path.relpath(other, place.parent)).as_posix()


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
    lay(sources)
    downloads.lay(release, sources, site)
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
    shutil.copytree(rendered, site / PLACES[language], dirs_exist_ok=True)


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
