"""Every message is translated in every catalogue, with the same placeholders; guides are consistent."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import build_catalogues
import update_messages
from totpkey import errors
from totpkey.enroll import guides
from totpkey.enroll.guides import Guide
from totpkey.i18n import translation

CATALOGUES = list(update_messages.CATALOGUES.glob("*/LC_MESSAGES/*.po"))
#: Texts in “” are those on a site's pages, which a translation repeats.
_QUOTED = re.compile("“([^”（]+)")


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogues as they are in the sources now."""
    folder = build_catalogues.build(tmp_path)
    monkeypatch.setattr(translation, "folder", lambda: str(folder))
    return folder


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_a_catalogue_is_complete(path: Path) -> None:
    wanted = {str(message.id) for message in update_messages.messages() if message.id}
    with path.open("rb") as file:
        entries = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    assert set(entries) == wanted, "run make messages"
    for message, translated in entries.items():
        assert translated, message
        # click quotes with !r, as Python does; Chinese has quotation marks of its own.
        places = re.compile(r"{(\w+)(?:!r)?}|`([^`]+)`")
        assert sorted(places.findall(message)) == sorted(places.findall(translated))


def test_chinese_keeps_the_words_on_the_sites_pages(compiled: Path) -> None:
    translate = translation.translator(["zh_CN"])
    for name in ("amazon-seller-central", "amazon"):
        for message in guides.load()[name].messages():
            assert set(_QUOTED.findall(message)) <= set(_QUOTED.findall(translate(message))), message


@pytest.mark.parametrize("name", guides.load())
def test_a_recipe_can_be_walked(name: str) -> None:
    recipe = guides.load()[name]
    led = Guide(recipe, str)
    assert {way.takes for way in recipe.ways} == {guides.KEY, guides.QR}
    for way, from_the_start in product(recipe.ways, (True, False)):
        steps = list(led.steps(way, from_the_start))
        paths = recipe.paths if from_the_start else ()
        wanted = [*(step for path in paths[:1] for step in path.steps), *recipe.start, *way.steps]
        numbered = [step for step in steps if step[0].isdigit()]
        assert len(numbered) == len(wanted)
        # What is said of the other path and way comes after.
        assert len(steps) == len(wanted) + len(paths[1:]) + len(recipe.ways) - 1
        assert all("{" not in step for step in steps)
    assert recipe.finish in led.typing()
    assert len(list(led.reminders())) == len(recipe.backup) + 2


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("amazon", "amazon"),
        ("Amazon Seller", "amazon-seller-central"),
        ("GITHUB", "github"),
        ("goo", "google"),
    ],
)
def test_a_site_is_found_by_its_name(name: str, found: str) -> None:
    assert guides.find(name).id == found


@pytest.mark.parametrize("name", ["nonsense", "g"])
def test_a_site_that_is_none_or_several(name: str) -> None:
    with pytest.raises(errors.NoSuchRecipe) as raised:
        guides.find(name)
    assert "generic" in raised.value.remedy


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh-Hans-CN"}, "zh_CN"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANGUAGE": "zh_CN:en", "LANG": "en_US.UTF-8"}, "zh_CN"),
        ({"LANG": "C"}, "C"),
        ({"LANG": "de_DE.UTF-8"}, "de_DE"),
    ],
)
def test_the_locale_decides(environment: dict[str, str], language: str) -> None:
    assert translation.preferred(environment)[0] == language


def test_a_language_that_is_not_there_is_english(compiled: Path) -> None:
    assert translation.translator(["de_DE"])("Which site?") == "Which site?"
    assert translation.translator(["zh_CN"])("Which site?") != "Which site?"


def test_both_read_mes_know_the_same_commands() -> None:
    """Chinese readers are told of every command that English ones are, and the other way round."""
    english, chinese = (
        set(re.findall(r"totpkey ([a-z]+(?: [a-z]+)?)", (update_messages.ROOT / name).read_text("utf-8")))
        for name in ("README.md", "README.zh-CN.md")
    )
    first = {words.split()[0] for words in english}
    assert first == {words.split()[0] for words in chinese}
    assert {"clone", "restore", "enroll", "doctor"} <= first
