"""A program that has the key's port beside the page can interrupt the owner, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.page.desk import PageDesk
from tests.page.seller import Seller
from tests.support.records import message, tag

_KEY = bytes(range(32))
_DERIVED = "853f65617803a6e1f7a7de7ec596fb1fd2212077235246775124c4fca4be3772"


class Program:
    """It hears what the key says, keeps some of that from the page, and writes what it likes."""

    def __init__(self, desk: PageDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        self._desk = desk
        self._read = desk.key.read_serial
        self._rest = b""
        self._session = b""
        self.heard: list[dict[str, Any]] = []
        #: Whether the page does not get what the key says.
        self.takes: Callable[[dict[str, Any]], bool] = lambda _: False
        monkeypatch.setattr(desk.key, "read_serial", self._hear)

    def _hear(self) -> bytes:
        *lines, self._rest = (self._rest + self._read()).split(b"\n")
        said = [(line, message(line)) for line in lines]
        self.heard += [told for _, told in said]
        return b"".join(line + b"\n" for line, told in said if not self.takes(told))

    def writes(self, data: bytes) -> None:
        with self._desk.bridge.lock:
            self._desk.key.write_serial(data)

    def asks(self, number: int, name: str, **fields: str | int) -> None:
        text = json.dumps({"id": number, "command": name, **fields}).encode()
        self.writes(b"\n" + text + (tag(self._session, text) if self._session else b"") + b"\n")

    def begins(self, number: int) -> None:
        self._session = b""
        self.heard.clear()
        self.asks(number, "session", key=_KEY.hex())
        self._session = _KEY
        self._desk.until(lambda: any("ok" in told for told in self.heard))

    def request(self) -> dict[str, Any]:
        """What the key has told of a touch last: with the id of the request, and the gesture."""
        return [told for told in self.heard if told.get("notice") == "touch"][-1]


@pytest.fixture
def program(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program beside a seller with one account."""
    seller.has_an_account()
    return Program(seller.desk, monkeypatch)


def removes(seller: Seller) -> None:
    seller.opens("shop")
    seller.removes()
    seller.is_asked()


def test_what_it_answers_is_not_done_and_the_owner_is_told(seller: Seller, program: Program) -> None:
    removes(seller)
    number = program.request()["id"]
    program.asks(number, "hello")
    program.writes(b"x\n")
    seller.is_told("problems.stranger")
    told = seller.page.locator("dialog.touch").get_by_text(seller.text("problems.stranger.cause"))
    expect(told).to_be_visible()
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")
    assert seller.accounts() == []
    seller.is_told("problems.stranger")


@pytest.mark.parametrize("taken", [(), ("no_session",)])
def test_the_gesture_of_its_request_is_not_shown(
    taken: tuple[str, ...], seller: Seller, program: Program
) -> None:
    """Not with the owner's id, and not if it takes the answer that ends the owner's request."""
    program.takes = lambda told: told.get("error") in taken
    removes(seller)
    mine = program.request()
    program.begins(mine["id"] - 1)
    program.asks(mine["id"], "export", derived=_DERIVED, start=0)
    seller.desk.until(lambda: any("gesture" in told for told in program.heard))
    assert program.request()["id"] == mine["id"]
    seller.is_told("problems.no_longer_waits" if taken else "errors.no_session")
    if taken:
        seller.is_told("problems.stranger")
    expect(seller.page.locator("dialog")).to_have_count(0)
    # After that the owner's own request has its turn.
    seller.removes()
    seller.is_asked()


def test_half_a_frame_swallows_nothing(seller: Seller, program: Program) -> None:
    seller.opens("shop")
    seller.presses("account.remove")
    program.writes(b'{"id":1,"x":"')
    seller.agrees("account.remove")
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")


def test_a_key_that_says_no_more_is_not_called_erased(seller: Seller, program: Program) -> None:
    """Nor is it said that nothing was done. The computer's time passes faster than it does."""
    seller.presses("home.lock")
    seller.page.clock.install()
    seller.wipes()
    seller.is_asked()
    program.takes = lambda _: True
    seller.desk.agree()
    for _ in range(60):
        seller.page.clock.run_for(1000)
    seller.is_told("problems.outcome_unknown")
