"""The protection against programs costs the owner no additional touches (docs/concepts/consent.md)."""

from __future__ import annotations

import pytest

from tests.attacks.stage import PIN, Message, Stage, done, waits
from tests.support.desk import AMAZON

FIVE = [f"shop{number}" for number in range(5)]


class Counted:
    """The owner, who gives the key each touch that it asks for, and counts them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.touches = 0

    def ask(self, name: str, /, **fields: str | int) -> Message:
        port = self._stage.port
        message = port.ask(name, **fields)
        if waits(message):
            self.touches += 1
            port.pulse()
            message = self._stage.agree(name, **fields)
        done(message)
        return message


@pytest.mark.parametrize(
    ("lock", "touches"),
    [
        pytest.param(False, 0, marks=pytest.mark.simulator_only(reason="one with a lock runs on the chip")),
        (True, 1),
    ],
)
def test_five_accounts_one_by_one_as_the_page_and_enroll_add_them(
    stage: Stage, lock: bool, touches: int
) -> None:
    """Each is typed once into its site's page, in setup; that is a press of its own."""
    owner = Counted(stage)
    stage.port.open()
    owner.ask("set_time", time=round(stage.key.true_time), within=60)
    owner.ask("init", export=1)
    if lock:
        owner.ask("set_pin", pin=PIN)
    typed = []
    for label in FIVE:
        given: dict[str, str | int] = {"label": label, "secret": AMAZON.secret.hex(), "proof": 0}
        account = done(owner.ask("add", **given))["account"]
        owner.ask("choose", account=str(account))
        # Each at a time of its own, as sites are enrolled one after the other.
        stage.key.run(31)
        stage.desk.away_from_the_boundary(AMAZON)
        typed.append(stage.desk.press() == stage.desk.code(AMAZON))
    owner.ask("done")
    assert typed == [True] * len(FIVE)
    assert owner.touches == touches


def test_five_accounts_at_once_as_import_and_restore_add_them(stage: Stage) -> None:
    owner = Counted(stage)
    stage.port.open()
    owner.ask("set_time", time=round(stage.key.true_time), within=60)
    owner.ask("batch", count=len(FIVE))
    for label in FIVE:
        done(stage.add(label=label))
    assert owner.touches == 1
