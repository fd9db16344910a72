"""Steps for which a person presses, looks or types: button, light, typing, lock keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise

from totpkey.board_test.bench import CAPS_LOCK, NUM_LOCK, PRESS, TYPE, Bench, Keystroke, Measured, Row
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.keyboard.calibration import Verdict, judge
from totpkey.link.board_client import BoardClient, Seen
from totpkey_protocol.board_test import COLOURS, DIGITS, MOST_DIGITS
from totpkey_protocol.boards import Board
from totpkey_protocol.limits import PRESS_WAIT
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC

_BUTTON, _LIGHT, _TYPING = _("button"), _("light"), _("typing")
_PRESSES = 10
#: How long a person may take, in s, and how often the key is asked meanwhile.
_PATIENCE = 60.0
_LOOK = 0.5
#: A button that bounces more often than in one press of five is a fault; more seldom, a note.
_SELDOM = 5
#: One digit takes one poll of 8 ms. More than this between two is a pause, in s.
_PAUSE = 0.1
_NOTHING = "n"
_ANSWERS = {"r": "red", "g": "green", "b": "blue", "w": "white", _NOTHING: ""}
_YES, _NO = "y", "n"


def button(bench: Bench, client: BoardClient) -> Row:
    """Ten presses: whether each arrives, and whether the contact bounces."""
    before = client.seen()
    bench.ask_for(PRESS, tr("Press the button {count} times, about once a second.", count=_PRESSES))
    seen = _until(bench, client, lambda seen: seen.presses - before.presses >= _PRESSES)
    presses, bounces = seen.presses - before.presses, seen.bounces - before.bounces
    measured: Measured = {
        "presses": presses,
        "bounces": bounces,
        "shortest_ms": seen.shortest,
    }
    if not presses:
        remedy = tr("Check its two wires: one to its pin, one to ground.")
        return Row(_BUTTON, BAD, tr("no press arrives"), "button-dead", remedy, measured)
    if bounces:
        detail = tr(
            "{bounces} times in {presses} presses two edges came within 25 ms, at least {shortest} ms apart",
            bounces=bounces,
            presses=presses,
            shortest=seen.shortest,
        )
        grade = BAD if _SELDOM * bounces > presses else ODD
        return Row(_BUTTON, grade, detail, "button-bounces", tr("Try another button."), measured)
    if presses < _PRESSES:
        detail = tr("only {presses} of {count} presses arrive", presses=presses, count=_PRESSES)
        return Row(_BUTTON, BAD, detail, "button-misses", tr("Try another button."), measured)
    detail = tr("{presses} presses, none bounces for 4 ms or longer", presses=presses)
    return Row(_BUTTON, GOOD, detail, measured=measured)


def _until(bench: Bench, client: BoardClient, reached: Callable[[Seen], bool]) -> Seen:
    """What the key says once that is true, or in the end."""
    end = bench.now() + _PATIENCE
    while True:
        seen = client.seen()
        if reached(seen) or bench.now() >= end:
            return seen
        bench.wait(_LOOK)


def light(bench: Bench, client: BoardClient, board: Board | None) -> Row:
    """Each colour, by question. A plain LED only shows whether it shines."""
    if board and len(board.light) == 1 and board.light[0] != "NEOPIXEL":
        client.show("white")
        if bench.choose(tr("Does the light shine steadily? (y/n)"), (_YES, _NO)) == _YES:
            return Row(_LIGHT, GOOD, tr("it shines"))
        return Row(
            _LIGHT, BAD, tr("it stays dark"), "light-dark", tr("Look at its polarity and its resistor.")
        )
    answers = {}
    for colour in COLOURS:
        client.show(colour)
        question = tr("Which colour is the light? r red, g green, b blue, w white, n none or another")
        answers[colour] = _ANSWERS[bench.choose(question, tuple(_ANSWERS))]
    return _judge_colours(answers)


def _judge_colours(answers: dict[str, str]) -> Row:
    measured: Measured = {f"{colour}_seen_as": seen or "none" for colour, seen in answers.items()}
    wrong = [colour for colour, seen in answers.items() if colour != seen]
    if not wrong:
        return Row(_LIGHT, GOOD, tr("red, green, blue and white are right"), measured=measured)
    seen_as = ", ".join(f"{colour} → {answers[colour] or tr('none')}" for colour in wrong)
    if all(not answers[colour] for colour in wrong):
        dark = next((colour for colour in wrong if colour != "white"), "white")
        remedy = tr("That colour's LED or resistor is missing, or its joint is open.")
        fault = "light-dark" if len(wrong) == len(answers) else f"light-dark-{dark}"
        return Row(_LIGHT, BAD, seen_as, fault, remedy, measured)
    if sorted(answers[colour] for colour in wrong) == sorted(wrong):
        remedy = tr("The LED sits the wrong way round, or is one with another order of colours.")
        return Row(_LIGHT, BAD, seen_as, "light-exchanged", remedy, measured)
    return Row(_LIGHT, BAD, seen_as, "light-wrong", tr("Look at the LED and its resistors."), measured)


def typing(bench: Bench, client: BoardClient) -> Row:
    """A thousand digits into this window, with the time between each and the next."""
    wanted = DIGITS * (MOST_DIGITS // len(DIGITS))
    text = tr(
        "Press the button once: it types {count} digits into this window. Leave the window in front and touch"
        " no key.",
        count=len(wanted),
    )
    with bench.window():
        client.type(KEYPAD_MAC if sys.platform == "darwin" else KEYPAD, len(wanted))
        bench.ask_for(TYPE, text)
        strokes = bench.typed(len(wanted), float(PRESS_WAIT))
    return judge_typing(wanted, strokes, client.seen().locks)


def not_typed() -> Row:
    """The finding where no digits can be awaited."""
    detail = tr("nobody could press the button, or there is no terminal for the digits")
    return Row(_TYPING, UNKNOWN, detail, "typing-not-measured")


def judge_typing(wanted: str, strokes: list[Keystroke], locks: int) -> Row:
    """The finding about what arrived. `locks`: the lock keys that the computer reports to the key, or -1."""
    arrived = "".join(stroke.character for stroke in strokes)
    pauses = sorted(after.at - before.at for before, after in pairwise(strokes)) or [0.0]
    measured: Measured = {
        "wanted": len(wanted),
        "arrived": len(arrived),
        "median_ms": round(1000 * pauses[len(pauses) // 2], 1),
        "p95_ms": round(1000 * pauses[len(pauses) * 95 // 100], 1),
        "longest_ms": round(1000 * pauses[-1], 1),
    }
    verdict = judge(wanted, arrived)
    detail = tr(
        "{arrived} of {count} digits arrived; between two: {median} ms (median), {longest} ms (longest)",
        arrived=len(arrived),
        count=len(wanted),
        median=measured["median_ms"],
        longest=measured["longest_ms"],
    )
    if verdict == Verdict.NOTHING and locks < 0:
        remedy = tr("This computer does not report NumLock to its keyboards: test at another one.")
        return Row(_TYPING, BAD, tr("nothing arrived"), "numlock-not-reported", remedy, measured)
    if verdict != Verdict.INTACT:
        remedy = tr("Click into this window and test again; if it stays, try another port, without a hub.")
        fault = "typing-" + verdict.name.lower()
        return Row(_TYPING, BAD, f"{tr(verdict.value)}: {detail}", fault, remedy, measured)
    if pauses[-1] > _PAUSE:
        return Row(_TYPING, ODD, detail, "typing-pauses", tr("This computer was busy, perhaps."), measured)
    return Row(_TYPING, GOOD, detail, measured=measured)


def locks(bench: Bench, client: BoardClient) -> list[Row]:
    """Whether the key sees the computer's NumLock and CapsLock change."""
    rows = [] if sys.platform == "darwin" else [_lock(bench, client, NUM_LOCK, "NumLock", 1)]
    return [*rows, _lock(bench, client, CAPS_LOCK, "CapsLock", 2)]


def _lock(bench: Bench, client: BoardClient, action: str, name: str, bit: int) -> Row:
    if bench.choose(tr("Has this computer's own keyboard {name}? (y/n)", name=name), (_YES, _NO)) == _NO:
        return Row(name, UNKNOWN, tr("no keyboard with it"), f"{name.lower()}-not-measured")
    before = client.seen().locks
    bench.ask_for(action, tr("Press {name} once on that keyboard.", name=name))
    seen = _until(bench, client, lambda seen: _lit(seen.locks, bit) != _lit(before, bit))
    if _lit(seen.locks, bit) == _lit(before, bit):
        remedy = tr("Not the board's fault if another keyboard's light does not follow, either.")
        detail = tr("the key did not see it change")
        return Row(name, BAD, detail, f"{name.lower()}-not-reported", remedy)
    bench.ask_for(action, tr("Press {name} once more.", name=name))
    return Row(name, GOOD, tr("the key sees it change"))


def _lit(locks: int, bit: int) -> bool:
    return locks >= 0 and bool(locks & bit)


def told(seen: Seen) -> Row:
    """Whether the computer has reported any lock key, where nobody presses one."""
    if seen.locks >= 0:
        return Row(_("lock keys"), GOOD, tr("the computer reports them"), measured={"locks": seen.locks})
    detail = tr("the computer has not reported them; with all of them off, many do not")
    return Row(_("lock keys"), UNKNOWN, detail, "locks-not-reported")
