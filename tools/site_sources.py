"""The site's pages, laid as its generator wants them: a tree for each language, with its links put right.

A tree repeats the repository's folders, so that most links hold as they are. The Chinese page `x.zh-CN.md` is
`x.md` in the Chinese tree: the same place in both, which is how the site knows one for the other. What exists
in one language only is linked across.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
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
