"""Write the rows "seen on a real board" of docs/reference/status.md from the reports in hardware/seen.

python -m extensions.board_test.boards_seen        (a test fails while a document is out of date)

`totpkey board-test` writes such reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "hardware" / "seen"
BEGIN, END = "<!-- seen on a real board -->", "<!-- end -->"
FORMAT = 2
_GOOD, _NOT_MEASURED = "good", "unknown"


class Words:
    """What a document says in its language."""

    def __init__(self, head: str, none: str, separator: str) -> None:
        self.head, self.none, self.separator = head, none, separator


DOCUMENTS = {
    ROOT / "docs" / "reference" / "status.md": Words(
        "| seen on a real board | when | with | steps that were good | faults |",
        "none yet: nobody has sent a report of [`totpkey board-test`](../guide/board-test.md)",
        ", ",
    ),
    ROOT / "docs" / "reference" / "status.zh-CN.md": Words(
        "| 真板实测 | 日期 | 环境 | 通过的步骤 | 故障 |",
        "还没有：尚无人提交 [`totpkey board-test`](../guide/board-test.md) 的报告",
        "、",
    ),
}


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the reports, the oldest first. Raise ValueError for one of another format."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    if any(report.get("format") != FORMAT for report in found):
        raise ValueError(f"{folder} has a report of another format")
    return sorted(found, key=lambda report: (report["date"], report["board"]))


def rows(reports: Iterable[dict[str, Any]], words: Words) -> list[str]:
    """Return the table of these reports."""
    listed = [_row(report, words) for report in reports]
    return [words.head, "|---|---|---|---|---|", *(listed or [f"| {words.none} | | | | |"])]


def _row(report: dict[str, Any], words: Words) -> str:
    measured = [row for row in report["rows"] if row["grade"] != _NOT_MEASURED]
    good = sum(row["grade"] == _GOOD for row in measured)
    software = words.separator.join(
        (f"totpkey {report['firmware']}", f"CircuitPython {report['circuitpython']}", report["system"])
    )
    faults = words.separator.join(f"`{name}`" for name in report["faults"]) or "–"
    return f"| {report['board']} | {report['date']} | {software} | {good}/{len(measured)} | {faults} |"


def render(text: str, reports: Iterable[dict[str, Any]], words: Words) -> str:
    """Return `text` with its table updated. Raise ValueError if it has none."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"no part {BEGIN}")
    return "\n".join([before + BEGIN, "", *rows(reports, words), "", END]) + after


if __name__ == "__main__":
    for document, said in DOCUMENTS.items():
        text = render(document.read_text(encoding="utf-8"), read(REPORTS), said)
        document.write_text(text, encoding="utf-8")
