"""The set-up page's data from the single definition: protocol, boards, words, and guides to sites.

The page's own texts are in page/text, one catalogue for each language. For the key's errors the page uses the
texts of `totpkey.i18n.key_words`, except for those that mention a terminal command.
"""

from __future__ import annotations

import re
import runpy
import struct
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"
# The packages are not installed yet when the wheel is built.
sys.path[:0] = [str(ROOT / folder) for folder in ("firmware/lib", "host", "readers/src")]

from totpkey_protocol import (  # noqa: E402
    answers,
    boards,
    commands,
    consent,
    journal,
    lending,
    lights,
    limits,
    record,
    version,
    words,
)
from totpkey_protocol.fields import CHOICE, Field  # noqa: E402

if TYPE_CHECKING:
    from totpkey.enroll.guides import Recipe

LANGUAGES = ("en", "zh")
#: The command's catalogue that contains a language's translations of the guides.
_CATALOGUES = {"zh": ROOT / "host" / "totpkey" / "locale" / "zh_CN" / "LC_MESSAGES" / "totpkey.po"}
_PLACE = re.compile(r"\{\w+\}")


def data() -> dict[str, Any]:
    """Return all data for the page's script in a form that JSON can hold (page/src/definition.js).

    Raise ValueError if a catalogue lacks a text or a placeholder.
    """
    guides, translated = _guides()
    return {
        "definition": _definition(),
        "texts": catalogues(),
        "guides": guides,
        "guideTexts": translated,
        "words": _words(),
    }


def _words() -> dict[str, Any]:
    """Return the units of random passphrases: whole words, and syllables of which two form a word."""
    import build_words
    from totpkey.locks.words import SYLLABLES

    listed = (build_words.build() / "eff.txt").read_text(encoding="ascii").split()
    return {"en": " ".join(listed), "zh": " ".join(SYLLABLES)}


def _link_parameters() -> dict[str, Any]:
    """Return what a link's parameters mean, as the command reads them."""
    from totpkey_readers.records import fields

    return {
        "settings": {role: list(names) for role, names in fields.PARAMETERS.items()},
        "shifts": list(fields.SHIFTS),
        "decorations": list(fields.DECORATIONS),
    }


def _definition() -> dict[str, Any]:
    from totpkey.locks import passphrase
    from totpkey_volume.circuitpython import LEAST, MOST_MAJOR, SEALED

    # Run the module alone: importing its package needs modules that are missing when the wheel is built.
    path = ROOT / "virtual" / "src" / "totpkey_virtual" / "boards.py"
    identities = runpy.run_path(str(path))["IDENTITIES"]
    # Only the commands that the page's scripts name.
    scripts = "".join(script.read_text(encoding="utf-8") for script in (PAGE / "src").rglob("*.js"))
    asked = [command for command in commands.COMMANDS if f'"{command.name}"' in scripts]
    return {
        "protocol": version.PROTOCOL,
        "version": version.__version__,
        "made": version.MADE,
        "link": _link_parameters(),
        "limits": {name: value for name, value in vars(limits).items() if isinstance(value, int)},
        "algorithms": words.ALGORITHMS,
        "types": words.TYPES,
        "lights": {"colours": lights.COLOURS, "digits": lights.DIGITS, "long": lights.LONG},
        "unreadable": words.UNREADABLE,
        "commands": {
            command.name: {
                "consent": command.consent,
                "takes": _fields(command.takes),
                "gives": _fields(answers.of(command)),
            }
            for command in asked
        },
        "reads": consent.READS,
        "slow": answers.SLOW,
        "touched": [
            command.name
            for command in asked
            if command.consent != words.NEVER and command.name not in consent.WHEN
        ],
        "entry": _fields(answers.LISTED),
        "record": {
            "head": _places(record.HEAD, record.HEAD_NAMES),
            "headSize": record.HEAD_SIZE,
            "tail": _places(record.TAIL, record.TAIL_NAMES),
            "tailSize": record.TAIL_SIZE,
            "end": _places(record.END, "until codes begins ends zone"),
            "endSize": record.END_SIZE,
            "uncounted": record.UNCOUNTED,
        },
        "lending": {
            "card": lending.CARD,
            "file": lending.FILE,
            "checksum": lending.CHECKSUM,
            "sealedLeast": lending.SEALED_LEAST,
            "fileMost": lending.FILE_MOST,
            "loan": _places(journal.LOAN, "number account card lent end back length"),
            "loanSize": journal.LOAN_SIZE,
            "digits": lending.DIGITS,
            "digitsBytes": lending.DIGITS_BYTES,
            "digitsSalt": lending.DIGITS_SALT.decode(),
            "digitsRounds": lending.DIGITS_ROUNDS,
        },
        "boards": {name: board.name for name, board in boards.BOARDS.items()},
        "vendors": sorted({identity.vendor_id for identity in identities.values()}),
        "circuitpython": {"least": LEAST, "most": MOST_MAJOR, "sealed": SEALED},
        "argon2id": {
            "memory": passphrase.MEMORY,
            "passes": passphrase.PASSES,
            "lanes": passphrase.LANES,
            "mostMemory": passphrase.MOST_MEMORY,
            "mostPasses": passphrase.MOST_PASSES,
            "mostLanes": passphrase.MOST_LANES,
            "shortest": passphrase.SHORTEST,
            "leastGuesses": passphrase.LEAST_GUESSES,
        },
    }


def _places(form: str, names: str) -> dict[str, list[int]]:
    """Return the offset and size in bytes of each field of a little-endian structure."""
    order, codes = form[0], re.findall(r"\d*[A-Za-z]", form)
    return {
        name: [struct.calcsize(order + "".join(codes[:at])), struct.calcsize(order + codes[at])]
        for at, name in enumerate(names.split())
    }


def _fields(fields: Iterable[Field]) -> list[dict[str, Any]]:
    return [_field(field) for field in fields]


def _field(field: Field) -> dict[str, Any]:
    bounds: dict[str, Any] = (
        {"choices": field.choices} if field.kind == CHOICE else {"least": field.least, "most": field.most}
    )
    default = {} if field.default is None else {"default": field.default}
    return {"name": field.name, "kind": field.kind, **bounds, **default}


def catalogues() -> dict[str, dict[str, str]]:
    """Return the page's texts by language and name, including the protocol's errors. Raise ValueError."""
    found = {language: _flat(_load(language)) for language in LANGUAGES}
    found["en"] = _errors(found["zh"]) | found["en"]
    for language, told in _consent_words().items():
        found[language] |= told
    for language in LANGUAGES:
        _compare(language, found["en"], found[language])
    return {language: _with_limits(texts) for language, texts in found.items()}


def _with_limits(texts: dict[str, str]) -> dict[str, str]:
    """Fill the protocol's limits into the error texts. Other placeholders stay."""
    from totpkey.i18n.key_words import VALUES

    def filled(text: str) -> str:
        for name, value in VALUES.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    return {name: filled(text) if name.startswith("errors.") else text for name, text in texts.items()}


def _errors(wanted: Iterable[str]) -> dict[str, str]:
    """Return the causes and remedies of the wanted errors whose text mentions no command."""
    from totpkey.i18n.key_words import OF_FIELD, TABLE

    texts = {}
    for name in wanted:
        area, _, rest = name.partition(".")
        if area == "errors":
            code, *field, part = rest.split(".")
            text = (OF_FIELD[code, field[0]] if field else TABLE[code])[part == "remedy"]
            if "`" not in text:
                texts[name] = text
    return texts


def _consent_words() -> dict[str, dict[str, str]]:
    """Return by language what each request's gesture allows, as the command says it."""
    from totpkey.i18n.key_words import MINUTES, WORDS

    zh = _translated(_CATALOGUES["zh"], WORDS.values())
    return {
        language: {
            f"touch.{name}": texts[text].replace("{minutes}", str(MINUTES)) for name, text in WORDS.items()
        }
        for language, texts in (("en", {text: text for text in WORDS.values()}), ("zh", zh))
    }


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


def _guides() -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """Return the guides in English, Seller Central first, and translations by language and English text."""
    from totpkey.enroll import guides

    written = [_guide(recipe) for recipe in guides.load().values()]
    texts = {text for guide in written for text in _texts(guide)}
    translated = {language: _translated(path, sorted(texts)) for language, path in _CATALOGUES.items()}
    return written, translated


def _guide(recipe: Recipe) -> dict[str, Any]:
    """Return what the page shows of a guide. `shown`: the step that names the link to the setup key."""
    (key,) = (way for way in recipe.ways if way.takes == "key")
    copied = ("site", "issuer", "page", "characters", "note", "more", "start", "finish", "backup")
    return {
        **{name: getattr(recipe, name) for name in copied},
        "paths": [path.steps for path in recipe.paths],
        "shown": key.steps[0],
    }


def _texts(guide: dict[str, Any]) -> Iterator[str]:
    """Yield the texts of a guide that are translated."""
    yield from (guide["site"], guide["finish"], guide["shown"], *guide["start"], *guide["backup"])
    yield from (step for steps in guide["paths"] for step in steps)
    if guide["note"]:
        yield guide["note"]


def _translated(path: Path, texts: Iterable[str]) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    if missing := [text for text in texts if not catalogue.get(text)]:
        raise ValueError(f"{path.name} does not translate: {missing[0]}")
    return {text: catalogue[text] for text in texts}
