"""The report of a board test: JSON for programs, a page for people, and a line of a jig's log.

Nothing in it identifies a board or its owner: no key's id, no port, no name of a computer or a user.
"""

from __future__ import annotations

import html
import json
import platform
from collections import Counter
from time import gmtime, strftime

from totpkey.board_test.bench import Row
from totpkey.board_test.course import Outcome, Plan
from totpkey.doctor.case import BAD, GOOD, ODD
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.version import __version__

#: The version of the JSON. `tools/boards_seen.py` reads it.
FORMAT = 1
_WORDS = {GOOD: _("OK"), ODD: _("note"), BAD: _("BAD")}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.4rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #bbb}tr.bad td:first-child{color:#b00020;font-weight:bold}"
    "tr.odd td:first-child{color:#8a5a00}tr.good td:first-child{color:#1b6e2b}small{color:#555}"
)


def document(outcome: Outcome, plan: Plan, now: float) -> dict[str, object]:
    """The report as JSON."""
    hello = outcome.hello
    return {
        "format": FORMAT,
        "date": strftime("%Y-%m-%d", gmtime(now)),
        "command": __version__,
        "system": f"{platform.system()} {platform.release()}",
        "board": hello.board,
        "firmware": hello.firmware,
        "circuitpython": hello.circuitpython,
        "minutes": plan.minutes,
        "passed": not outcome.faults,
        "faults": list(outcome.faults),
        "rows": [_row(row) for row in outcome.rows],
    }


def _row(row: Row) -> dict[str, object]:
    found: dict[str, object] = {"step": row.step, "grade": row.grade, "detail": row.detail}
    found |= {"fault": row.fault} if row.fault else {}
    return found | ({"measured": row.measured} if row.measured else {})


def as_json(report: dict[str, object]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_page(outcome: Outcome, report: dict[str, object]) -> str:
    """The same as one page of HTML that needs no other file."""
    title = tr("Board test: {board}", board=str(report["board"]))
    about = ", ".join(str(report[name]) for name in ("date", "board", "firmware", "circuitpython", "system"))
    rows = "\n".join(_page_row(row) for row in outcome.rows)
    heads = "".join(f"<th>{_safe(tr(head))}</th>" for head in (_("result"), _("step"), _("what was seen")))
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n'
        f"<h1>{_safe(title)}</h1>\n<p>{_safe(verdict(outcome))}</p>\n<p><small>{_safe(about)}</small></p>\n"
        f"<table>\n<tr>{heads}</tr>\n{rows}\n</table>\n"
    )


def _page_row(row: Row) -> str:
    name = f" <small>({_safe(row.fault)})</small>" if row.fault else ""
    remedy = f"<br>{_safe(row.remedy)}" if row.remedy else ""
    measured = ", ".join(f"{name}: {value}" for name, value in row.measured.items())
    numbers = f"<br><small>{_safe(measured)}</small>" if measured else ""
    return (
        f'<tr class="{_safe(row.grade)}"><td>{_safe(word(row.grade))}</td><td>{_safe(tr(row.step))}</td>'
        f"<td>{_safe(row.detail)}{name}{remedy}{numbers}</td></tr>"
    )


def word(grade: str) -> str:
    """A grade in a word."""
    return tr(_WORDS[grade]) if grade in _WORDS else tr("not measured")


def verdict(outcome: Outcome) -> str:
    """The result in one sentence."""
    count = Counter(row.grade for row in outcome.rows)
    if count[BAD]:
        return tr("Faults ({count}): {names}.", count=count[BAD], names=", ".join(outcome.faults))
    return tr("No fault: {good} steps are good.", good=count[GOOD])


def log_line(outcome: Outcome, number: int, now: float) -> str:
    """One line for one board: its number in this log, the result, and what was found."""
    result = "FAIL " + ",".join(outcome.faults) if outcome.faults else "PASS"
    notes = [row.fault for row in outcome.rows if row.fault and row.grade != BAD]
    moment = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(now))
    return f"{moment} #{number} {outcome.hello.board} {result}" + (
        f" notes={','.join(notes)}" if notes else ""
    )


def _safe(text: str) -> str:
    return html.escape(text)
