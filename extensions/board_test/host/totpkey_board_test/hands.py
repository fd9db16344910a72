"""Steps for which a person presses, looks or types: button, light, typing, lock keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise

from totpkey.doctor.case import BAD
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.keyboard.calibration import Verdict, judge
from totpkey_board_test.bench import (
    CAPS_LOCK,
    KEYBOARD,
    NUM_LOCK,
    PRESS,
    TYPE,
    Bench,
    BoardClient,
    Keystroke,
    Seen,
)
from totpkey_board_test.journal import Journal, Row
from totpkey_protocol.boards import Board
from totpkey_protocol.limits import PRESS_WAIT
from totpkey_protocol.words import KEYPAD, KEYPAD_MAC
from totpkey_test_face.definition import COLOURS, DIGITS, MOST_DIGITS

_BUTTON, _LIGHT, _TYPING, _LOCK_KEYS = _("button"), _("light"), _("typing"), _("lock keys")
_PRESSES = 10
#: How long a person may take, how often the key is asked, and how long a last press may bounce, in s.
_PATIENCE, _LOOK, _LAST = 60.0, 0.5, 1.0
#: A button that is down for so long before anybody was asked to press it, in s.
_STUCK = 3
#: One digit takes one poll of 8 ms. More than this between two is a pause, in s.
_PAUSE = 0.1
_NOTHING = "n"
_ANSWERS = {"r": "red", "g": "green", "b": "blue", "w": "white", _NOTHING: ""}
_YES, _NO = "y", "n"


def at_rest(journal: Journal, bench: Bench, client: BoardClient) -> None:
    """Whether the button is down before anybody was asked to press it."""
    if client.seen().down:
        bench.wait(_STUCK)
    if client.seen().down:
        journal.bad(_BUTTON, "button-stuck")
    else:
        journal.good(_BUTTON, tr("it is up while nobody presses it"))


def button(journal: Journal, bench: Bench, client: BoardClient) -> None:
    """Ten presses: whether each arrives, and whether the contact bounces."""
    before = client.seen()
    bench.ask_for(PRESS, tr("Press the button {count} times, about once a second.", count=_PRESSES))
    _until(bench, client, lambda seen: seen.presses - before.presses >= _PRESSES)
    bench.wait(_LAST)
    seen = client.seen()
    presses, bounces = seen.presses - before.presses, seen.bounces - before.bounces
    measured = {"presses": presses, "bounces": bounces, "shortest_ms": seen.shortest}
    words = {"presses": presses, "bounces": bounces, "shortest": seen.shortest, "count": _PRESSES}
    if not presses:
        journal.bad(_BUTTON, "button-dead", measured)
    elif seen.down:
        journal.bad(_BUTTON, "button-stuck", measured)
    elif bounces:
        journal.bad(_BUTTON, "button-bounces", measured, **words)
    elif presses < _PRESSES:
        journal.bad(_BUTTON, "button-misses", measured, **words)
    elif presses > _PRESSES:
        journal.unsure(_BUTTON, "button-more", measured, **words)
    else:
        journal.good(
            _BUTTON, tr("{presses} presses, none bounces for 4 ms or longer", presses=presses), measured
        )


def _until(bench: Bench, client: BoardClient, reached: Callable[[Seen], bool]) -> Seen:
    """What the key says once that is true, or in the end."""
    end = bench.ticks() + _PATIENCE
    while True:
        seen = client.seen()
        if reached(seen) or bench.ticks() >= end:
            return seen
        bench.wait(_LOOK)


def light(journal: Journal, bench: Bench, client: BoardClient, board: Board | None) -> None:
    """Each colour, by question. A plain LED only shows whether it shines."""
    if board and len(board.light) == 1 and board.light[0] != "NEOPIXEL":
        client.show("white")
        if bench.choose(tr("Does the light shine steadily? (y/n)"), (_YES, _NO)) == _YES:
            journal.good(_LIGHT, tr("it shines"))
        else:
            journal.bad(_LIGHT, "light-dark")
        return
    answers = {}
    for colour in COLOURS:
        client.show(colour)
        question = tr("Which colour is the light? r red, g green, b blue, w white, n none or another")
        answers[colour] = _ANSWERS[bench.choose(question, tuple(_ANSWERS))]
    _judge_colours(journal, answers)


def _judge_colours(journal: Journal, answers: dict[str, str]) -> None:
    measured = {f"{colour}_seen_as": seen or "none" for colour, seen in answers.items()}
    wrong = [colour for colour, seen in answers.items() if colour != seen]
    seen_as = ", ".join(f"{colour} → {answers[colour] or tr('none')}" for colour in wrong)
    if not wrong:
        journal.good(_LIGHT, tr("red, green, blue and white are right"), measured)
    elif len(wrong) == len(answers) and not any(answers.values()):
        journal.bad(_LIGHT, "light-dark", measured)
    elif wrong[1:] == ["white"] and not answers[wrong[0]]:
        journal.bad(_LIGHT, "light-dark-colour", measured, seen=seen_as)
    elif sorted(answers[colour] for colour in wrong) == sorted(wrong):
        journal.bad(_LIGHT, "light-exchanged", measured, seen=seen_as)
    else:
        journal.bad(_LIGHT, "light-wrong", measured, seen=seen_as)


def typing(journal: Journal, bench: Bench, client: BoardClient) -> None:
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
    judge_typing(journal, wanted, strokes, client.seen().locks)


def judge_typing(journal: Journal, wanted: str, strokes: list[Keystroke], locks: int) -> None:
    """What arrived. `locks`: the lock keys that the computer reports to the key, or -1."""
    arrived = "".join(stroke.character for stroke in strokes)
    pauses = sorted(after.at - before.at for before, after in pairwise(strokes)) or [0.0]
    measured: dict[str, int | float | str | list[int]] = {
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
        journal.bad(_TYPING, "numlock-not-reported", measured)
    elif verdict != Verdict.INTACT:
        remedy = tr("Click into this window and test again; if it stays, try another port, without a hub.")
        words = f"{tr(verdict.value)}: {detail}"
        journal.add(Row(_TYPING, BAD, words, f"typing-{verdict.name.lower()}", remedy, measured))
    elif pauses[-1] > _PAUSE:
        journal.unsure(_TYPING, "typing-pauses", measured, detail=detail)
    else:
        journal.good(_TYPING, detail, measured)


def locks(journal: Journal, bench: Bench, client: BoardClient) -> None:
    """Whether the key sees the computer's NumLock and CapsLock change, or that it has any."""
    if KEYBOARD not in bench.has:
        seen = client.seen().locks
        if seen < 0:
            journal.unsure(_LOCK_KEYS, "locks-not-reported")
        else:
            journal.good(_LOCK_KEYS, tr("the computer reports them"), {"locks": seen})
        return
    if sys.platform != "darwin":
        _lock(journal, bench, client, NUM_LOCK, "NumLock", 1)
    _lock(journal, bench, client, CAPS_LOCK, "CapsLock", 2)


def _lock(journal: Journal, bench: Bench, client: BoardClient, action: str, name: str, bit: int) -> None:
    if bench.choose(tr("Has this computer's own keyboard {name}? (y/n)", name=name), (_YES, _NO)) == _NO:
        journal.untried(name, tr("no keyboard with it"))
        return
    before = client.seen().locks
    bench.ask_for(action, tr("Press {name} once on that keyboard.", name=name))
    seen = _until(bench, client, lambda seen: _lit(seen.locks, bit) != _lit(before, bit))
    if _lit(seen.locks, bit) == _lit(before, bit):
        journal.bad(name, f"{name.lower()}-not-reported")
        return
    bench.ask_for(action, tr("Press {name} once more.", name=name))
    journal.good(name, tr("the key sees it change"))


def _lit(locks: int, bit: int) -> bool:
    return locks >= 0 and bool(locks & bit)
