"""No program can make the key type text of its choice: text beside codes needs a press."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clone.other_key import Other, record
from tests.support.desk import AMAZON, GITHUB, Desk, refused
from tests.support.keys import MakeKey
from tests.typing.typing_setups import LETTERS, US_TABLE
from totpkey.accounts.account import Account
from totpkey.install.drive import drive_folder
from totpkey.keyboard.layouts import layouts
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.link.replies import Typing
from totpkey_protocol import errors
from totpkey_protocol.words import CHANGE, KEYPAD

FORM = "{user}{TAB}{code}{ENTER}"
NAMED = Account("Amazon", "shop@example.com", AMAZON.secret, recipe=FORM)


class _Asked(Exception):
    """The key asked for a press."""


def never(touch: Touch) -> None:
    assert touch.consent == CHANGE
    raise _Asked


def ready(desk: Desk) -> str:
    """A key that can type letters, with one account that types its code alone."""
    with desk.first_set_up() as client:
        account = client.add(AMAZON).account
        client.set_typing(LETTERS, US_TABLE)
    desk.key.run(0.05)
    return account


def test_what_would_type_a_label_wants_a_press_and_the_rest_does_not(desk: Desk) -> None:
    account = ready(desk)
    with desk.client(on_touch=never) as client:
        client.recipe(account, "{SLOW}{code}")
        client.add(GITHUB)
    with desk.client() as client:
        client.rename(account, "Amazon", "rm -rf ~ #")
        client.rename(account, "Amazon", "shop")
        client.set_typing(Typing(KEYPAD, 16, 0, 3, "us"), b"")
        client.set_typing(LETTERS, US_TABLE)
        client.remove(client.list()[1].account)
    desk.key.run(0.05)
    forbidden: tuple[Callable[[KeyClient], object], ...] = (
        lambda client: client.recipe(account, "{user}{ENTER}{code}"),
        lambda client: client.add(NAMED),
        lambda client: client.set_typing(LETTERS, layouts()["fr"].table),
    )
    for ask in forbidden:
        with desk.client(on_touch=never) as client, pytest.raises(_Asked):
            ask(client)
        desk.key.run(0.05)
    with desk.client() as client:
        assert [each.recipe for each in client.list()] == ["{SLOW}{code}"]
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(account, FORM)
    # Gestures that nobody made are not given again for two minutes.
    desk.key.run(121)
    with desk.client(on_touch=never) as client, pytest.raises(_Asked):
        client.rename(account, "Amazon", "rm -rf ~ #")
    desk.key.run(0.05)
    with desk.until_done(desk.client()) as client:
        with refused(errors.CANNOT_TYPE, "recipe"):
            client.rename(account, "Amazon", "商店")
        client.rename(account, "Amazon", "shop@example.com")
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == f"shop@example.com\t{desk.code(AMAZON)}\n"


def test_each_label_that_is_typed_wants_a_press_in_a_batch_too(desk: Desk) -> None:
    ready(desk)
    with desk.noting() as (client, asked):
        client.batch(3)
        client.add(NAMED)
        client.add(GITHUB)
        client.add(NAMED)
        assert [each.recipe for each in client.list()] == ["", FORM, "", FORM]
        assert asked == [CHANGE] * 3


@pytest.mark.parametrize(
    "stroke",
    [b"\x15\x08", b"\x06\x01", b"\x4c\x04", b"\x28\x00", b"\x3b\x00", b"\x59\x00", b"\xe3\x00"],
    ids=["GUI+R", "Ctrl+C", "Alt+Delete", "Enter", "F2", "keypad", "a modifier"],
)
def test_a_layout_has_keys_of_characters_alone(desk: Desk, stroke: bytes) -> None:
    ready(desk)
    table = US_TABLE[:-2] + stroke
    with desk.client(on_touch=never) as client, refused(errors.BAD_VALUE, "table"):
        client.set_typing(LETTERS, table)
    desk.key.run(0.05)
    with desk.client() as client, refused(errors.BAD_VALUE, "table"):
        client.sample("digits", KEYPAD, table=table)


def test_an_account_from_another_key_that_types_its_label_wants_a_press(make_key: MakeKey) -> None:
    desk = Desk(make_key(drive_folder()))
    ready(desk)
    other = Other()
    with desk.noting() as (client, asked):
        peer = client.clone_key(other.public)
        client.clone_receive(other.send(peer, record(GITHUB)))
        assert asked == []
        for _ in range(2):
            client.clone_receive(other.send(peer, record(NAMED)))
        assert asked == [CHANGE] * 2
        assert [each.recipe for each in client.list()] == ["", "", FORM, FORM]
