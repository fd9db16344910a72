"""The book of loans and the card: their pages in flash, odd ones too, their texts, and what the key tells.

Of the text of a card and of a file, what was written comes back, and no damage goes unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flash import attacker
from tests.flash.attacker import Loan
from tests.lending.conftest import FIVE, Keys, on_simulator, refusal
from tests.lending.envelope import Borrower
from tests.support.desk import AMAZON, DERIVED, GITHUB
from tests.vault.bench import account, fresh, start
from tests.vault.conftest import empty_vault, path, vault
from totpkey import lending
from totpkey.accounts.ends import End
from totpkey.errors import Unreadable
from totpkey.link.replies import Card, LoansReply
from totpkey_firmware.store.format import CARD, LOANS
from totpkey_firmware.vault import card as cards
from totpkey_firmware.vault.loans import Loans
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol import errors, limits
from totpkey_protocol import lending as protocol
from totpkey_protocol.errors import Refusal
from totpkey_protocol.record import STORED_END_SIZE
from totpkey_protocol.words import CHANGE, EVERYTHING, LOCKED

__all__ = ["empty_vault", "path", "vault"]

#: What a page takes, without its seal.
MOST = 4064
#: Most are long, so that the page fills.
names = st.integers(20, limits.LENDER).map("\N{GRINNING FACE}".__mul__) | st.text(
    st.characters(codec="utf-8", categories=["L"]), max_size=limits.LENDER
)
ends = st.builds(End, until=st.integers(0, 90), codes=st.none() | st.integers(1, 9))
#: An account, a card, an end and a name; or the number of a loan that was taken back.
steps = st.tuples(st.integers(0, 1), st.integers(0, 1), ends, names) | st.integers(1, 60)


def on_flash(flash: bytes) -> tuple[int, int, list[Loan]]:
    """The only book in a dump."""
    (data_key,) = attacker.data_keys(flash)
    (found,) = attacker.books(flash, data_key)
    return found


def room_for(loan: Loan, loans: list[Loan], now: int) -> list[Loan] | None:
    """The loans that stay when this one comes: the oldest that are over make room. None if it has none."""
    while 6 + sum(37 + len(each.name.encode()) for each in [*loans, loan]) > MOST:
        over = [each for each in loans if each.back or 0 < int.from_bytes(each.end[:4], "little") <= now]
        if not over:
            return None
        loans = [each for each in loans if each is not over[0]]
    return loans


@settings(max_examples=20, deadline=None)
@given(st.lists(steps, min_size=70, max_size=120))
def test_the_page_is_what_the_document_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, End, str] | int]
) -> None:
    file = fresh(tmp_path_factory.mktemp("book"))
    vault = start(file)
    vault.create()
    expected: list[Loan] = []
    count = 0
    for now, step in enumerate(steps, 1):
        opened = Loans(vault.changes)
        if isinstance(step, int):
            whose = next(((one.account, one.card) for one in expected if one.number == step), None)
            with pytest.raises(Refusal, match=errors.NOT_FOUND) if whose is None else nullcontext():
                opened.note_back(step, now)
            expected = [
                replace(one, back=one.back or now) if (one.account, one.card) == whose else one
                for one in expected
            ]
            continue
        account, card, end, name = step
        mark = hashlib.sha256(bytes((card,)) * 32).digest()[:8]
        loan = Loan(count + 1, account, mark, now, end.pack(), 0, name)
        stays = room_for(loan, expected, now)
        with pytest.raises(Refusal, match=errors.FULL) if stays is None else nullcontext():
            opened.add(account, bytes((card,)) * 32, end.pack(), name, now, True)
            expected, count = [*(stays or ()), loan], count + 1
    if count:
        assert on_flash(Path(file).read_bytes()) == (0, count, expected)
        again, room, told, at = Loans(start(file).changes), bytearray(907), b"", 0
        while at < len(expected):
            length, after, total = again.read_into(room, at)
            assert (length > 0, total) == (True, len(expected))
            told, at = told + room[:length], after
        read = lending.read_book(LoansReply(False, count, told)).loans
        assert [(one.number, one.back, one.receiver) for one in read] == [
            (one.number, one.back, one.name) for one in expected
        ]


@pytest.mark.parametrize(
    "odd", [b"\1", b"\2" + bytes(5), b"\1" + bytes(6), b"\1\0\1\0\0\0" + bytes(36) + b"\xff"], ids=len
)
@pytest.mark.parametrize("sealed", [False, True])
def test_a_book_that_cannot_be_read_begins_anew_and_says_so(
    path: str, empty_vault: Vault, odd: bytes, sealed: bool
) -> None:
    if sealed:
        page = empty_vault.changes.new_page()
        page += odd
        empty_vault.changes.write_page(LOANS)
    else:
        empty_vault.pool.write(LOANS, odd)
    found = Loans(start(path).changes)
    assert (found.lost, found.count) == (1, 0)
    found.add(1, bytes(32), FIVE, "Anna", 1, True)
    assert on_flash(Path(path).read_bytes())[:2] == (1, 1)


def test_what_is_lent_and_taken_back_is_in_the_book(keys: Keys) -> None:
    owner, anna = keys(AMAZON, GITHUB), Borrower()
    client, (amazon, github) = owner.client, owner.accounts
    assert client.loans() == LoansReply(False, 0, b"")
    until = End(until=round(owner.desk.key.true_time) + 90).pack()
    for place, end in ((0, FIVE), (1, FIVE), (0, until)):
        owner.lend(anna.card, end, place)
    assert owner.asked == [EVERYTHING] * 3
    assert refusal(client.loan_back, 4) == (errors.NOT_FOUND, "loan")
    client.loan_back(1)
    client.loan_back(1)
    client.move(amazon, 1)
    assert owner.asked == [EVERYTHING] * 3 + [CHANGE]
    found = lending.read_book(client.loans())
    assert [(loan.number, loan.account, loan.receiver, loan.back > 0) for loan in found.loans] == [
        (1, amazon, "Anna", True),
        (2, github, "Anna", False),
        (3, amazon, "Anna", True),
    ]
    assert (found.lost, found.gone, {loan.card for loan in found.loans}) == (
        False,
        0,
        {hashlib.sha256(anna.public).hexdigest()[:16]},
    )
    assert found.loans[2].end.pack() == until
    now = owner.desk.key.true_time
    assert all(abs(loan.lent - now) < 60 for loan in found.loans)
    client.remove(amazon)
    assert lending.read_book(client.loans()) == found


@on_simulator
def test_a_full_book_of_running_loans_asks_nobody(keys: Keys) -> None:
    owner, card = keys(AMAZON), Card("\N{GRINNING FACE}" * limits.LENDER, Borrower().public)
    for _ in range(24):
        owner.lend(card)
    owner.asked.clear()
    before = owner.client.loans()
    assert refusal(owner.lend, card) == (errors.FULL, "loans")
    assert (owner.asked, owner.client.loans()) == ([], before)
    owner.client.loan_back(9)
    owner.lend(card)
    found = lending.read_book(owner.client.loans())
    assert ([loan.number for loan in found.loans], found.gone) == ([*range(2, 26)], 1)


@on_simulator
def test_nothing_is_lent_to_nobody(keys: Keys) -> None:
    owner, card = keys(AMAZON), Borrower().card
    for name, code in (("", errors.OUT_OF_RANGE), ("\x1b[2J", errors.BAD_VALUE)):
        assert refusal(owner.lend, replace(card, name=name)) == (code, "receiver")
    assert owner.client.loans().count == 0


@on_simulator
def test_a_locked_key_tells_nothing_and_an_older_dump_opens_no_newer_book(keys: Keys) -> None:
    owner = keys(AMAZON)
    owner.lend(Borrower().card)
    older = bytes(owner.desk.key.flash)
    (old_key,) = attacker.data_keys(older)
    client = owner.client
    client.set_passphrase(DERIVED, bytes(16), 65536, 3, 4)
    owner.desk.key.run(8)
    flash, told = bytes(owner.desk.key.flash), client.loans()
    (new_key,) = attacker.data_keys(flash, derived=DERIVED)
    assert (attacker.books(flash, old_key), len(attacker.books(flash, new_key))) == ([], 1)
    client.lock()
    assert client.hello().state == LOCKED
    for ask in (client.loans, lambda: client.loan_back(1)):
        assert refusal(ask)[0] == errors.NOT_ALLOWED
    client.unlock_passphrase(DERIVED)
    assert client.loans() == told
    client.wipe()
    assert attacker.books(bytes(owner.desk.key.flash), new_key) == []
    client.init()
    assert client.loans().count == 0


PRIVATE, PUBLIC = bytes(range(32)), bytes(range(32, 64))
LAST = 0xFFFFFFFF


def make(vault: Vault, name: bytes = b"Anna") -> None:
    cards.make(vault, name, bytearray(PRIVATE), PUBLIC)


def borrow(vault: Vault) -> bytes:
    """Put a borrowed account onto the list, as the command does. Return its mark."""
    one = account(77)
    one.end = bytes(16) + b"made".ljust(STORED_END_SIZE - 16, b"\0") + b"Otto"
    cards.Card(vault.changes).note(cards.mark_of(one), 0, 77)
    vault.changes.add(one)
    return cards.mark_of(one)


def test_an_account_of_the_keys_own_leaves_nothing(vault: Vault) -> None:
    make(vault)
    before = vault.pool.sequence(CARD)
    vault.remove(0)
    assert vault.pool.sequence(CARD) == before


def test_what_flash_has_lost_comes_back_by_no_file(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    make(vault)
    mark = borrow(vault)

    def lost(index: int) -> None:
        raise Refusal(errors.STORAGE)

    card = cards.Card(vault.changes)
    assert (card.borrowed(bytes(8)), card.borrowed(mark)) == ((0, 0), (0, 77))
    monkeypatch.setattr(vault, "account", lost)
    vault.remove(vault.index(77))
    assert cards.Card(vault.changes).borrowed(mark) == (LAST, 77)


@pytest.mark.parametrize("odd", [b"", b"\2" + bytes(80), b"\1\xff" + bytes(80), b"\1"], ids=len)
def test_an_odd_page_is_no_card_and_keeps_nobody_from_the_rest(path: str, vault: Vault, odd: bytes) -> None:
    make(vault)
    borrow(vault)
    page = vault.changes.open_page(CARD)
    page[:] = odd
    vault.changes.write_page(CARD)
    again = start(path)
    with pytest.raises(Refusal):
        cards.Card(again.changes)
    again.remove(again.index(77))
    make(again, b"Ben")
    assert cards.Card(again.changes).name == "Ben"


def test_a_page_that_opens_under_no_key_is_replaced(path: str, vault: Vault) -> None:
    make(vault)
    vault.pool.write(CARD, bytes(100))
    again = start(path)
    with pytest.raises(Refusal):
        cards.Card(again.changes)
    again.finish_sealing()
    make(again, b"Ben")
    assert cards.Card(start(path).changes).name == "Ben"


def test_an_old_card_is_blanked(path: str, vault: Vault) -> None:
    make(vault)
    vault.pool.tidy()
    before = vault.pool.sequence(CARD)
    make(vault, b"Ben")
    whole = vault.pool.sequence(CARD)
    assert whole > before
    with open(path, "rb") as file:
        content = file.read()
    heads = [content[at : at + 12] for at in range(4096, len(content), 8192)]
    assert sum(head[:5] == b"TPK3" + bytes([CARD]) for head in heads) == 1


POINTS = st.binary(min_size=limits.POINT, max_size=limits.POINT)
NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), min_size=1, max_size=limits.LENDER
)
CARDS = st.builds(Card, NAMES, POINTS)
FILES = st.builds(
    lending.File, POINTS, st.binary(min_size=protocol.SEALED_LEAST, max_size=protocol.SEALED_LEAST + 800)
)
ANNA = Card("Anna", bytes(range(32)))


def test_a_card_as_it_is_written() -> None:
    checksum = hashlib.sha256(ANNA.public + b"Anna").digest()[:4]
    assert checksum.hex() == "a0cce31f"
    assert lending.write_card(ANNA) == "totpkey-card:1:Anna:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-gzOMf"
    assert lending.write_card(Card("小王 A:B", bytes(32))).startswith(
        "totpkey-card:1:%E5%B0%8F%E7%8E%8B%20A%3AB:AAAA"
    )


def test_the_digits_of_a_card() -> None:
    """Written a second time from docs/concepts/lend-file.md."""
    derived = hashlib.pbkdf2_hmac("sha256", ANNA.public + b"Anna", b"totpkey card", 1 << 20)
    expected = str(int.from_bytes(derived[:8], "big") % 10**16)
    assert lending.fingerprint(ANNA).replace(" ", "") == expected.zfill(16)
    assert lending.fingerprint(Card("Anne", ANNA.public)) != lending.fingerprint(ANNA)


@given(CARDS)
def test_a_card_comes_back(card: Card) -> None:
    assert lending.read_card(lending.write_card(card)) == card


@given(FILES, st.integers(1, 100))
def test_a_file_comes_back_however_mail_breaks_its_line(file: lending.File, width: int) -> None:
    text = lending.write_file(file)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    assert lending.read_file("\r\n".join(lines) + "\n") == file
    assert len(text) <= protocol.FILE_MOST


@pytest.mark.parametrize(
    ("texts", "read"),
    [(CARDS.map(lending.write_card), lending.read_card), (FILES.map(lending.write_file), lending.read_file)],
    ids=["card", "file"],
)
@given(st.data())
def test_no_damage_goes_unseen(
    texts: st.SearchStrategy[str], read: Callable[[str], object], data: st.DataObject
) -> None:
    text = data.draw(texts)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]
    if "".join(changed.split()) != text:
        with pytest.raises(Unreadable):
            read(changed)
    with pytest.raises(Unreadable):
        read(text[:at])


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for prefix in ("", protocol.CARD, protocol.FILE):
        for read in (lending.read_card, lending.read_file):
            with pytest.raises(Unreadable):
                read(prefix + text)


def test_names_that_no_terminal_should_see_are_refused() -> None:
    for name in ("\x1b[2J", "\u202e", "x" * 33):
        with pytest.raises(Unreadable):
            lending.read_card(lending.write_card(Card(name, bytes(32))))
    assert lending.read_card(lending.write_card(Card("x" * 32, bytes(32)))).name == "x" * 32
