"""The edits in the available images, read by a disassembler that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs

from tests.sealing import admit
from tests.support.images import content_of, official_images, without_place
from totpkey.install import download
from totpkey.sealing import edits
from totpkey_volume.circuitpython import board_of
from totpkey_volume.uf2 import FLASH_BASE

pytestmark = pytest.mark.slow

#: What capstone reads before and after each edit of code; of branches only the kind.
EXPECTED = {
    "line-coding": [("beq", "mov r8, r8")],
    "safe-mode": [("bpl", "b")],
    "double-reset": [("bne", "b")],
    "wake-up": [("bhi", "bhi"), ("bne", "bne"), ("bhi", "bls"), ("bne", "bne"), ("beq", "beq")],
    "get-report": [
        ("adds r3, #2", "adds r1, r3, #2"),
        ("lsls r3, r3, #2", "lsls r1, r1, #2"),
        ("ldr r1, [r3, r2]", "ldr r1, [r1, r2]"),
        ("cmp r1, #0", "adds r3, #0x46"),
        ("beq", "ldrb r4, [r2, r3]"),
    ],
    "set-report": [("bne", "b")],
    "imports": [("bl", "mov r8, r8; mov r8, r8")],
}
IMAGES = [
    pytest.param(path, id=path.stem.removeprefix("adafruit-circuitpython-")) for path in official_images()
]


@pytest.fixture(params=IMAGES or [pytest.param(None, id="none")])
def published(request: pytest.FixtureRequest) -> Path:
    if request.param is None:
        pytest.skip("no CircuitPython image")
    path: Path = request.param
    return path


def test_each_edit_is_what_a_disassembler_reads(published: Path) -> None:
    content = content_of(published.read_bytes())
    read = {
        edit.name: [(shown(change.at, change.before), shown(change.at, change.after)) for change in changes]
        for edit, changes in edits.changes(content, without_place(content))
        if edit.name != "name"
    }
    assert read == {name: change for name, change in EXPECTED.items() if name not in without_place(content)}


def shown(at: int, code: bytes) -> str:
    """Return instructions as text; a branch without where it goes."""
    read = Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS).disasm(code, FLASH_BASE + at)
    return "; ".join(
        each.mnemonic if each.mnemonic.startswith("b") else f"{each.mnemonic} {each.op_str}" for each in read
    )


def test_every_branch_goes_on_where_the_function_did(published: Path) -> None:
    """Where the new branches lead, read by the disassembler: to code that was there before."""
    content = content_of(published.read_bytes())
    missing = without_place(content)
    by_name = {edit.name: changes for edit, changes in edits.changes(content, missing)}

    def leads(name: str, number: int, edited: bool) -> int:
        change = by_name[name][number]
        code = change.after if edited else change.before
        (instruction,) = Cs(CS_ARCH_ARM, CS_MODE_THUMB).disasm(code, change.at)
        return int(instruction.op_str.removeprefix("#"), 16)

    for name in {"safe-mode", "set-report"} - set(missing):
        assert leads(name, 0, True) == leads(name, 0, False)
    # str r3, [r4] with r3 = 0, pop
    disarmed = leads("double-reset", 0, True)
    assert content[disarmed : disarmed + 6] == bytes.fromhex("0023 2360 10bd")
    # What was the end of the wait is now its beginning, and what raised "USB busy" does so at its end.
    send = leads("wake-up", 1, False)
    assert leads("wake-up", 0, True) == send == leads("wake-up", 2, False) + 28
    assert leads("wake-up", 1, True) == leads("wake-up", 2, True) == leads("wake-up", 4, False)
    assert leads("wake-up", 3, True) == leads("wake-up", 3, False) + 4
    assert leads("wake-up", 4, True) == leads("wake-up", 2, False) + 10


def test_the_whole_change_is_small_and_can_be_taken_back(published: Path) -> None:
    content = content_of(published.read_bytes())
    missing = without_place(content)
    changes = [change for _, each in edits.changes(content, missing) for change in each]
    assert sum(len(change.after) for change in changes) < 64
    sealed = edits.seal(content, missing)
    differing = {at for at, (a, b) in enumerate(zip(content, sealed, strict=True)) if a != b}
    assert differing <= {change.at + at for change in changes for at in range(len(change.after))}
    assert edits.unsealed(sealed) == content
    standing = edits.standing(sealed, missing)
    assert standing.is_sealed
    assert [edit.name for edit in edits.standing(content, missing).open] == [
        edit.name for edit in standing.made if edit.door
    ]


def test_the_table_has_the_row_of_the_published_one(published: Path) -> None:
    board, found = admit.row(published, tuple(without_place(content_of(published.read_bytes()))))
    if found.file not in [known.file for known in download.KNOWN.values()]:
        pytest.skip("an image that the project does not pin")
    assert found == download.KNOWN[board]


def test_a_changed_file_of_a_known_version_is_told_apart_from_an_unknown_version(published: Path) -> None:
    content = content_of(published.read_bytes())
    board = board_of(content)
    if download.standing(board, content) is download.Standing.KNOWN:
        changed = content[:-1] + bytes((content[-1] ^ 1,))
        assert download.standing(board, changed) is download.Standing.DIFFERS
    other = content.replace(b"Adafruit CircuitPython 10.", b"Adafruit CircuitPython 19.")
    assert download.standing(board, other) is download.Standing.UNKNOWN
