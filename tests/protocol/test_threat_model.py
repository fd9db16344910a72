"""The threat model names tests for its claims. They exist, and no claim lacks one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/reference/threat-model.md").read_text(encoding="utf-8")
ASSESSMENT = (ROOT / "docs/reference/risk-assessment.md").read_text(encoding="utf-8")
#: The head of the last column of a table of claims.
VERIFIED_BY = "verified by"
_REFERENCE = re.compile(r"`(tests/[^`]*)`")
#: What the model must be about, by a word of the heading.
ATTACKERS = ("reads the flash", "neighbour", "program on the computer", "USB", "backup", "owner")


def claims(document: str) -> Iterator[tuple[str, list[str]]]:
    """Each row of the tables of claims: what it claims, and the tests that it names."""
    is_claim = False
    for line in document.splitlines():
        if not line.startswith("|"):
            is_claim = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[-1] == VERIFIED_BY:
            is_claim = True
        elif is_claim and not set(line) <= set("|-: "):
            yield cells[0], _REFERENCE.findall(cells[-1])


@cache
def names_in(path: Path) -> set[str]:
    """The tests of a file, those in a class as Class::test; names that are made at run time too."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (each.name for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}::{name}" for name in inner}
    return found


def problems(document: str) -> list[str]:
    """Every claim without a test, and every test that is named and does not exist."""
    found = [f"no test: {claim}" for claim, named in claims(document) if not named]
    for reference in _REFERENCE.findall(document):
        path, _, name = reference.partition("::")
        exists = (ROOT / path).exists() and (not name or name in names_in(ROOT / path))
        if not exists or (name and not name.rpartition("::")[2].startswith("test_")):
            found.append(f"no such test: {reference}")
    return found


def test_every_claim_names_tests_and_they_exist() -> None:
    assert problems(DOCUMENT) == []
    assert len(list(claims(DOCUMENT))) >= 30
    assert all("::" in test for _, named in claims(DOCUMENT) for test in named)


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_has_a_section_with_claims(attacker: str) -> None:
    sections = re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)
    (section,) = [section for section in sections if attacker in section.partition("\n")[0]]
    assert list(claims(section))


def anchors(document: str) -> dict[str, str]:
    """The chapters, and by which anchor a link leads to each."""
    titles = re.findall(r"^## (.+)$", document, re.MULTILINE)
    return {title: re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_risk_assessment_weighs_each_chapter_about_somebody() -> None:
    """Those that are about nobody say what is at stake, how it is stored, and how we look for leaks."""
    about_nobody = ("What is", "How the search")
    chapters = {
        title: anchor for title, anchor in anchors(DOCUMENT).items() if not title.startswith(about_nobody)
    }
    assert len(chapters) >= 10
    assert [
        title for title, anchor in chapters.items() if f"threat-model.md#{anchor})" not in ASSESSMENT
    ] == []
    linked = set(re.findall(r"threat-model\.md#([a-z-]+)\)", ASSESSMENT))
    headings = DOCUMENT.replace("\n### ", "\n## ")
    assert linked <= set(anchors(headings).values())


@pytest.mark.parametrize(
    "row",
    [
        "| it cannot fly | none |",
        "| it cannot fly | `tests/typing/test_flying.py::test_it` |",
        "| it cannot fly | `tests/locks/test_opening.py::test_it_cannot_fly` |",
        "| it cannot fly | `tests/locks/test_opening.py::locked` |",
        "| it cannot fly | `tests/locks/test_opening.py::TestFlying::test_it` |",
    ],
)
def test_a_claim_without_a_test_is_noticed(row: str) -> None:
    table = f"| it cannot | {VERIFIED_BY} |\n|---|---|\n"
    assert problems(table + row)
    sound = "| it can | `tests/locks/test_opening.py::test_the_pin_is_entered_with_the_button` |"
    assert not problems(table + sound)
