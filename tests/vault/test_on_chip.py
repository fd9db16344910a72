"""The vault on real CircuitPython: device times, and which flash sectors it writes."""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.vault import bench
from tests.vault.bench import as_tuple, fresh, packed
from totpkey_firmware.accounts import Account
from totpkey_firmware.store.format import RECORDS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.records import FULL_ENOUGH
from totpkey_protocol.storage import FILES, PAGE, PAGES, SIZE, START, STRIDE
from virtual.tests.chip.conftest import ANSWERING, SETUP, MakeKey, answers, make_key, start

if TYPE_CHECKING:
    from totpkey_virtual.chip.key import ChipKey

__all__ = ["make_key"]

pytestmark = pytest.mark.chip

LIBRARY = Path(__file__).parents[2] / "firmware/lib"
#: What the vault does not import (docs/layers.toml). With it the sources do not fit the drive of a Pico.
ABOVE = ("keyboard", "panel", "setup")
ACCOUNTS = 250
DRIVE_START = 1 << 20

#: Runs each line that comes as Python, and says its result and how long it took, in ms of device time.
SERVING = (
    ANSWERING
    + """
import time
from totpkey_firmware import restart_notes as memory
from totpkey_firmware.accounts import Account
from totpkey_firmware.store import page_writer  # compiled here and now, and not within the first change
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault import changes  # as well
from totpkey_firmware.vault.vault import Vault

def start():
    global vault
    vault = Vault(Pool(Places()), memory, 0)
    return vault.state

def chosen():
    start()
    return vault.account(vault.chosen).identifier

def rename(index, label):
    account = vault.account(index)
    account.label = label
    vault.replace(index, account)

def opened_by(pin):
    try:
        vault.unlock_pin(pin, 0)
    except Exception as refusal:
        return str(refusal)

def free():
    import gc
    gc.collect()
    return gc.mem_free()

say("ready")
while True:
    line = b""
    while not line.endswith(b"\\n"):
        line += usb_cdc.data.read(1)
    begun = time.monotonic_ns()
    said = eval(line)
    say((said, (time.monotonic_ns() - begun) / 1000000))
"""
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A vault's file with 250 accounts and no lock, as after much use: every place was written before."""
    path = fresh(tmp_path_factory.mktemp("filled"))
    vault = bench.start(path)
    vault.create()
    for number in range(1, ACCOUNTS + 1):
        vault.changes.add(
            Account(number, "An issuer of some length", f"person{number}@example.org".ljust(51), b"s" * 35)
        )
    assert len(packed(vault.account(0))) == 128
    vault.choose(ACCOUNTS - 1)
    for time in range(PAGES):
        vault.set_floor(time)
    return Path(path).read_bytes()


@pytest.fixture
def make_vault(make_key: MakeKey) -> Callable[[bytes], ChipKey]:
    """Makes keys that have booted twice, so that CircuitPython has written its boot_out.txt."""

    def make(pages: bytes = b"\xff" * SIZE) -> ChipKey:
        files = {
            f"lib/{path.relative_to(LIBRARY).as_posix()}": path.relative_to(LIBRARY).as_posix()
            for path in LIBRARY.rglob("*.py")
            if path.parent.name not in ABOVE and path.parent.parent.name not in ABOVE
        }
        contents = {name: (LIBRARY / source).read_bytes() for name, source in files.items()}
        key = make_key(SERVING, SETUP, contents | {FILES[0]: pages}, alone=FILES)
        start(key)
        key.unplug()
        start(key)
        assert answers(key, 1) == ["'ready'"]
        return key

    return make


def ask(key: ChipKey, line: str) -> tuple[object, float]:
    """The value of an expression on the key, and how many ms of device time it took."""
    key.write_serial(line.encode() + b"\n")
    answer: tuple[object, float] = ast.literal_eval(answers(key, 1, limit=30)[0])
    return answer


def places_of(key: ChipKey, file: bytes) -> dict[int, int]:
    """The places of the vault's file by their address in flash, found by what they hold."""
    at = key.flash.index(file, DRIVE_START)
    assert at % PAGE == 0
    return {at + START + place * STRIDE: place for place in range(PAGES)}


def test_a_vault_made_on_the_chip_opens_on_cpython_and_writes_only_its_own_sectors(
    make_vault: Callable[..., ChipKey], tmp_path: Path
) -> None:
    marked = struct.pack("<Q", 0x0123456789ABCDEF) + b"\xff" * (PAGE - 8)
    marked = b"\xff" * START + marked
    key = make_vault(marked.ljust(SIZE, b"\xff"))
    places = places_of(key, marked)
    before = len(key.flash_operations)
    # What is neither a page nor blank is what a cut has left: it is blanked, then the first page goes there.
    assert ask(key, "start()")[0] == "blank"
    ask(key, "vault.create()")
    for number in (1, 2, 3):
        ask(key, f"vault.changes.add(Account({number}, 'Issuer', 'label', b'secret'))")
    ask(key, "rename(1, 'new')")
    ask(key, "vault.changes.move(2, 0)")
    ask(key, "vault.changes.remove(1)")
    ask(key, "vault.choose(1)")
    ask(key, "vault.set_pin('1234')")

    operations = key.flash_operations[before:]
    assert {operation.address & -PAGE for operation in operations} <= set(places)
    erases = [operation.address for operation in operations if operation.kind == "erase"]
    assert len(operations) == 17 * len(erases)
    # One write for each page, and for each that was to be blanked. Where CircuitPython has to read the FAT
    # on its way through a page it flushes its cache, and erases the sector once more at the end.
    assert len(list(groupby(erases))) == 1 + (2 + 3 + 3) + 2 + 1 + 3 + 1 + 2

    file = tmp_path / "pages.bin"
    file.write_bytes(key.drive[FILES[0]])
    vault = bench.start(str(file))
    vault.unlock_pin("1234", 0)
    expected = [Account(3, "Issuer", "label", b"secret"), Account(2, "Issuer", "new", b"secret")]
    assert bench.contents(vault) == [as_tuple(account) for account in expected]
    assert vault.chosen == 1


def test_250_accounts_are_ready_soon_and_changed_in_few_writes(
    make_vault: Callable[..., ChipKey], filled: bytes
) -> None:
    key = make_vault(filled)
    before = ask(key, "free()")[0]
    account, milliseconds = ask(key, "chosen()")
    assert account == ACCOUNTS
    assert milliseconds < 150
    left = ask(key, "free()")[0]
    assert isinstance(before, int)
    assert isinstance(left, int)
    assert before - left < 20_000

    assert ask(key, "vault.account(0).identifier")[1] < 60
    assert ask(key, "vault.index(250)")[1] < 15
    use = key.flash_use.erases
    added, milliseconds = ask(key, "vault.changes.add(Account(1000, 'Issuer', 'label', b'secret'))")
    assert added == ACCOUNTS
    assert milliseconds < 450
    # One more where CircuitPython reads the FAT on its way through a page, depending on where the file lies.
    assert key.flash_use.erases - use in (2, 3)
    assert ask(key, "vault.pool.finish()")[1] < 150
    assert key.flash_use.erases - use in (3, 4)


def test_a_pin_opens_250_accounts_in_its_time(
    make_vault: Callable[..., ChipKey], filled: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "pages.bin"
    file.write_bytes(filled)
    bench.start(str(file)).set_pin("1234")
    key = make_vault(file.read_bytes())
    assert ask(key, "start()")[0] == "locked"
    refused, milliseconds = ask(key, "opened_by('0000')")
    assert refused == "wrong_pin"
    assert milliseconds < 1300
    assert ask(key, "vault.locks.tries_left")[0] == 7
    assert ask(key, "memory.tries()")[0] == 1
    opened, milliseconds = ask(key, "opened_by('1234')")
    assert opened is None
    # With the chosen account at hand.
    assert milliseconds + ask(key, "vault.account(vault.chosen).identifier")[1] < 1300
    assert ask(key, "(vault.locks.tries_left, memory.tries(), len(vault))")[0] == (8, 0, ACCOUNTS)


def test_circuitpython_compares_all_parts_of_two_accounts(make_vault: Callable[..., ChipKey]) -> None:
    """`add` compares them by `__dict__`, and refuses an account that comes back from flash otherwise."""
    key = make_vault()
    whole = "Account(1, 'a', 'b', b'secret', 'SHA1', 6, 30, 'totp', 0, '')"
    others = (
        whole.replace(part, other)
        for part, other in (
            *(("1,", "2,"), ("'a'", "'aa'"), ("'b'", "'c'"), ("b'secret'", "b'secreT'"), ("SHA1", "SHA256")),
            *(("6,", "8,"), ("30", "60"), ("totp", "hotp"), ("0, ''", "1, ''"), ("''", "'{code}'")),
        )
    )
    assert ask(key, f"{whole}.__dict__ != {whole}.__dict__")[0] is False
    for other in others:
        assert ask(key, f"{whole}.__dict__ != {other}.__dict__")[0] is True, other


def test_records_filled_on_cpython_stand_in_buckets_that_open_soon(filled: bytes, tmp_path: Path) -> None:
    file = tmp_path / "pages.bin"
    file.write_bytes(filled)
    pool = Pool(bench.CutPlaces(str(file)))
    lengths = [pool.length(RECORDS, bucket) for bucket in range(PAGES)]
    # Seven of 128 bytes in each.
    assert [length > 0 for length in lengths] == [bucket < 36 for bucket in range(PAGES)]
    assert max(lengths) <= FULL_ENOUGH
