"""Every command in every state of the key: exactly what the protocol's table allows happens."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.attacks.pairs import request
from tests.cuts.content import set_passphrase, use_tries
from tests.cuts.kinds import Chip, Kind, Simulator, Snapshot
from tests.support.cases import sampled
from tests.support.desk import AMAZON, DERIVED, Desk
from totpkey.accounts import codes
from totpkey.errors import KeyRefused
from totpkey.link.conversation import Touch
from totpkey_protocol.commands import COMMANDS
from totpkey_protocol.errors import BAD_UPDATE, NO_ELEMENT, NOT_ALLOWED, NOT_FOUND, OUT_OF_RANGE
from totpkey_protocol.words import (
    ACCESS,
    BLANK,
    BLOCKED,
    CHANGE,
    EVERYTHING,
    LOCKED,
    NEVER,
    OPEN,
    STATES,
    USE,
)

PIN = "2580"
SIMULATOR = Simulator()
BY_NAME = {command.name: command for command in COMMANDS}

#: In which states each command is carried out. Written down a second time, on purpose.
ALLOWED = {
    "hello": STATES,
    "session": STATES,
    "time": STATES,
    "set_time": STATES,
    "clock": STATES,
    "clock_change": STATES,
    "wipe": STATES,
    "done": STATES,
    "add": (BLANK, OPEN),
    "batch": (BLANK, OPEN),
    "list": (BLANK, OPEN),
    "init": (BLANK,),
    "slots": (LOCKED, OPEN, BLOCKED),
    "element": (LOCKED, OPEN, BLOCKED),
    "passphrase": (LOCKED, OPEN, BLOCKED),
    "locking": (LOCKED, OPEN, BLOCKED),
    "unlock_pin": (LOCKED,),
    "unlock_passphrase": (LOCKED, BLOCKED),
    "rename": (OPEN,),
    "move": (OPEN,),
    "choose": (OPEN,),
    "recipe": (OPEN,),
    "typing": STATES,
    "set_typing": (OPEN,),
    "sample": (BLANK, OPEN),
    "remove": (OPEN,),
    "owner": (OPEN,),
    "set_end": (OPEN,),
    "card": (BLANK, OPEN),
    "make_card": (BLANK, OPEN),
    "lend": (OPEN,),
    "accept": (OPEN,),
    "code": (OPEN,),
    "uses": (OPEN,),
    "journal": (OPEN,),
    "loans": (OPEN,),
    "loan_back": (OPEN,),
    "set_limit": (OPEN,),
    "time_from_codes": (OPEN,),
    "set_pin": (OPEN,),
    "set_passphrase": (OPEN,),
    "remove_slot": (OPEN,),
    "lock": (OPEN,),
    "firmware": STATES,
    "health": STATES,
    "board_test": (BLANK,),
    "update": (BLANK, OPEN),
    "update_data": (BLANK, OPEN),
    "update_try": (BLANK, OPEN),
    "update_keep": STATES,
    "set_locking": (OPEN,),
    "export": (OPEN,),
    "backup": (OPEN,),
    "clone_key": (BLANK, OPEN),
    "clone_send": (OPEN,),
    "clone_receive": (BLANK, OPEN),
}
#: The class of consent that each wants, all others none. Written down a second time, too.
CLASSES = {
    **dict.fromkeys(("code",), USE),
    **dict.fromkeys(("set_limit", "add", "batch", "rename", "move", "choose"), CHANGE),
    **dict.fromkeys(("recipe", "remove", "set_typing", "sample", "clone_receive"), CHANGE),
    **dict.fromkeys(("accept", "loan_back"), CHANGE),
    **dict.fromkeys(("set_time", "time_from_codes", "init", "set_pin", "set_passphrase"), ACCESS),
    **dict.fromkeys(("remove_slot", "unlock_pin", "unlock_passphrase", "set_locking", "set_end"), ACCESS),
    "make_card": ACCESS,
    **dict.fromkeys(("export", "clone_send", "lend", "update", "wipe"), EVERYTHING),
}
#: Which of them want it at every time, or at least for what is asked here.
TOUCHED = set(CLASSES) - {"set_time", "add", "init", "clone_send", "clone_receive", "accept", "loan_back"}
#: What is answered where that is not "ok": this key has no second slot, nobody has agreed to a change of its
#: time, no other key to a clone, and it has no card.
ANSWERS = {
    "update": BAD_UPDATE,
    "update_data": BAD_UPDATE,
    "update_try": BAD_UPDATE,
    "clock_change": OUT_OF_RANGE,
    "clone_send": NOT_ALLOWED,
    "clone_receive": NOT_ALLOWED,
    "element": NO_ELEMENT,
    "card": NOT_FOUND,
    "accept": NOT_FOUND,
    "loan_back": NOT_FOUND,
}
#: After these the key restarts, in its everyday face or in its test face.
RESTARTS = ("done", "board_test")
#: What state a command leaves, where that is another one.
LEADS_TO = {
    ("add", BLANK): OPEN,
    ("batch", BLANK): OPEN,
    ("make_card", BLANK): OPEN,
    ("init", BLANK): OPEN,
    ("unlock_pin", LOCKED): OPEN,
    ("unlock_passphrase", LOCKED): OPEN,
    ("unlock_passphrase", BLOCKED): OPEN,
    ("lock", OPEN): LOCKED,
    **{("wipe", state): BLANK for state in STATES},
}


@cache
def holding(state: str) -> Snapshot:
    """What a key with an account and two locks holds that comes up in that state, or can be opened to be."""
    desk = Desk(SIMULATOR.make())
    with desk.first_set_up() as client:
        if state != BLANK:
            client.add(AMAZON)
            set_passphrase(client, DERIVED)
            client.set_pin(PIN)
    # All pages are sealed under the data key of the last lock then.
    desk.key.run(3)
    if state == BLOCKED:
        use_tries(desk)
    desk.key.unplug()
    return Snapshot.of(desk.key)


class Walker:
    """Sends requests to a key in one state; `start` brings it back there from wherever they led."""

    def __init__(self, kind: Kind, state: str) -> None:
        self.state = state
        self._account = "00000000"
        self._kind, self._snapshot = kind, kind.transplant(holding(state))
        self.start()

    def start(self) -> None:
        self.desk = desk = Desk(self._kind.make(self._snapshot))
        desk.plug_in()
        if self.state != BLANK:
            desk.hold_for_setup()
        if self.state == OPEN:
            with desk.client() as client:
                client.unlock_pin(PIN)
                self._account = client.list()[0].account
        assert self.reached() == self.state

    def reached(self) -> str:
        """In which state the key is now."""
        with self.desk.client() as client:
            return client.hello().state

    def ask(self, name: str, touch: bool) -> list[str]:
        """Send a request that is right in every respect but perhaps the state: what comes back, in order.

        "touch" stands for the notice that a press or hold is waited for; then its result comes only if
        `touch` says so.
        """
        came: list[str] = []

        def asked(told: Touch) -> None:
            if told.begins:
                came.append("touch")
                if not touch:
                    raise _Left
                self.desk.obey(told)

        with self.desk.client(asked) as client:
            try:
                if name == "session":
                    client.begin_session()
                else:
                    client._ask(name, 30.0, **self._arguments(name))
                came.append("ok")
            except KeyRefused as refusal:
                came.append(refusal.code)
            except _Left:
                pass
        # So that the key sees the port closed before somebody opens it again.
        self.desk.key.run(0.05)
        return came

    def _arguments(self, name: str) -> dict[str, str | int]:
        now = round(self.desk.key.true_time)
        own: dict[str, dict[str, str | int]] = {
            # What a program may do by itself.
            "set_time": {"time": now},
            "add": {"recipe": ""},
            "init": {"export": 1},
            "time_from_codes": {"first": self._code(0), "second": self._code(1), "near": now},
            "unlock_pin": {"pin": PIN},
            "unlock_passphrase": {"derived": DERIVED.hex()},
        }
        return request(BY_NAME[name], self._account, now) | own.get(name, {})

    def _code(self, steps: int) -> str:
        """What another authenticator shows now, or so many steps later."""
        return codes.totp(AMAZON.secret, int(self.desk.key.true_time) + AMAZON.period * steps)


class _Left(Exception):
    """The program goes away without waiting for a touch."""


def test_the_table_has_a_row_for_every_command_and_says_what_the_definition_says() -> None:
    assert {command.name: set(command.states) for command in COMMANDS} == {
        name: set(states) for name, states in ALLOWED.items()
    }
    assert {command.name: command.consent for command in COMMANDS if command.consent != NEVER} == CLASSES


@pytest.mark.parametrize("state", sampled(STATES, {"blank", "locked"}))
def test_a_key_does_what_its_state_allows_and_refuses_the_rest(state: str) -> None:
    walker = Walker(SIMULATOR, state)
    refused = [command.name for command in COMMANDS if state not in ALLOWED[command.name]]
    erases = walker.desk.key.flash_use.erases
    for name in refused:
        assert walker.ask(name, touch=True) == [NOT_ALLOWED], name
    assert walker.reached() == state
    assert walker.desk.key.flash_use.erases == erases
    for command in COMMANDS:
        if state in ALLOWED[command.name]:
            answer = ANSWERS.get(command.name, "ok")
            expected = ["touch", answer] if command.name in TOUCHED else [answer]
            assert walker.ask(command.name, touch=True) == expected, command.name
            if command.name in RESTARTS:
                walker.desk.await_face(serial=command.name != "done")
            else:
                assert walker.reached() == LEADS_TO.get((command.name, state), state), command.name
            walker.desk.key.unplug()
            walker.start()


@pytest.mark.quick
@pytest.mark.chip
@pytest.mark.parametrize("state", sampled(STATES, {"blank"}))
def test_the_chip_asks_for_a_touch_or_refuses_as_the_table_says(image: Path, state: str) -> None:
    """No request gets its touch; those that would change the state without one are left out."""
    if "raspberry_pi_pico" not in image.name:
        pytest.skip("no image of the Raspberry Pi Pico")
    walker = Walker(Chip(image), state)
    waited_for = 0
    for command in COMMANDS:
        if state not in ALLOWED[command.name]:
            expected = [NOT_ALLOWED]
        elif command.name in TOUCHED:
            expected = ["touch"]
            waited_for += 1
            if waited_for % 5 == 0:
                # No gesture is given twice in two minutes, and there are nine of two counts.
                walker.desk.key.unplug()
                walker.start()
        elif command.name in RESTARTS or (command.name, state) in LEADS_TO:
            continue
        else:
            expected = [ANSWERS.get(command.name, "ok")]
        assert walker.ask(command.name, touch=False) == expected, command.name
    assert walker.reached() == state
