"""The report of a board test, written row by row: JSON for programs, a page for people, a line of a log.

Nothing in it identifies a board or its owner: no key's id, no port, no name of a computer or a user.

Every sign that a board test knows is here and nowhere else: what is seen, and what to do. A sign is bad where
the board is at fault, and open where the test cannot tell. Beside these there are those of `doctor`
(circuitpython, drive, files), `typing-…`, and `…-not-tried` for what a bench cannot do.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from time import gmtime, strftime
from typing import Any

from totpkey.doctor.case import BAD, GOOD, UNKNOWN, Finding
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Hello
from totpkey_protocol.version import __version__

_MODULE = _("Replace the clock module.")
_JOINTS = _("Look at the joints of the clock and of its two wires, with a lens; bridge or crack?")
_AGAIN = _("Unplug the board, plug it in, and test it again; if it stays, try another port and cable.")
_BUTTON = _("Try another button.")
_LED = _("Look at the LED, its polarity and its resistors.")
_PACE = (
    _("{ppm} ppm against this computer's clock (± {within}), and its data sheet allows {limit}"),
    _("Compare with another computer. A DS3231M may have 5 ppm. Else chip, crystal or load is wrong."),
)
_LOCK = _("Not the board's fault if another keyboard's light does not follow, either.")
_REPORT = _("Install it again, and report this.")

SIGNS: dict[str, tuple[str, str]] = {
    # Does it live?
    "nothing-answers": (
        _("nothing answers on USB"),
        _(
            "Plug it in with BOOT held. If no RPI-RP2 appears, measure 3V3 at TP1; then look at the crystal,"
            " D+ and D−, and RUN. If it does, look at the flash and at the image."
        ),
    ),
    "boot-loader-only": (
        _("only the boot loader answers"),
        _("Write the image. If RPI-RP2 comes back by itself, the flash does not answer: look at its joints."),
    ),
    "firmware-silent": (
        _("its port is there, and no firmware of a key answers: {cause}"),
        _("Write the image of this board. If it stays, look at crystal and flash."),
    ),
    "several-boards": (_("there are several boards"), _("Test one after the other.")),
    "key-in-use": (
        _("a key in use, with accounts or a lock, is plugged in: a board test is for a new board"),
        _("Unplug your own key. `totpkey doctor` looks at a key that is in use."),
    ),
    "gone": (_("it stopped answering and did not come back: {cause}"), _AGAIN),
    "restarted": (
        _("it restarted by itself: {cause}"),
        _("Look for a short that this step closes, at its supply, at RUN and at its plug."),
    ),
    "broken-off": (_("it stopped answering, and came back: {cause}"), _AGAIN),
    # Its flash
    "flash-size": (
        _("{found} MB, and {board} has {wanted} MB"),
        _("Another chip was fitted, or the image is another board's."),
    ),
    "flash-unsteady": (
        _("two reads of the same place differ"),
        _("Look at the joints of the flash and its capacitor."),
    ),
    "flash-empty": (_("it is empty, so its size cannot be seen"), _("Write the image, then test again.")),
    "flash-not-seen": (
        _("no board in its boot loader was seen"),
        _("Plug it in with BOOT held; the computer needs `pip install 'totpkey[verify]'`."),
    ),
    "flash-forgets": (
        _("{count} of {all} places for accounts do not keep what is written: {places}"),
        _("Replace the flash."),
    ),
    # Its button
    "button-stuck": (
        _("it is down, and nobody was asked to press it"),
        _("It is stuck, or its wire touches ground."),
    ),
    "button-dead": (_("no press arrives"), _("Check its two wires: one to its pin, one to ground.")),
    "button-bounces": (
        _("{bounces} times in {presses} presses two edges came within 25 ms, at least {shortest} ms apart"),
        _BUTTON,
    ),
    "button-misses": (_("only {presses} of {count} presses arrive"), _BUTTON),
    "button-more": (
        _("{presses} presses arrive, and {count} were asked for"),
        _("Count again, or try another."),
    ),
    # The clock's wires
    "clock-line-short": (_("{line} is low even against a pull-up: it touches ground"), _JOINTS),
    "clock-line-supply": (_("{line} cannot be pulled low: it touches 3V3"), _JOINTS),
    "clock-lines-joined": (_("SCL and SDA go low together: they touch each other"), _JOINTS),
    "clock-line-open": (
        _("{line} floats, and the other line does not: its pull-up or its joint is open"),
        _JOINTS,
    ),
    "clock-no-pull-ups": (
        _("SCL and SDA float"),
        _("Plug the module in, or check its power; clock modules have pull-ups."),
    ),
    "clock-wires-exchanged": (
        _("SCL and SDA are exchanged: with the two swapped, {all} answers"),
        _("Swap these two wires, or turn the module round."),
    ),
    "clock-dead": (
        _("only {all} answers, which is the memory beside the clock on such modules: the clock does not"),
        _MODULE,
    ),
    "clock-wrong-address": (
        _("{all} answers, which is no clock that the firmware knows"),
        _("Another chip was fitted, or its address pins are set."),
    ),
    "clock-crowded": (_("{count} addresses answer, and no module has so many chips"), _JOINTS),
    "clock-missing": (_("both lines are sound, and nothing answers on them"), _JOINTS),
    "clock-unknown": (_("this version does not know the clock chip {chip}"), _("Update the command.")),
    # The clock itself
    "clock-answers-ones": (
        _("the {chip} answers, and every bit is 1"),
        _("Look at its supply and its joints; then replace it."),
    ),
    "clock-transfers": (_("{wrong} of {all} reads of the {chip} arrive wrong"), _JOINTS),
    "clock-nonsense": (
        _("what the {chip} says is no time, so nothing can be computed of it"),
        _("Unplug it, wait a minute, and test again; if it stays, replace the clock module."),
    ),
    "clock-not-set": (
        _("it could not be set: {cause}"),
        _("Put the computer's clock right; look at the module."),
    ),
    "clock-stands-still": (
        _("the {chip}'s time stands still"),
        _("Look at its crystal and its solder, or replace the module."),
    ),
    "clock-stop-flag-stays": (
        _("its flag for a stopped oscillator stays although the clock was set"),
        _MODULE,
    ),
    "clock-register-dead": (
        _("its register {register} gives back {kept} instead of {wanted}"),
        _MODULE,
    ),
    "clock-register-idle": (
        _("the register that corrects its pace makes {found} ppm (± {within}) of {wanted}"),
        _MODULE,
    ),
    "register-unsure": (
        _("{found} ppm (± {within}) of {wanted}, too little to tell whether it has its effect"),
        _("Compare for longer (`--minutes`)."),
    ),
    "thermometer-dead": (
        _("its thermometer says {celsius} °C, and no room has that"),
        _("Replace the clock module: it corrects its pace by what it measures."),
    ),
    "thermometer-still": (
        _("it goes on saying {celsius} °C under a finger"),
        _("Try again with a warmer finger; if it stays, replace the clock module."),
    ),
    "clock-fast": _PACE,
    "clock-slow": _PACE,
    "pace-unsure": (
        _("{ppm} ppm, known to {within} ppm alone, and its data sheet allows {limit}"),
        _("Compare for {minutes} minutes (`--minutes`), at a computer whose clock is kept right."),
    ),
    # Its cell
    "cell-low": (_("missing or nearly empty"), _("Put in a new one, then test again.")),
    "cell-off": (_("not used by the chip"), _("Unplug the board, plug it in, and test it again.")),
    "cell-dead": (
        _("the clock lost its time at each of {all} cuts"),
        _("Put in a cell, or a new one; look at its holder's springs and its polarity."),
    ),
    "cell-loose": (
        _("the clock lost its time at {count} of {all} cuts: {which}"),
        _("Look at the cell's holder: its springs, its joints, dirt."),
    ),
    "clock-off-after-cut": (
        _("the clock was off by up to {seconds} s after {count} of {all} cuts"),
        _("It does not count as it should on its cell: replace the clock module."),
    ),
    # What a person sees
    "light-dark": (_("it stays dark"), _LED),
    "light-dark-colour": (_("one colour stays dark: {seen}"), _LED),
    "light-exchanged": (
        _("colours are exchanged: {seen}"),
        _("The LED sits the wrong way round, or is one with another order of colours."),
    ),
    "light-wrong": (_("wrong colours: {seen}"), _LED),
    "typing-pauses": (_("{detail}"), _("This computer was busy, perhaps: test again.")),
    "numlock-not-reported": (_("the key did not see NumLock change"), _LOCK),
    "capslock-not-reported": (_("the key did not see CapsLock change"), _LOCK),
    "locks-not-reported": (
        _("the computer has not reported its lock keys; with all of them off, many do not"),
        _("Switch on NumLock, then test again."),
    ),
    "element-missing": (
        _("no secure element answers, and this board should have one"),
        _("Check its four wires and its supply."),
    ),
    # Power
    "sleep-not-seen": (_("the computer kept the key's port awake"), _("Try another port.")),
    "restarted-in-sleep": (_("it lost its power while the computer slept"), _("Try another port.")),
    "watchdog-dead": (
        _("the watchdog did not restart it"),
        _("Unplug the board and plug it in again. Report this: the chip has a watchdog of its own."),
    ),
    "watchdog-time": (
        _("the watchdog restarted it after {seconds} s instead of 8"),
        _("Look at the crystal: the chip's time follows it."),
    ),
    "not-back-after-watchdog": (_("the watchdog bit, and it did not come back"), _AGAIN),
    "not-back-after-cut": (_("after cut {number} it did not come back"), _REPORT),
    "files-damaged-by-cut": (_("after cut {number} a file of its firmware is damaged"), _REPORT),
    "accounts-after-cut": (_("after cut {number} it is no new key any more"), _REPORT),
    "cuts-not-done": (_("{done} of {count}: it was not pulled out"), _("Test it again.")),
}
#: Bad signs of a board with which no conversation begins.
DEAD_SIGNS = ("nothing-answers", "boot-loader-only", "firmware-silent")


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
    heads = "".join(f"<th>{escape(tr(head))}</th>" for head in (_("result"), _("step"), _("what was seen")))
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n'
        f"<h1>{escape(title)}</h1>\n<p>{escape(journal.verdict())}</p>\n<p><small>{escape(about)}</small></p>\n"
        f"<table>\n<tr>{heads}</tr>\n{rows}\n</table>\n"
    )


def _page_row(row: Row) -> str:
    name = f" <small>({escape(row.sign)})</small>" if row.sign else ""
    remedy = f"<br>{escape(row.remedy)}" if row.remedy else ""
    measured = ", ".join(f"{name}: {value}" for name, value in row.measured.items())
    numbers = f"<br><small>{escape(measured)}</small>" if measured else ""
    return (
        f'<tr class="{row.grade}"><td>{escape(word(row.grade))}</td><td>{escape(tr(row.step))}</td>'
        f"<td>{escape(row.detail)}{name}{remedy}{numbers}</td></tr>"
    )


def word(grade: str) -> str:
    """A grade in words."""
    return tr(_WORDS[grade])
