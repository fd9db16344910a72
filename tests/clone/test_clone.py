"""A key's part in a clone, from docs/reference/protocol-reference.md, and its curve, X25519.

Another library plays the other key, and computes the curve; so does RFC 7748.
"""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clone.other_key import CLONE, LOW_ORDER, Other, record
from tests.support.desk import AMAZON, GITHUB, Desk, refused
from tests.support.keys import MakeKey
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.install.drive import drive_folder
from totpkey.link.replies import Card
from totpkey_firmware.crypto import x25519
from totpkey_protocol import errors, limits
from totpkey_protocol.words import CHANGE, EVERYTHING

CHINESE = Account("公司", "小王", bytes(range(64)), "SHA256", 8, 60, recipe="{code}{ENTER}")
COUNTED = Account("VPN", "me", bytes(range(20)), type="hotp", counter=41)
ACCOUNTS = (AMAZON, GITHUB, CHINESE, COUNTED)


def filled(desk: Desk, *accounts: Account) -> Desk:
    with desk.first_set_up() as client:
        for account in accounts:
            client.add(account)
    return desk


def test_a_key_that_lets_nothing_out_sends_and_lends_nothing_and_asks_nobody(desk: Desk) -> None:
    with desk.noting() as (client, asked):
        client.init(export=False)
        client.set_time(round(desk.key.true_time))
        account = client.add(AMAZON).account
        asked.clear()
        client.clone_key()
        with refused(errors.EXPORT_OFF):
            client.clone_send(Other().public, account)
        with refused(errors.EXPORT_OFF):
            client.lend(account, Card("Anna", Other().public), End(codes=5).pack(), "me")
        assert asked == []


def test_from_one_key_onto_another(make_key: MakeKey) -> None:
    first = filled(Desk(make_key(drive_folder())), *ACCOUNTS)
    second = Desk(make_key(drive_folder()))
    second.plug_in()
    with first.client() as source, second.client() as target:
        target.set_time(round(second.key.true_time))
        peer = target.clone_key(source.clone_key())
        wanted = source.list()
        target.batch(len(wanted))
        for account in wanted:
            target.clone_receive(source.clone_send(peer, account.account))
        got = target.list()
        target.done()
    assert [replace(entry, account="") for entry in got] == [replace(entry, account="") for entry in wanted]
    second.await_face(serial=False)
    # Five seconds after its start the key seals what came, and refuses a press within that.
    second.key.run(6)
    # Several accounts: the first is the chosen one.
    second.expect_code(AMAZON)


def test_what_is_sent_opens_by_its_description_alone(desk: Desk) -> None:
    filled(desk, AMAZON, CHINESE)
    other = Other()
    with desk.noting() as (client, asked):
        public = client.clone_key()
        sealed = [client.clone_send(other.public, entry.account) for entry in client.list()]
    assert asked == [EVERYTHING]
    seals = other.seals(public, sends=False)
    opened = [seals.decrypt(base64.b64decode(text), [CLONE]) for text in sealed]
    # All but the identifier, which is the key's own.
    assert [one[4:] for one in opened] == [record(account)[4:] for account in (AMAZON, CHINESE)]


def test_what_came_sealed_is_chosen_by_a_press_alone(desk: Desk) -> None:
    """The computer never had its secret, so it may not have the button type its codes."""
    filled(desk, GITHUB)
    other = Other()
    with desk.noting() as (client, asked):
        client.clone_receive(other.send(client.clone_key(other.public), record(AMAZON)))
        client.choose(client.list()[1].account)
        assert asked == [CHANGE]
        assert [account.chosen for account in client.list()] == [False, True]


def test_what_is_received_is_checked_as_strictly_as_what_is_added(desk: Desk) -> None:
    desk.plug_in()
    other = Other()
    with desk.client() as client:
        client.set_time(round(desk.key.true_time))
        peer = client.clone_key(other.public)
        good = other.send(peer, record(AMAZON))
        for bad, code in {
            record(replace(AMAZON, label="")): errors.OUT_OF_RANGE,
            record(replace(AMAZON, label="l" * 65)): errors.OUT_OF_RANGE,
            record(replace(AMAZON, issuer="bell\x07")): errors.BAD_VALUE,
            record(replace(AMAZON, secret=b"")): errors.OUT_OF_RANGE,
            record(replace(AMAZON, secret=b"s" * 129)): errors.OUT_OF_RANGE,
            record(AMAZON, digits=9): errors.OUT_OF_RANGE,
            record(replace(AMAZON, period=0)): errors.OUT_OF_RANGE,
            record(replace(AMAZON, recipe="rm -rf /")): errors.BAD_VALUE,
            record(AMAZON)[:20]: errors.BAD_VALUE,
            record(AMAZON)[:-2]: errors.BAD_VALUE,
            b"x": errors.BAD_VALUE,
            b"\xff" * 60: errors.BAD_VALUE,
            b"": errors.BAD_VALUE,
        }.items():
            with refused(code):
                client.clone_receive(other.send(peer, bad))
        with refused(errors.BAD_VALUE):
            client.clone_receive(good[:-8])
        with refused(errors.BAD_VALUE):
            client.clone_receive(Other().send(peer, record(AMAZON)))
        assert client.list() == ()
        assert client.clone_receive(good) == client.list()[0].account
        assert client.hello().state == "open"


def test_a_key_pair_is_for_one_time(desk: Desk) -> None:
    filled(desk, AMAZON)
    other, third = Other(), Other()
    with desk.client() as client:
        account = client.list()[0].account
        with refused(errors.NOT_ALLOWED):
            client.clone_send(other.public, account)
        with refused(errors.NOT_ALLOWED):
            client.clone_receive(other.send(other.public, record(GITHUB)))
        public = client.clone_key()
        client.clone_send(other.public, account)
        with refused(errors.NOT_ALLOWED):
            client.clone_send(third.public, account)
        # The key that sends takes nothing, not even its own words played back to it.
        sealed = client.clone_send(other.public, account)
        with refused(errors.NOT_ALLOWED):
            client.clone_receive(sealed)
        assert client.clone_key() != public
    desk.key.run(0.1)
    with desk.client() as client, refused(errors.NOT_ALLOWED):
        client.clone_send(other.public, account)


@pytest.mark.parametrize("point", LOW_ORDER, ids=["zero", "one", "order 8"])
def test_a_point_that_gives_the_secret_away_is_refused(desk: Desk, point: bytes) -> None:
    filled(desk, AMAZON)
    with desk.client() as client:
        with refused(errors.BAD_VALUE):
            client.clone_key(point)
        with refused(errors.OUT_OF_RANGE):
            client.clone_key(point[:16])
        client.clone_key()
        with refused(errors.BAD_VALUE):
            client.clone_send(point, client.list()[0].account)


def test_the_longest_account_can_leave_and_come(make_key: MakeKey) -> None:
    """Names of 64 characters of four bytes, a secret of 128 bytes, the longest recipe: each fits a frame."""
    faces = "\N{GRINNING FACE}" * limits.NAME
    recipe = "{code}" + "{TAB}" * 11
    first, second = Desk(make_key(drive_folder())), Desk(make_key(drive_folder()))
    filled(first, Account("x", "y", bytes(range(128))))
    second.plug_in()
    with first.client() as source, second.client() as target:
        (account,) = source.list()
        source.rename(account.account, faces, faces)
        source.recipe(account.account, recipe)
        derived = bytes(range(32))
        (sealed,) = source.export(derived)
        opened = AESSIV(HKDFExpand(SHA256(), 64, b"totpkey export").derive(derived)).decrypt(
            sealed, [b"totpkey export"]
        )
        longest = Account(faces, faces, bytes(range(128)), recipe=recipe)
        assert opened[4:] == record(longest)[4:]
        target.set_time(round(second.key.true_time))
        peer = target.clone_key(source.clone_key())
        target.clone_receive(source.clone_send(peer, account.account))
        (copied,) = target.list()
    assert (copied.issuer, copied.label, copied.recipe) == (faces, faces, recipe)


@pytest.mark.slow
def test_rfc_7748_a_thousand_times() -> None:
    """Section 5.2: each product is the next scalar, each scalar the next point."""
    scalar = point = x25519.BASE
    for round_ in range(1000):
        scalar, point = x25519.multiply(scalar, point), scalar
        if round_ == 0:
            assert scalar.hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert scalar.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_agrees_with_an_independent_implementation(scalar: bytes, other: bytes) -> None:
    theirs = X25519PrivateKey.from_private_bytes(scalar)
    peer = X25519PrivateKey.from_private_bytes(other).public_key().public_bytes_raw()
    assert x25519.multiply(scalar, x25519.BASE) == theirs.public_key().public_bytes_raw()
    expected = theirs.exchange(X25519PublicKey.from_public_bytes(peer))
    assert x25519.multiply(scalar, peer) == expected
    calls: list[None] = []
    assert x25519.multiply(scalar, peer, lambda: calls.append(None)) == expected
    assert len(calls) >= 32
