"""Update the catalogues from the messages in the sources and the recipes.

make messages        (a test fails while a message is missing, outdated or untranslated)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from totpkey.cli import help_texts, root
from totpkey.enroll import guides

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "host" / "totpkey"
#: The folders whose messages are translated: the command's, and those of extensions.
PACKAGES = [PACKAGE, *sorted((ROOT / "extensions").glob("*/host"))]
CATALOGUES = PACKAGE / "locale"
#: What click says of a command line. Where another version of it has other words, these stay English.
CLICK = (
    "Usage:",
    "[OPTIONS]",
    "COMMAND [ARGS]...",
    "[COMMAND] [ARGS]...",
    "Options",
    "Commands",
    "Positional arguments",
    "Show this message and exit.",
    "Show the version and exit.",
    "Error: {message}",
    "Try '{command} {option}' for help.",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    "Missing argument",
    "Missing option",
    "Missing command.",
    "No such option {name!r}.",
    "No such command {name!r}.",
    "Option {name!r} does not take a value.",
    "Argument {name!r} takes {nargs} values.",
    "{value!r} is not a valid {number_type}.",
    "{value} is not in the range {range}.",
    "{name} {filename!r} does not exist.",
    "{name} {filename!r} is a file.",
    "{name} {filename!r} is a directory.",
    "{name} {filename!r} is not readable.",
    "{name} {filename!r} is not writable.",
    "File",
    "Directory",
    "Path",
    "default: {default}",
    "required",
    "Repeat for confirmation",
    "Error: The two entered values do not match.",
    "Error: invalid input",
    "Aborted!",
    "Choose from:\n\t{choices}",
)


def messages() -> Catalog:
    """Return all messages with their locations."""
    catalogue = Catalog(project="totpkey", charset="utf-8")
    for path in sorted(path for package in PACKAGES for path in package.rglob("*.py")):
        for _, message, _, _ in extract_from_file("python", str(path), keywords={"_": None, "tr": None}):
            catalogue.add(message, locations=[(str(path.relative_to(ROOT)), 0)])
    for message in (*help_texts_of(root.cli, click.Context(root.cli)), *CLICK):
        catalogue.add(message, locations=[("--help", 0)])
    for recipe in guides.load().values():
        for message in recipe.messages():
            where = (guides.FOLDER / f"{recipe.id}.toml").relative_to(ROOT)
            catalogue.add(message, locations=[(str(where), 0)])
    return catalogue


def help_texts_of(command: click.Command, context: click.Context) -> Iterator[str]:
    """What `--help` shows of a command and of those below it, by paragraphs."""
    texts = [command.help, command.get_short_help_str(limit=1000), command.epilog]
    texts += [param.help for param in command.params if isinstance(param, click.Option)]
    for text in filter(None, texts):
        yield from help_texts.paragraphs(text)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below:
                yield from help_texts_of(below, click.Context(below, info_name=name, parent=context))


def updated(path: Path) -> Catalog:
    """Return the catalogue in `path` with the current messages. New ones have no translation yet."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.parent.name)
    created = catalogue.creation_date
    catalogue.update(messages(), no_fuzzy_matching=True)
    # A date of its own for each run would be a conflict in each merge.
    catalogue.creation_date = created
    catalogue.obsolete.clear()
    return catalogue


def translated(language: str) -> dict[str, str]:
    """Return the messages of a catalogue with their translations."""
    with (CATALOGUES / language / "LC_MESSAGES" / "totpkey.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def main() -> int:
    """Rewrite all catalogues. Return 0 if nothing is left to translate."""
    left = 0
    for path in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        catalogue = updated(path)
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, omit_header=False)
        untranslated = [str(entry.id) for entry in catalogue if entry.id and not entry.string]
        left += len(untranslated)
        for message in untranslated:
            print(f"{path.parent.parent.name}: {message}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
