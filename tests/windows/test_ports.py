"""COM ports: those above COM9, one that vanishes, one in use, none at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.windows import wine
from tests.windows.conftest import MakeWindowsDesk, WindowsDesk

pytestmark = pytest.mark.windows


@pytest.mark.parametrize("number", [3, 9, 10, 200])
def test_any_number(make_desk: MakeWindowsDesk, number: int) -> None:
    told = make_desk(number=number).run("info")
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


def test_a_port_that_another_program_uses(desk: WindowsDesk) -> None:
    holds = (
        "import serial, sys; port = serial.Serial(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    console = wine.Console(wine.program("-c", holds, desk.port.name))
    assert console.wait_for(lambda text: "held" in text), console.text
    refused = desk.run("info")
    console.type("\x1a\r")
    assert console.end() == 0
    assert refused.code == 1
    assert f"Another program is using {desk.port.name}." in refused.err
    assert desk.run("info").code == 0


def test_a_key_that_is_pulled_out_while_it_waits(desk: WindowsDesk) -> None:
    account = desk.add("Shop:店")

    def pull_out() -> None:
        desk.key.unplug()

    gone = desk.run("remove", "--force", account, when_asked=pull_out)
    assert gone.code == 1
    assert f"The key on {desk.port.name} went away." in gone.err


def test_the_clock_is_set_within_a_moment(make_desk: MakeWindowsDesk) -> None:
    desk = make_desk(clock_set=False)
    assert desk.run("time", "sync", when_asked=desk.hold_down).code == 0
    with desk.bridge.lock:
        off = desk.key.clock.unix_time - desk.key.true_time
    assert abs(off) < 0.1


def test_two_commands_at_once_take_turns(desk: WindowsDesk) -> None:
    with ThreadPoolExecutor(2) as people:
        ended = list(people.map(lambda _: desk.run("info"), range(2)))
    assert {result.code for result in ended} <= {0, 1}
    assert any(result.code == 0 for result in ended)
    assert all("using" in result.err for result in ended if result.code)
