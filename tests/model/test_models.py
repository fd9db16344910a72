"""Models of what passes between programs, people and keys: `spin` finds no gap in their rules, and one where
a rule is missing. docs/reference/judges.md says what was modelled.
"""

from __future__ import annotations

import pytest

from tests.model import program
from tests.model.replay import ChannelPlayer, GrantsPlayer, PinPlayer, Player
from tests.model.spin import play, rules, search
from tests.support.cases import slow
from totpkey.install.drive import drive_folder

_NOTHING = dict.fromkeys(
    (
        *("owners", "doubts", "restarts", "presses", "begins", "asks", "halves"),
        *("takes", "again", "writes", "replays", "flushes"),
    ),
    0,
)
#: The properties of the channel: success is reported only of what was done; the key acts on gestures for
#: the owner's request alone; nothing leaves; what was reported as not done is not done.
AGREEMENT, CONSENT, SECRECY, NOT_AFTER = 1, 2, 4, 8
_ALL = AGREEMENT | CONSENT | SECRECY | NOT_AFTER


def channel(checks: int = _ALL, **may: int) -> dict[str, int]:
    """How often everybody may do what, for an owner who asks once."""
    return {**_NOTHING, "checks": checks, "owners": 1, **may}


#: A program begins a session, asks for something and takes one line from the owner's, which may give up.
BESIDE = channel(doubts=1, begins=1, asks=1, takes=1)
#: What shows that a rule is needed, where that is not enough.
_SHOWN = {
    "ANSWER": channel(doubts=1, takes=2, writes=1),
    "READS": channel(takes=1, writes=1),
    "START": channel(doubts=1, restarts=1),
    "MARK": {**BESIDE, "presses": 1},
    "ONCE": channel(begins=1, asks=1, takes=1, again=2),
    "RISING": {**BESIDE, "replays": 1},
    "TAG": {**BESIDE, "owners": 2},
}
#: What the key before the record layer did.
_BEFORE = {"TAGGED", "RISING", "ENDS", "DRAWN", "SEALED"}
SMALL = ("ends", "files", "pin")


@pytest.mark.slow
@pytest.mark.parametrize("rule", rules("channel"))
def test_each_rule_of_the_channel_is_needed(rule: str) -> None:
    assert search("channel", {rule}, **_SHOWN.get(rule, BESIDE)).violated


@pytest.mark.parametrize(
    ("more", "given"),
    [
        pytest.param({"TAGGED"}, channel(CONSENT, asks=1), id="an empty MAC passes"),
        pytest.param(set(), channel(SECRECY, begins=1, asks=1, takes=1), id="another's gesture is shown"),
        pytest.param(set(), channel(SECRECY, begins=1, asks=1, halves=1), id="by half a line, too"),
        pytest.param(set(), channel(AGREEMENT, asks=1), id="a read is taken for success"),
        pytest.param(set(), channel(NOT_AFTER, asks=1), id="it waits after a failure was reported"),
    ],
)
def test_the_protocol_before_had_these_gaps(more: set[str], given: dict[str, int]) -> None:
    assert search("channel", rules("channel").keys() - _BEFORE | more, **given).violated


@pytest.mark.parametrize(
    "given",
    [
        BESIDE,
        {**BESIDE, "restarts": 1},
        {**BESIDE, "presses": 1},
        {**BESIDE, "again": 1, "halves": 1},
        slow({**BESIDE, "owners": 2, "doubts": 2}),
        slow({**BESIDE, "doubts": 2, "replays": 1, "flushes": 1}),
        slow({**BESIDE, "owners": 2, "presses": 1, "restarts": 1}),
        slow({**BESIDE, "writes": 1}),
        slow({**BESIDE, "begins": 2, "asks": 2, "takes": 2, "doubts": 2}),
        pytest.param({**BESIDE, "begins": 2, "asks": 2, "presses": 2}, marks=pytest.mark.whole),
    ],
    ids=lambda given: " ".join(f"{name}={most}" for name, most in given.items() if most and name != "checks"),
)
def test_the_channel_has_no_gap(given: dict[str, int]) -> None:
    found = search("channel", (), **given)
    print(found)
    assert not found.violated


@pytest.mark.parametrize("model", [*SMALL, slow("grants")])
def test_the_other_models_have_no_gap(model: str) -> None:
    found = search(model)
    print(found)
    assert not found.violated


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "rule"), [(model, rule) for model in (*SMALL, "grants") for rule in rules(model)]
)
def test_each_of_their_rules_is_needed(model: str, rule: str) -> None:
    assert search(model, {rule}).violated


#: What everybody may do in the traces that are played.
_PLAYED = channel(owners=2, doubts=2, presses=2, begins=6, asks=3, takes=1, again=1, writes=1)
_PLAYERS: dict[str, tuple[type[Player], int, dict[str, int]]] = {
    "channel": (ChannelPlayer, 4000, _PLAYED | {"halves": 1, "replays": 1, "flushes": 1}),
    "grants": (GrantsPlayer, 1500, {}),
    "pin": (PinPlayer, 400, {}),
}


@pytest.mark.parametrize(
    ("model", "seeds"),
    [
        *(("channel", range(1, 21)), ("grants", range(1, 2)), ("pin", range(1, 2))),
        *(slow("channel", range(start, start + 40)) for start in (100, 200)),
        *(slow("grants", range(start, start + 10)) for start in (100, 200, 300)),
        slow("pin", range(100, 110)),
    ],
)
def test_a_key_does_what_a_model_says(model: str, seeds: range) -> None:
    player, steps, given = _PLAYERS[model]
    found = {seed: player(drive_folder()).differs(play(model, seed, steps, **given)) for seed in seeds}
    assert not {seed: difference for seed, difference in found.items() if difference}


@pytest.mark.parametrize("doubts", [1, 3])
def test_the_owners_program_reports_what_the_model_says(doubts: int) -> None:
    found = {
        seed: program.differs(play("channel", seed, 4000, **_PLAYED | {"doubts": doubts}))
        for seed in range(40)
    }
    assert not {seed: difference for seed, difference in found.items() if difference}
