"""What the key shows of itself on USB, and how it changes its face."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, AUDIO, CDC, CDC_DATA, HID, MASS_STORAGE, Desk
from tests.support.keys import simulated
from tests.support.records import tag
from tests.typing.bench import sit_down
from totpkey.cli.simulation.drill import DirectTransport
from totpkey_protocol import limits


@pytest.mark.quick
def test_a_blank_key_starts_in_setup(desk: Desk) -> None:
    desk.plug_in()
    assert sorted(desk.classes()) == sorted([CDC, CDC_DATA, HID])
    with desk.client() as client:
        hello = client.hello()
    assert (hello.state, hello.accounts, hello.face) == ("blank", 0, "setup")
    assert hello.board == desk.key.board
    enumeration = desk.key.usb.enumeration
    assert enumeration is not None
    assert enumeration.serial_number.lower() == hello.key


@pytest.mark.quick
def test_the_everyday_key_is_a_keyboard_and_nothing_else(desk: Desk) -> None:
    desk.provision(AMAZON)
    assert desk.classes() == [HID]
    desk.replug()
    assert desk.classes() == [HID]
    enumeration = desk.key.usb.enumeration
    assert enumeration is not None
    assert (enumeration.manufacturer, enumeration.product) == ("totpkey project", "totpkey")


@pytest.mark.quick
def test_setup_is_entered_by_a_long_hold_and_left_by_unplugging(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.hold_for_setup()
    assert CDC in desk.classes()
    assert not {MASS_STORAGE, AUDIO} & set(desk.classes())
    with desk.client() as client:
        assert [account.name for account in client.list()] == ["Amazon:shop"]
    desk.replug()
    assert desk.classes() == [HID]


def test_setup_is_entered_though_a_code_falls_due_while_the_button_is_held(desk: Desk) -> None:
    # A computer that tells nothing of its lock keys: the key asks for them for more than a second.
    sit_down(desk, num_lock=False, answers=False)
    desk.provision(AMAZON)
    left = AMAZON.period - desk.key.true_time % AMAZON.period
    desk.key.run((left - 2.1) % AMAZON.period)
    desk.hold_for_setup()
    assert CDC in desk.classes()


def test_the_last_reply_arrives_before_the_port_goes(desk: Desk) -> None:
    desk.plug_in()
    transport = DirectTransport(desk.key)
    session, done = bytes(32), b'{"id":2,"command":"done"}'
    transport.write(b'{"id":1,"command":"session","key":"%s"}\n' % session.hex().encode())
    transport.write(done + tag(session, done) + b"\n")
    received = b""
    answer = b'{"id":2,"ok":{}}'
    for _ in range(10):
        if not received.endswith(tag(session, answer) + b"\n"):
            received += transport.read(1.0)
    assert received.endswith(answer + tag(session, answer) + b"\n")
    desk.await_face(serial=False)


@pytest.mark.simulator_only(reason="it runs for ten minutes")
def test_setup_ends_by_itself(desk: Desk) -> None:
    desk.provision(AMAZON)
    desk.hold_for_setup()
    desk.key.run(limits.SETUP_IDLE - 30)
    assert CDC in desk.classes()
    desk.key.run(35)
    desk.await_face(serial=False)
    assert desk.classes() == [HID]


def test_a_blank_key_that_was_left_for_hours_stays_in_setup_when_it_gets_an_account() -> None:
    desk = simulated(dozes=True)
    desk.plug_in()
    desk.key.run(3 * limits.SETUP_UNTOUCHED)
    with desk.client() as client:
        client.add(AMAZON)
        desk.key.run(limits.SETUP_IDLE - 30)
        assert client.hello().accounts == 1
    desk.key.run(limits.SETUP_IDLE + 30)
    assert desk.classes() == [HID]
    desk.key.unplug()
