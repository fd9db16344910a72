"""What the set-up page takes from the one definition: protocol, boards, words, recipes.

The page's own words are in page/text, one catalogue for each language. What a key refuses with is told in the
words of `totpkey.messages`, but where these name a command of the terminal.
"""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"
# Not installed yet where the wheel is built.
sys.path[:0] = [str(ROOT / "firmware" / "lib"), str(ROOT / "host")]

from totpkey_protocol import answers, boards, commands, limits, version, words  # noqa: E402
from totpkey_protocol.fields import CHOICE, Command, Field  # noqa: E402

LANGUAGES = ("en", "zh")
#: The catalogue of the command that has a language's translations of the recipes.
_CATALOGUES = {"zh": ROOT / "host" / "totpkey" / "locale" / "zh_CN" / "LC_MESSAGES" / "totpkey.po"}
_ASKED = re.compile(r'(?:ask|pages|exchange)\("(\w+)"')
_LIMIT = re.compile(r"\b([A-Z][A-Z0-9_]+)\b")
_PLACE = re.compile(r"\{\w+\}")


def constants(sources: str) -> dict[str, Any]:
    """The constants DEFINITION, TEXTS, RECIPES and RECIPE_TEXTS, as JSON knows them.

    `sources` is the page's own code: commands and limits that it does not use are left out. Raises ValueError
    for a catalogue that lacks a text, or a place for a value.
    """
    texts, recipes = _recipes()
    return {
        "DEFINITION": _definition(sources),
        "TEXTS": catalogues(),
        "RECIPES": recipes,
        "RECIPE_TEXTS": texts,
    }


def _definition(sources: str) -> dict[str, Any]:
    from totpkey import passphrase
    from totpkey.volume.circuitpython import LEAST, MOST_MAJOR

    # By itself: its package wants what is not there where a wheel is built.
    path = ROOT / "host" / "totpkey" / "virtual" / "simulator" / "identities.py"
    identities = runpy.run_path(str(path))["IDENTITIES"]
    used = [command for command in commands.COMMANDS if command.name in set(_ASKED.findall(sources))]
    fields, known = _fields(used)
    named = {
        name: getattr(limits, name) for name in sorted(set(_LIMIT.findall(sources))) if hasattr(limits, name)
    }
    return {
        "protocol": version.PROTOCOL,
        "version": version.__version__,
        "made": version.MADE,
        "limits": named,
        "algorithms": words.ALGORITHMS,
        "types": words.TYPES,
        "unreadable": words.UNREADABLE,
        "fields": fields,
        "commands": known,
        "entry": [field.name for field in commands.ENTRY],
        "boards": {name: board.name for name, board in boards.BOARDS.items()},
        "vendors": sorted({identity.vendor_id for identity in identities.values()}),
        "circuitpython": {"least": LEAST, "most": MOST_MAJOR},
        "argon2id": {
            "memory": passphrase.MEMORY,
            "passes": passphrase.PASSES,
            "lanes": passphrase.LANES,
            "mostMemory": passphrase.MOST_MEMORY,
            "mostPasses": passphrase.MOST_PASSES,
            "shortest": passphrase.SHORTEST,
        },
    }


def _fields(used: Iterable[Command]) -> tuple[dict[str, Any], dict[str, Any]]:
    """All fields once, by name, or by command and name where commands differ; and the commands' fields."""
    fields: dict[str, Any] = {}
    for field in commands.ENTRY:
        fields[field.name] = _field(field)
    known = {}
    for command in used:
        lists = {"takes": command.takes, "gives": answers.of(command)}
        known[command.name] = {
            which: [_named(fields, command.name, field) for field in listed]
            for which, listed in lists.items()
        }
    return fields, known


def _named(fields: dict[str, Any], command: str, field: Field) -> str:
    written = _field(field)
    name = field.name if fields.setdefault(field.name, written) == written else f"{command}.{field.name}"
    fields[name] = written
    return name


def _field(field: Field) -> dict[str, Any]:
    bounds: dict[str, Any] = (
        {"choices": field.choices} if field.kind == CHOICE else {"least": field.least, "most": field.most}
    )
    return {"kind": field.kind, **bounds} | ({} if field.default is None else {"default": field.default})


def catalogues() -> dict[str, dict[str, str]]:
    """The page's texts by language and name, those of the protocol's errors included. Raises ValueError."""
    found = {language: _flat(_load(language)) for language in LANGUAGES}
    found["en"] = _errors(found["zh"]) | found["en"]
    for language in LANGUAGES:
        _compare(language, found["en"], found[language])
    return {language: _with_limits(texts) for language, texts in found.items()}


def _with_limits(texts: dict[str, str]) -> dict[str, str]:
    """The texts with the protocol's limits where errors name them; what else stands in braces stays."""
    from totpkey.messages import VALUES

    def filled(text: str) -> str:
        for name, value in VALUES.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    return {name: filled(text) if name.startswith("errors.") else text for name, text in texts.items()}


def _errors(wanted: Iterable[str]) -> dict[str, str]:
    """Causes and remedies of the errors that the other catalogues know, where they name no command."""
    from totpkey.messages import TABLE

    texts = {}
    for name in wanted:
        area, _, rest = name.partition(".")
        code, _, part = rest.partition(".")
        if area == "errors":
            text = TABLE[code][part == "remedy"]
            if "`" not in text:
                texts[name] = text
    return texts


def _load(language: str) -> dict[str, Any]:
    return tomllib.loads((PAGE / "text" / f"{language}.toml").read_text(encoding="utf-8"))


def _flat(texts: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in texts.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _compare(language: str, english: dict[str, str], texts: dict[str, str]) -> None:
    if differing := sorted(english.keys() ^ texts.keys()):
        raise ValueError(f"page/text/{language}.toml and the English texts differ in {', '.join(differing)}")
    for name, text in texts.items():
        if sorted(set(_PLACE.findall(text))) != sorted(set(_PLACE.findall(english[name]))):
            raise ValueError(f"page/text/{language}.toml has other places for values in {name}")


def _recipes() -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """The recipes' texts by language, and the recipes with numbers for texts; Seller Central first."""
    from totpkey.enroll import recipes

    loaded = sorted(recipes.load().values(), key=lambda recipe: recipe.id != "amazon-seller-central")
    texts: list[str] = []

    def number(text: str) -> int:
        if text not in texts:
            texts.append(text)
        return texts.index(text)

    def numbers(listed: Iterable[str]) -> list[int]:
        return [number(text) for text in listed]

    written = [
        {
            "id": recipe.id,
            "issuer": recipe.issuer,
            "page": recipe.page,
            "site": number(recipe.site),
            "paths": [{"name": number(path.name), "steps": numbers(path.steps)} for path in recipe.paths],
            "start": numbers(recipe.start),
            "ways": [
                {"takes": way.takes, "name": number(way.name), "steps": numbers(way.steps)}
                for way in recipe.ways
            ],
            "finish": number(recipe.finish),
            "backup": numbers(recipe.backup),
        }
        for recipe in loaded
    ]
    translated = {language: _translated(path, texts) for language, path in _CATALOGUES.items()}
    return {"en": texts} | translated, written


def _translated(path: Path, texts: Iterable[str]) -> list[str]:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    if missing := [text for text in texts if not catalogue.get(text)]:
        raise ValueError(f"{path.name} does not translate: {missing[0]}")
    return [catalogue[text] for text in texts]
