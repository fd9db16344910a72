"""COM ports: those above COM9, one that vanishes, none at all.

One in use is not among them: Wine lets several programs open it, and Windows does not.
"""

from __future__ import annotations

import pytest

from tests.support.terminal import CommandDesk, MakeDesk
from tests.windows import wine

pytestmark = pytest.mark.windows


@pytest.mark.parametrize("number", [3, 9, 10, 200])
def test_any_number(make_desk: MakeDesk, number: int) -> None:
    told = make_desk(port=f"COM{number}").run("info")
    assert told.code == 0, told.err
    assert "0001020304050607" in told.out


def test_no_such_port(windows: None) -> None:
    refused = wine.run(*wine.COMMAND, "--port", "COM250", "info")
    assert refused.code == 3
    assert b"There is no serial port COM250." in refused.err


def test_no_key_in_setup(windows: None) -> None:
    refused = wine.run(*wine.COMMAND, "info")
    assert refused.code == 3
    assert b"No key in setup was found." in refused.err


def test_a_key_that_is_pulled_out_while_it_waits(desk: CommandDesk) -> None:
    account = desk.add("Shop:店")

    def pull_out() -> None:
        desk.key.unplug()

    gone = desk.run("remove", "--force", account, when_asked=pull_out)
    assert gone.code == 1
    assert f"The key on {desk.port} went away." in gone.err
