"""The texts of a guided enrolment, in order. The command does the key's part."""

from __future__ import annotations

from collections.abc import Iterator

from totpkey.enroll.recipes import KEY, Path, Recipe, Way
from totpkey.i18n.translation import Translate
from totpkey.i18n.translation import mark as _

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
