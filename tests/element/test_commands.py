"""What commands report about a secure element: that it is there, in use, or gone."""

from __future__ import annotations

import pytest

from tests.locks.lock_setups import PASSPHRASE, PIN, info, shown
from tests.support.terminal import CommandDesk, MakeDesk, make_desk, world
from totpkey.cli import exits
from totpkey.locks import certificates
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_virtual import secure_element
from totpkey_virtual.secure_element import Memory, SecureElement

__all__ = ["make_desk", "world"]


@pytest.fixture(autouse=True)
def virtual_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust virtual elements as if the maker had made them."""
    monkeypatch.setattr(certificates, "ROOT", secure_element.ROOT)


@pytest.fixture
def desk(make_desk: MakeDesk) -> CommandDesk:
    memory = Memory(PAIRINGS[0][1])
    desk = make_desk(element=lambda now: SecureElement(now, memory))
    desk.add("Amazon:shop")
    return desk


def doctor(desk: CommandDesk) -> dict[str, dict[str, str]]:
    return {finding["name"]: finding for finding in desk.told("doctor")}


def take_into_use(desk: CommandDesk) -> None:
    """Enter the PIN once; then into setup again without it: a hold, and another."""
    assert desk.run("done").code == exits.OK
    desk.replug()
    desk.key.run(2)
    desk.enter_pin(PIN)
    desk.key.run(12)
    desk.key.press(3.3)
    desk.key.run(0.5)
    desk.hold_for_setup()


def test_without_one_nothing_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.add("Amazon:shop")
    assert "element" not in shown(desk)
    assert "element" not in doctor(desk)
    assert "element" not in desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree).err


def test_an_element_is_taken_into_use(desk: CommandDesk) -> None:
    assert shown(desk)["element"].startswith("there, not in use")
    told = desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree).err
    assert "enter the PIN once with its button" in told
    assert "only where it has a passphrase" in " ".join(told.split())
    assert doctor(desk)["element"]["grade"] == "odd"
    desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).ended(exits.OK)
    take_into_use(desk)
    assert info(desk)["slots"]["with_element"]  # type: ignore[index]
    assert shown(desk)["element"] == "counts the PIN's tries"
    assert doctor(desk)["element"]["detail"] == "made by Tropic Square, and counts the PIN's tries"
    desk.run("unlock", "--stdin", stdin=PIN).ended(exits.LOCKED, "with the button")
    element = desk.key.element
    assert element is not None
    element.connected = False
    assert "does not answer" in shown(desk)["element"]
    assert doctor(desk)["element"]["grade"] == "bad"
    desk.run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).ended(exits.OK)


def test_an_element_that_its_maker_does_not_know(desk: CommandDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    finding = doctor(desk)["element"]
    assert finding["grade"] == "bad"
    assert "not by Tropic Square" in finding["detail"]
    done = desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree)
    assert done.code == exits.OK
    assert "not to be trusted" in done.err
    assert "with its button" not in done.err


def test_another_element_than_the_one_that_the_pin_needs(desk: CommandDesk) -> None:
    assert desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.agree).code == exits.OK
    assert desk.run("pin", "set", "--stdin", stdin=PIN, when_asked=desk.agree).code == exits.OK
    take_into_use(desk)
    element = desk.key.element
    assert element is not None
    element.memory = Memory(PAIRINGS[0][1])
    finding = doctor(desk)["element"]
    assert finding["grade"] == "bad"
    assert "not the one" in finding["detail"]
