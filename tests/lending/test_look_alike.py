"""A borrower hands back a key that only looks like the one that was lent, and relays what its owner sends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.desk import AMAZON, GITHUB, Desk, phrase
from totpkey.accounts.ends import End, unpack
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.locks.passphrase import proof_of
from totpkey_protocol import errors, limits

pytestmark = pytest.mark.simulator_only(reason="a sample of lending runs on the chip")

ONE, FIVE, SIX = End(codes=1).pack(), End(codes=5).pack(), End(codes=6).pack()
NONE = {"salt": "", "challenge": "00" * limits.CHALLENGE}


class Fooled(KeyClient):
    """The owner's command at the look-alike."""

    def __init__(self, told: dict[str, Any]) -> None:
        """`told`: what the look-alike answers to `owner`."""
        self._told = told
        self.sent: dict[str, Any] = {}

    def _ask(self, name: str, answer_wait: float = 0, /, **arguments: Any) -> dict[str, Any]:
        self.sent = arguments
        return self._told


class Borrower:
    """Has the real key, and the button. The verifiers of its two accounts happen to be the same."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.client = desk.client()
        self.client.set_time(round(desk.key.true_time))
        self.accounts = [self.client.add(account).account for account in (AMAZON, GITHUB)]
        self.client.set_end(self.accounts[0], ONE, phrase)
        derived = phrase(bytes.fromhex(self.client._ask("owner", account=self.accounts[0])["salt"]))
        self.client.set_end(self.accounts[1], ONE, lambda salt: derived)

    def again(self) -> None:
        """Begin another session."""
        self.client.close()
        self.client = self._desk.client()

    def hears(self, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the owner sends to renew the first account's end, told this, or what the real key tells."""
        account = self.accounts[0]
        owner = Fooled(told or self.client._ask("owner", account=account))
        owner.set_end(account, FIVE, phrase)
        return owner.sent

    def tries(self, **fields: Any) -> str:
        """Why the key refuses that, "" if it does not."""
        try:
            self.client._ask("set_end", **fields)
        except KeyRefused as refused:
            return refused.code
        return ""

    @property
    def ends(self) -> list[End | None]:
        return [unpack(entry.end) for entry in self.client.list()]


@pytest.fixture
def borrower(desk: Desk) -> Borrower:
    desk.plug_in()
    return Borrower(desk)


def test_what_the_owner_sends_makes_one_change_once(borrower: Borrower) -> None:
    first, second = borrower.accounts
    for other in ({"end": SIX}, {"end": b""}, {"account": second}):
        assert borrower.tries(**{**borrower.hears(), **other}) == errors.WRONG_PASSPHRASE
        assert borrower.ends == [End(codes=1)] * 2
    sent = borrower.hears()
    assert borrower.tries(**sent) == ""
    assert borrower.tries(**sent) == errors.BAD_VALUE, "without a challenge"
    borrower.client._ask("owner", account=first)
    assert borrower.tries(**sent) == errors.WRONG_PASSPHRASE, "for another challenge"
    assert borrower.ends == [End(codes=5), End(codes=1)]


def test_no_session_has_the_challenge_of_another(borrower: Borrower) -> None:
    sent = borrower.hears()
    borrower.again()
    assert borrower.tries(**sent) == errors.BAD_VALUE
    borrower.client._ask("owner", account=sent["account"])
    assert borrower.tries(**sent) == errors.WRONG_PASSPHRASE


def test_an_owner_who_is_told_that_there_was_no_end_gives_nothing_away(borrower: Borrower) -> None:
    """The computer draws the salt of a first end, so the verifier that it sends is of no other end."""
    sent = borrower.hears(NONE)
    assert borrower.tries(**sent) == errors.BAD_VALUE
    told = borrower.client._ask("owner", account=sent["account"])
    proof = proof_of(sent["verifier"], bytes.fromhex(told["challenge"]), sent["account"], b"")
    assert borrower.tries(account=sent["account"], end=b"", proof=proof) == errors.WRONG_PASSPHRASE
    assert borrower.ends == [End(codes=1)] * 2
