"""What the documents say about dates is what the drivers' figures come to."""

from __future__ import annotations

from pathlib import Path

import pytest

import clock_dates


@pytest.mark.parametrize("document", clock_dates.TABLES, ids=lambda path: path.stem)
def test_the_tables_are_those_of_the_drivers(document: Path) -> None:
    assert clock_dates.written(document) == document.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", clock_dates.PAGES)
def test_every_page_gives_the_one_schedule(page: str) -> None:
    text = " ".join((clock_dates.ROOT / page).read_text(encoding="utf-8").split())
    assert clock_dates.advice(clock_dates.PAGES[page]) in text
