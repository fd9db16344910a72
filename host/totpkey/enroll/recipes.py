"""The known sites, each with what to click there: data files in the folder `recipes`."""

from __future__ import annotations

import pathlib
import tomllib
from dataclasses import dataclass

from totpkey import errors
from totpkey.i18n.translation import tr

FOLDER = pathlib.Path(__file__).resolve().parent / "recipes"
#: The recipe for all other sites.
GENERIC = "generic"
#: The recipe that is offered first.
FIRST = "amazon-seller-central"

#: What a way uses from the site's page: a secret to paste, or a QR code.
KEY = "key"
QR = "qr"


@dataclass(frozen=True)
class Way:
    """One of a site's ways to give the secret. Its texts are messages to be translated."""

    takes: str
    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Path:
    """One of several places where a site's enrolment can begin: its name, and what to do there."""

    name: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """What to do at a site. All but `id`, `issuer` and `page` are messages to be translated.

    `paths` are the places where the enrolment can begin, if there are several. `start` leads from there to
    the page with the secret. `finish` names the button that sends the first code. `backup` says how to
    prepare for a lost key. `label` asks for the account's name. `characters` is the length of the site's
    setup keys, if it is always the same, else 0. `note` says beforehand what is not known of the site. Sites
    with `more` are not among those that the page shows first.
    """

    id: str
    site: str
    issuer: str
    page: str
    label: str
    start: tuple[str, ...]
    ways: tuple[Way, ...]
    finish: str
    backup: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    characters: int = 0
    note: str = ""
    more: bool = False

    def messages(self) -> tuple[str, ...]:
        """All texts that need a translation."""
        parts: tuple[Path | Way, ...] = (*self.paths, *self.ways)
        named = [text for part in parts for text in (part.name, *part.steps)]
        noted = (self.note,) if self.note else ()
        return self.site, *noted, self.label, *self.start, *named, self.finish, *self.backup


def load() -> dict[str, Recipe]:
    """All recipes by their id: the one that most people come for first, the generic one last."""
    read = {path.stem: _read(path) for path in FOLDER.glob("*.toml")}

    def place(name: str) -> tuple[bool, bool, bool, str]:
        return name != FIRST, name == GENERIC, read[name].more, name

    return {name: read[name] for name in sorted(read, key=place)}


def find(name: str) -> Recipe:
    """The recipe whose id or site is `name`, begins with it or contains it, ignoring case, in that order.

    Raises NoSuchRecipe.
    """
    known = load()
    wanted = name.strip().lower()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [r for r in known.values() if fits(r.id, wanted) or fits(r.site.lower(), wanted)]
        if len(found) == 1:
            return found[0]
    raise errors.NoSuchRecipe(
        tr("There is no guide to “{name}”, or more than one fits.", name=name),
        tr(
            "These are known: {known}. For every other site: `totpkey enroll {generic}`.",
            known=", ".join(known),
            generic=GENERIC,
        ),
    )


def _read(path: pathlib.Path) -> Recipe:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    ways = tuple(Way(way["takes"], way["name"], tuple(way["steps"])) for way in data.pop("ways"))
    paths = tuple(Path(path["name"], tuple(path["steps"])) for path in data.pop("paths", ()))
    start, backup = tuple(data.pop("start")), tuple(data.pop("backup"))
    return Recipe(id=path.stem, start=start, ways=ways, backup=backup, paths=paths, **data)
