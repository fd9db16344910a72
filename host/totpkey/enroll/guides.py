"""Guides to the known sites: their recipes, which are data files, and the texts of an enrolment.

A recipe says what to click at a site. The command does the key's part.
"""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from totpkey import errors
from totpkey.i18n.translation import Translate, tr
from totpkey.i18n.translation import mark as _

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


WHICH_SITE = _("Which site?")
OTHER_PATH = _("{name}: {steps}")
OTHER_WAY = _("{name}: run this command with `--way {takes}`.")
PASTE = _("Paste the setup key here (it is not shown)")
SHOW = _("Press Enter when the QR code is on the screen")
CLOCK = _("The key's clock has to be right first: run `totpkey time sync`, then this command again.")
SAVED = _("Saved on the key as {name}. Key and computer agree on its code.")
SAVED_TOO = _("Saved on the second key, {key}, too: it gives the same codes.")
CODE_LATER = _(
    'The site still waits for the first code: `totpkey --key {key} code "{name}"` gives it, after a press.'
)
TYPE = _(
    "Now click into the site's field for the code, so that the cursor blinks there, and press the key's"
    " button once: the key types the code. Then click {finish}."
)
ACCEPTED = _("Did the site accept the code?")
NOT_ACCEPTED = _(
    "Wait for the next code (half a minute), empty the field, press the button again. If that fails too,"
    " compare the clocks with `totpkey time`, and check that the setup key was copied whole."
)
STILL_NOT = _(
    "The account stays on the key, so that you can try again. If the site shows a new setup key, remove this"
    " one first: `totpkey remove {account}`."
)
BACKUP = _("Before you close the page:")
DONE = _("Finished? `totpkey done` turns the key back into a keyboard.")


class Guide:
    """All texts, in the reader's language."""

    def __init__(self, recipe: Recipe, translate: Translate) -> None:
        self.recipe = recipe
        self._translate = translate

    def __call__(self, message: str, **values: str) -> str:
        """A message of this file or of the recipe, with `values` in their places."""
        return self._translate(message).format(**values)

    @property
    def site(self) -> str:
        return self._translate(self.recipe.site)

    def name(self, part: Path | Way) -> str:
        return self._translate(part.name)

    @property
    def note(self) -> str:
        """What is not known of the site, or nothing."""
        return self._translate(self.recipe.note) if self.recipe.note else ""

    def steps(self, way: Way, from_the_start: bool = True) -> Iterator[str]:
        """The numbered steps to the secret, on the recipe's first path; then the other paths and ways."""
        paths = self.recipe.paths if from_the_start else ()
        steps = [*(step for path in paths[:1] for step in path.steps), *self.recipe.start, *way.steps]
        for number, step in enumerate(steps, 1):
            yield f"{number}. {self(step, page=self.recipe.page)}"
        for other in paths[1:]:
            told = " ".join(self(step, page=self.recipe.page) for step in other.steps)
            yield self(OTHER_PATH, name=self.name(other), steps=told)
        for other_way in self.recipe.ways:
            if other_way is not way:
                yield self(OTHER_WAY, name=self.name(other_way), takes=other_way.takes)

    def question(self, way: Way) -> str:
        """The question for the secret."""
        return self._translate(PASTE if way.takes == KEY else SHOW)

    def typing(self) -> str:
        return self(TYPE, finish=self._translate(self.recipe.finish))

    def reminders(self) -> Iterator[str]:
        """The site's own recovery options."""
        yield self._translate(BACKUP)
        for reminder in self.recipe.backup:
            yield f"- {self._translate(reminder)}"
        yield self._translate(DONE)
