"""The edits of the seal: where an image has their places, and that one without them is refused.

An edit may have no place, or several. An image that is refused is not changed, and the refusal says why. In
the published images a disassembler that is not ours reads each edit.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

import pytest
from capstone import CS_ARCH_ARM, CS_MODE_MCLASS, CS_MODE_THUMB, Cs

from tests.install.boards import interpreter, loader
from tests.install.conftest import Says
from tests.sealing import admit
from tests.sealing.assembled import START, all_functions, call, functions, versions
from tests.support.cases import slow
from tests.support.images import content_of, official_images, without_place
from totpkey.cli.root import run
from totpkey.install import download
from totpkey.sealing import edits
from totpkey.sealing.edits import DOORS, EDITS
from totpkey.sealing.listing import Call, Fixed, Listing, Load, callers
from totpkey_volume import uf2
from totpkey_volume.circuitpython import SECTOR, board_of
from totpkey_volume.uf2 import FLASH_BASE

CODE = all_functions()


def whole(version: str = "10.1.3", code: bytes = CODE, before: int = 0) -> bytes:
    """Return an image, with `before` bytes in front of its code."""
    text = f"Adafruit CircuitPython {version} on 2026-02-20; a board\0".encode() + versions(version)
    return text.ljust(START + before, b"\0") + code


IMAGE = whole()
#: Functions, by the edit that they belong to.
FUNCTIONS = functions()


def refused(content: bytes) -> list[str]:
    """Return the names of the edits that have no single place. If one of them closes a door, none is made."""
    try:
        made = [edit for edit, _changes in edits.changes(content)]
    except edits.NotSealable as problem:
        return [
            edit.name
            for edit in EDITS
            if edit in problem.missing or not (edit.door or all(edit.places(content)))
        ]
    return [edit.name for edit in EDITS if edit not in made]


@pytest.mark.parametrize("by", [4, 8, 4096, 60_000])
def test_code_that_lies_elsewhere_is_found(by: int) -> None:
    further = whole(code=all_functions(START + by), before=by)
    for moved in (whole(code=CODE + bytes(by)), whole(before=by), further):
        sealed = edits.seal(moved)
        assert edits.standing(sealed).is_sealed
        assert sum(a != b for a, b in zip(moved, sealed, strict=True)) < 64


@pytest.mark.parametrize(
    ("name", "part"),
    [FUNCTIONS[0], *(slow(*case) for case in FUNCTIONS[1:])],
    ids=[name for name, _ in FUNCTIONS],
)
def test_one_bit_of_another_instruction_is_enough(name: str, part: edits.Code) -> None:
    (place,) = Listing.read(part.text).find(IMAGE)
    for at in known(part.text, place.start, part.calls):
        for bit in (0, 7, 12):
            assert name in refused(flipped(at, bit)), f"{at - place.start:#x}, bit {bit}"


@pytest.mark.parametrize(("name", "part"), FUNCTIONS, ids=[name for name, _ in FUNCTIONS])
def test_what_is_called_has_to_be_what_it_was(name: str, part: edits.Code) -> None:
    (place,) = Listing.read(part.text).find(IMAGE)
    for called, text in part.calls.items():
        for at in known(text, place.calls[called], {}):
            assert name in refused(flipped(at, 12)), f"{called}, {at - place.calls[called]:#x}"


def test_an_image_is_sealed_without_what_only_makes_it_quicker() -> None:
    (place,) = Listing.read(dict(FUNCTIONS)["imports"].text).find(IMAGE)
    sealed = edits.seal(flipped(place.start, 7))
    standing = edits.standing(sealed)
    assert standing.is_sealed
    assert [edit.name for edit in standing.absent] == ["imports"]


def known(text: str, start: int, calls: Container[str]) -> Iterator[int]:
    """Yield the offset of each instruction of which a listing says all, with the functions in `calls`.

    It does not say where in memory something lies, nor how far some branches go.
    """
    for at, item in Listing.read(text).items.items():
        whole = {Load: 0xFFFFFFFF, Fixed: 0xFFFF}.get(type(item))
        if getattr(item, "mask", None) == whole and (not isinstance(item, Call) or item.name in calls):
            yield start + at


def flipped(at: int, bit: int) -> bytes:
    changed = bytearray(IMAGE)
    changed[at + bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_another_call_of_what_opens_the_boot_loader_is_a_second_door() -> None:
    (place,) = Listing.read(dict(FUNCTIONS)["line-coding"].text).find(IMAGE)
    target = place.calls["reset_to_bootloader"]
    known_calls = callers(IMAGE, target)
    assert len(known_calls) == 2
    free = IMAGE.index(bytes(4), 2 * START // 3) // 4 * 4 + 4
    assert refused(IMAGE[:free] + call(free, target) + IMAGE[free + 4 :]) == ["line-coding"]


def test_code_that_is_there_twice() -> None:
    twice = IMAGE + bytes(-len(IMAGE) % 4)
    twice += all_functions(len(twice)) + whole(code=b"")
    assert refused(twice) == [edit.name for edit in EDITS]


@pytest.mark.parametrize("text", ["10.1.3", "10.2.0-beta.1", "10.1.3-5-g1234567890"])
def test_any_version_has_room_for_the_mark(text: str) -> None:
    sealed = edits.seal(whole(text))
    assert f"Adafruit CircuitPython {text}+sealed 260220; ".encode() in sealed


@pytest.mark.parametrize("variant", [0, 1])
def test_what_either_compiler_builds_is_found_stays_sealed_and_can_be_taken_back(variant: int) -> None:
    built = whole(code=all_functions(variant=variant))
    sealed = edits.seal(built)
    assert edits.standing(sealed).is_sealed
    assert edits.seal(sealed) == sealed
    assert edits.unsealed(sealed) == built
    assert edits.standing(built).made == ()


def test_one_edit_alone_is_known() -> None:
    (first,) = [edit for edit in EDITS if edit.name == "line-coding"]
    (change,) = next(iter(first.places(IMAGE)))
    partly = IMAGE[: change.at] + change.after + IMAGE[change.at + 2 :]
    standing = edits.standing(partly)
    assert [edit.name for edit in standing.made] == ["line-coding"]
    assert standing.open == DOORS[1:]
    assert edits.unsealed(partly) == IMAGE


# The commands


@pytest.fixture
def odd_file(tmp_path: Path) -> Path:
    """Return a CircuitPython whose line-state callback compares with another speed."""
    code = bytearray(CODE)
    at = code.index(bytes.fromhex("9623"))
    code[at] ^= 1
    path = tmp_path / "odd.uf2"
    path.write_bytes(interpreter(code=bytes(code)))
    return path


def test_image_refuses_and_names_the_door(
    odd_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "made.uf2"
    for more in ([], ["--explain"]):
        assert run(["image", "--circuitpython", str(odd_file), "-o", str(output), *more]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "line-coding: while the key is in setup, any program can open its boot loader" in shown.err
        assert "safe-mode:" not in shown.err
        assert "--unsealed" in shown.err
        assert not output.exists()


def test_install_refuses_and_writes_nothing(odd_file: Path, tmp_path: Path, says: Says) -> None:
    drive = loader(tmp_path / "RPI-RP2")
    arguments = ["install", "--circuitpython", str(odd_file), "--to", str(drive), "--yes"]
    assert "line-coding:" in says(arguments, 1)
    assert [path.name for path in drive.iterdir()] == ["INFO_UF2.TXT"]


def test_unsealed_it_becomes_a_key_as_it_is_published(odd_file: Path, tmp_path: Path, says: Says) -> None:
    output = tmp_path / "made.uf2"
    told = says(["image", "--circuitpython", str(odd_file), "-o", str(output), "--unsealed"])
    assert "CircuitPython is not sealed" in told
    published = uf2.flash_content(odd_file.read_bytes(), 3 * SECTOR)
    assert uf2.flash_content(output.read_bytes(), 16 << 20)[: 3 * SECTOR] == published


def test_explain_shows_each_change_and_writes_nothing(
    given_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert run(["image", "--circuitpython", str(given_file), "--explain"]) == 0
    shown = capsys.readouterr()
    assert sorted(tmp_path.iterdir()) == before
    content = bytes(uf2.flash_content(given_file.read_bytes(), 3 * SECTOR))
    sealed = edits.seal(content)
    told = bytearray(content)
    for line in shown.out.splitlines():
        if line.startswith("  0x"):
            address, change = line.split(maxsplit=1)
            old, new = (bytes.fromhex(side) for side in change.split("=>"))
            at = int(address, 16) - uf2.FLASH_BASE
            assert told[at : at + len(old)] == old
            told[at : at + len(new)] = new
    assert told == sealed
    differing = sum(old != new for old, new in zip(content, sealed, strict=True))
    assert f"{differing} bytes are changed" in shown.err


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_table_has_the_row_of_the_published_one(published: Path) -> None:
    board, found = admit.row(published, tuple(without_place(content_of(published.read_bytes()))))
    if found.file not in [known.file for known in download.KNOWN.values()]:
        pytest.skip("an image that the project does not pin")
    assert found == download.KNOWN[board]


@pytest.mark.slow
def test_a_changed_file_of_a_known_version_is_told_apart_from_an_unknown_version(published: Path) -> None:
    content = content_of(published.read_bytes())
    board = board_of(content)
    if download.standing(board, content) is download.Standing.KNOWN:
        changed = content[:-1] + bytes((content[-1] ^ 1,))
        assert download.standing(board, changed) is download.Standing.DIFFERS
    other = content.replace(b"Adafruit CircuitPython 10.", b"Adafruit CircuitPython 19.")
    assert download.standing(board, other) is download.Standing.UNKNOWN
