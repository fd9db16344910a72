"""Write what the documents say about a clock's dates from the drivers' figures.

python tools/clock_dates.py        (a test fails while a document is out of date)
"""

from __future__ import annotations

from pathlib import Path

from totpkey_firmware.clock import drift, ds3231, pcf8523, rv3028, rv3032
from totpkey_protocol import limits

ROOT = Path(__file__).resolve().parent.parent
TABLES = (ROOT / "docs" / "concepts" / "clock.md",)
BEGIN, END = "<!-- dates -->\n", "<!-- end -->\n"
CHIPS = (ds3231.DS3231, rv3032.RV3032, rv3028.RV3028, pcf8523.PCF8523)
#: A setting by the command, whose computer keeps its clock right, in s.
_EXACT = 0.06


def months() -> list[int]:
    """Return the ages at which a new clock is set again."""
    return [round(age / 86400 / 30.4) for age in drift.AGES]


def advice(language: str) -> str:
    """Return when to set a clock again, as the guides say it."""
    first, second, year = months()
    if language == "zh":
        return f"用了 {first} 个月、{second} 个月和 {year} 个月时各校准一次，之后每年一次"
    return f"after {first}, {second} and {year} months, then once a year"


#: The pages that say it.
PAGES = {
    "README.md": "en",
    "README.zh-CN.md": "zh",
    "docs/guide/time.md": "en",
    "docs/guide/time.zh-CN.md": "zh",
    "docs/guide/page-guide.zh-CN.md": "zh",
}


def _days(seconds: int, rate: int) -> str:
    days = (seconds - _EXACT) * 1e9 / rate / 86400
    return f"{days:.0f} days" if days < 100 else f"{days / 30.4:.0f} months"


def table() -> str:
    """Return each chip's possible drift, and when so much has come of it."""
    lines = [
        "| chip |"
        + "".join(f" {state} | ±{limits.BUDGET} s | doubt |" for state in ("as it comes", "known")),
        "|---|---|---|---|---|---|---|",
    ]
    for chip in CHIPS:
        cells = [chip.name]
        for rate in (chip.worst, chip.steady):
            cells += [f"{rate / 1000:g} ppm", *(_days(most, rate) for most in (limits.BUDGET, limits.DUE))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def written(document: Path) -> str:
    """Return the document with the table in its place."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    for document in TABLES:
        document.write_text(written(document), encoding="utf-8")
