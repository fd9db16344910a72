"""The report of a board test, written row by row: JSON for programs, a page for people, a line of a log.

Nothing in it identifies a board or its owner: no key's id, no port, no name of a computer or a user.
"""

from __future__ import annotations

import html
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import gmtime, strftime
from typing import Any

from totpkey.doctor.case import BAD, GOOD, UNKNOWN, Finding
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Hello
from totpkey_board_test.signs import DEAD_SIGNS, SIGNS
from totpkey_protocol.version import __version__

#: The version of the JSON.
FORMAT = 2
#: The results. A board passes only if every step that was not left out has a good row.
PASS, FAIL, INCOMPLETE, DEAD = "pass", "fail", "incomplete", "dead"
_WORDS = {GOOD: _("OK"), BAD: _("BAD"), UNKNOWN: _("could not tell")}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.4rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #bbb}tr.bad td:first-child{color:#b00020;font-weight:bold}"
    "tr.unknown td:first-child{color:#8a5a00}tr.good td:first-child{color:#1b6e2b}small{color:#555}"
)
#: Numbers and names of parts, never anything that identifies a board or its owner.
Measured = Mapping[str, int | float | str | list[int]]


@dataclass(frozen=True)
class Row:
    """What one step found: good, bad or could not tell; the sign's name for programs, words for people.

    A good row may have the name of a note.
    """

    step: str
    grade: str
    detail: str
    sign: str = ""
    remedy: str = ""
    measured: Measured = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.grade not in _WORDS or (self.grade != GOOD and not self.sign):
            raise ValueError(f"{self.step}: good, or a sign")


class Journal:
    """The rows about one board. `save` is called at once and with each row, so none is ever lost."""

    def __init__(
        self, without: Iterable[str] = (), save: Callable[[Journal], None] = lambda journal: None
    ) -> None:
        self.without = sorted(without)
        self.rows: list[Row] = []
        #: What the key says of itself, once it has.
        self.hello: Hello | None = None
        self._save, self._ended = save, False
        save(self)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._save(self)

    def good(self, step: str, detail: str, measured: Measured | None = None, note: str = "") -> None:
        self.add(Row(step, GOOD, detail, note, measured=measured or {}))

    def bad(self, step: str, sign: str, measured: Measured | None = None, **values: object) -> None:
        self._sign(step, BAD, sign, measured, values)

    def unsure(self, step: str, sign: str, measured: Measured | None = None, **values: object) -> None:
        self._sign(step, UNKNOWN, sign, measured, values)

    def _sign(
        self, step: str, grade: str, sign: str, measured: Measured | None, values: dict[str, Any]
    ) -> None:
        seen, remedy = SIGNS[sign]
        self.add(Row(step, grade, tr(seen, **values), sign, tr(remedy, **values), measured or {}))

    def untried(self, step: str, why: str) -> None:
        """A step that this bench cannot do, or that had nothing to look at."""
        self.add(Row(step, UNKNOWN, why, f"{step.replace(' ', '-')}-not-tried"))

    def finding(self, finding: Finding) -> None:
        """What `doctor` says. What it calls odd it cannot tell; but a board need not be sealed."""
        sign = "" if finding.grade == GOOD else finding.name.replace(" ", "-")
        odd = GOOD if finding.name == "sealed" else UNKNOWN
        grade = finding.grade if finding.grade in _WORDS else odd
        self.add(Row(finding.name, grade, finding.detail, sign, finding.remedy))

    def end(self) -> None:
        """All steps have had their turn."""
        self._ended = True
        self._save(self)

    def signs(self, grade: str) -> list[str]:
        """The names in the rows of a grade, each once."""
        return list(dict.fromkeys(row.sign for row in self.rows if row.grade == grade and row.sign))

    @property
    def result(self) -> str:
        bad = self.signs(BAD)
        if bad:
            return DEAD if bad[0] in DEAD_SIGNS else FAIL
        return PASS if self._ended and self.rows and not self.signs(UNKNOWN) else INCOMPLETE

    def document(self, now: float) -> dict[str, Any]:
        """The report as JSON."""
        hello = self.hello
        return {
            "format": FORMAT,
            "date": strftime("%Y-%m-%d", gmtime(now)),
            "command": __version__,
            "system": f"{platform.system()} {platform.release()}",
            "board": hello.board if hello else "",
            "firmware": hello.firmware if hello else "",
            "circuitpython": hello.circuitpython if hello else "",
            "result": self.result,
            "without": self.without,
            "faults": self.signs(BAD),
            "open": self.signs(UNKNOWN),
            "rows": [_row(row) for row in self.rows],
        }

    def log_line(self, number: int, now: float) -> str:
        """One line for one board: its number, the result, and what was found."""
        lists = {"open": self.signs(UNKNOWN), "without": self.without, "notes": self.signs(GOOD)}
        parts = [strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(now)), f"#{number}"]
        parts += [self.hello.board if self.hello else "-", self.result.upper(), ",".join(self.signs(BAD))]
        parts += [f"{name}={','.join(names)}" for name, names in lists.items() if names]
        return " ".join(filter(None, parts))

    def verdict(self) -> str:
        """The result in one sentence."""
        bad, unknown = self.signs(BAD), self.signs(UNKNOWN)
        if bad:
            return tr("Faults ({count}): {names}.", count=len(bad), names=", ".join(bad))
        if self.result == PASS:
            return tr("No fault: {good} steps are good.", good=len(self.rows))
        return tr("No fault was found, and not all is known: {names}.", names=", ".join(unknown))


def _row(row: Row) -> dict[str, object]:
    found: dict[str, object] = {"step": row.step, "grade": row.grade, "detail": row.detail}
    found |= {name: value for name, value in (("sign", row.sign), ("remedy", row.remedy)) if value}
    return found | ({"measured": row.measured} if row.measured else {})


def as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_page(journal: Journal, report: dict[str, Any]) -> str:
    """The same as one page of HTML that needs no other file."""
    title = tr("Board test: {board}", board=report["board"] or "–")
    about = ", ".join(str(report[name]) for name in ("date", "firmware", "circuitpython", "system"))
    rows = "\n".join(map(_page_row, journal.rows))
    heads = "".join(f"<th>{_safe(tr(head))}</th>" for head in (_("result"), _("step"), _("what was seen")))
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n'
        f"<h1>{_safe(title)}</h1>\n<p>{_safe(journal.verdict())}</p>\n<p><small>{_safe(about)}</small></p>\n"
        f"<table>\n<tr>{heads}</tr>\n{rows}\n</table>\n"
    )


def _page_row(row: Row) -> str:
    name = f" <small>({_safe(row.sign)})</small>" if row.sign else ""
    remedy = f"<br>{_safe(row.remedy)}" if row.remedy else ""
    measured = ", ".join(f"{name}: {value}" for name, value in row.measured.items())
    numbers = f"<br><small>{_safe(measured)}</small>" if measured else ""
    return (
        f'<tr class="{row.grade}"><td>{_safe(word(row.grade))}</td><td>{_safe(tr(row.step))}</td>'
        f"<td>{_safe(row.detail)}{name}{remedy}{numbers}</td></tr>"
    )


def word(grade: str) -> str:
    """A grade in words."""
    return tr(_WORDS[grade])


def _safe(text: str) -> str:
    return html.escape(text)
