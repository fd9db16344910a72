"""An image in which an edit has no place, or several, is not changed, and the refusal says why."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

import pytest

from tests.install.boards import INFO, interpreter
from tests.sealing.assembled import START, all_functions, call, functions, versions
from tests.support.cases import slow
from totpkey.cli.root import run
from totpkey.sealing import edits
from totpkey.sealing.edits import DOORS, EDITS
from totpkey.sealing.listing import Call, Fixed, Listing, Load, callers
from totpkey_volume import uf2
from totpkey_volume.circuitpython import SECTOR

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


def test_install_refuses_and_writes_nothing(
    odd_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = tmp_path / "RPI-RP2"
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text(INFO)
    arguments = ["install", "--circuitpython", str(odd_file), "--to", str(drive), "--yes"]
    assert run(arguments) == 1
    assert "line-coding:" in capsys.readouterr().err
    assert [path.name for path in drive.iterdir()] == ["INFO_UF2.TXT"]


def test_unsealed_it_becomes_a_key_as_it_is_published(
    odd_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "made.uf2"
    assert run(["image", "--circuitpython", str(odd_file), "-o", str(output), "--unsealed"]) == 0
    assert "CircuitPython is not sealed" in capsys.readouterr().err
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
