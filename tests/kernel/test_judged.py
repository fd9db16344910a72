"""The key's descriptors and what it says over USB, judged by programs that nobody here wrote.

One session: a blank key gets an account, leaves setup, and types. `lsusb` and `usbhid-dump` run in the guest,
`hid-parser` reads the report descriptor, and Wireshark's dissectors read what passed.
docs/reference/judges.md has what they said.
"""

from __future__ import annotations

import base64
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import MACHINE, SETTLED, Guest, Seat
from tests.leaks.plugin import recorder
from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP
from totpkey_readers.records import base32
from totpkey_virtual.chip.key import ChipKey

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip, pytest.mark.quick]

_MISSING = [name for name in ("lsusb", "usbhid-dump", "tshark", "dumpcap") if not shutil.which(name)]
if _MISSING:
    pytest.skip(
        f"{', '.join(_MISSING)} not here (Debian: apt install usbutils tshark)", allow_module_level=True
    )

PORT = "/dev/ttyACM0"
ENTERED = Account("Judged", "me", base32.decode("JBSWY3DPEHPK3PXPGEZDGNBV"), type=HOTP)
_URI = f"otpauth://hotp/Judged:me?secret={base32.encode(ENTERED.secret)}&issuer=Judged&counter=0"
#: lsusb's words for what it could not read, or took offence at.
_COMPLAINTS = re.compile(
    r".*(?:warning|unrecognized|invalid|junk|too short|can't|couldn't|unavailable|error).*", re.IGNORECASE
)
#: A keyboard that a kernel holds gives its report descriptor to usbhid-dump, which takes it from the kernel.
_HELD_BY_THE_KERNEL = "** UNAVAILABLE **"
#: Keys that hid-parser wants as flags: CircuitPython's array of keys has all usages, and the key sends none
#: of these there.
_NEVER_IN_THE_ARRAY = re.compile(
    r"Keyboard (Left|Right) ?(Control|Shift|Alt|GUI)\)|usage=Keypad Hexadecimal\)"
)
_KEYPAD_DIGIT = re.compile(r"usage=Keypad (\d)(?: and |\))")


@dataclass
class Session:
    """What the judges were shown: descriptors of each face, and a capture of everything."""

    described: dict[str, str]
    dumped: dict[str, bytes]
    capture: Path
    codes: list[str]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, key: ChipKey) -> Iterator[Session]:
    computer = Guest(tmp_path_factory.mktemp("guest"), key)
    try:
        computer.boot()
        computer.mount_machine()
        capture = tmp_path_factory.mktemp("capture") / "usb.pcapng"
        yield _play(computer, capture)
    finally:
        computer.close()


def _play(computer: Guest, capture: Path) -> Session:
    session = Session({}, {}, capture, [])
    computer.run_here("dumpcap -q -i usbmon1 -w /run/usb.pcapng 2> /run/said & echo $! > /run/pid")
    computer.await_file(f"{MACHINE}/run/usb.pcapng")
    computer.plug()
    computer.await_file(PORT)
    _describe(computer, session, "setup")
    recorder.known.add(_URI.encode(), "what was piped in")
    _totpkey(computer, "add", "--stdin", stdin=_URI)
    _totpkey(computer, "list")
    _totpkey(computer, "done")
    assert computer.wait_until(lambda: not computer.has(PORT))
    computer.await_keyboard()
    computer.let_pass(SETTLED)
    _describe(computer, session, "everyday")
    _type(Seat(computer, ENTERED), session)
    computer.unplug()
    assert computer.wait_until(lambda: not computer.has("/sys/bus/usb/drivers/usbhid/*:*"))
    computer.run_here("kill -INT $(cat /run/pid)")
    assert computer.wait_until(lambda: not computer.has(f"/proc/$(cat {MACHINE}/run/pid)/exe"))
    capture.write_bytes(base64.b64decode(computer.run(f"base64 {MACHINE}/run/usb.pcapng")))
    return session


def _type(seat: Seat, session: Session) -> None:
    """A code with NumLock on, and one with it off, for which the key switches it."""
    for number in (True, False):
        seat.set_locks(number, False)
        seat.computer.let_pass(SETTLED)
        seat.expect_code()
        seat.expect_locks(number, False)
    session.codes.extend(seat.used)


def _totpkey(computer: Guest, *arguments: str, stdin: str = "") -> None:
    command = shlex.join([sys.executable, "-m", "totpkey", *arguments])
    told = computer.run_here(f"printf %s {shlex.quote(stdin)} | {command}; echo ended $?")
    assert "ended 0" in told, told


def _describe(computer: Guest, session: Session, face: str) -> None:
    session.described[face] = computer.run_here("lsusb -v -d 239a: 2>&1")
    dump = computer.run_here("usbhid-dump -e descriptor")
    session.dumped[face] = bytes.fromhex("".join(re.findall(r"^ [0-9A-F ]+$", dump, re.MULTILINE)))
    # It took the keyboard from the kernel for a moment.
    computer.await_keyboard()


def _tshark(capture: Path, shown: str, *fields: str) -> list[str]:
    """A line for each packet that the filter `shown` shows."""
    named = [part for field in fields for part in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-r", capture, "-Y", shown, "-T", "fields", *named],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def _descriptor(session: Session, face: str) -> Any:
    """The report descriptor as hid-parser reads it, without a warning that is not explained."""
    # Here, since it takes long to import, and every process that runs tests imports this file.
    hid_parser = pytest.importorskip("hid_parser", reason="not installed: make judges")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        descriptor = hid_parser.ReportDescriptor(session.dumped[face])
    unexplained = [str(one.message) for one in said if not _NEVER_IN_THE_ARRAY.search(str(one.message))]
    assert unexplained == []
    return descriptor


def _reports(capture: Path) -> list[bytes]:
    """The keyboard's reports: an id, modifiers, a byte for the maker, six keys."""
    interrupts = "usb.transfer_type == 1 && usb.endpoint_address.direction == 1 && usb.data_len == 9"
    lines = _tshark(capture, interrupts, "usbhid.data", "usb.capdata")
    return [bytes.fromhex(line.replace(":", "")) for line in lines]


@pytest.mark.parametrize("face", ["setup", "everyday"])
def test_lsusb_reads_all_descriptors_and_finds_nothing_wrong(session: Session, face: str) -> None:
    described = session.described[face]
    complaints = [line.strip() for line in _COMPLAINTS.findall(described)]
    assert [line for line in complaints if line != _HELD_BY_THE_KERNEL] == []
    classes = re.findall(r"bInterfaceClass +\d+ (.+)", described)
    serial = ["Communications", "CDC Data"] if face == "setup" else []
    assert classes == [*serial, "Human Interface Device"]
    assert len(re.findall("bNumConfigurations +1$", described, re.MULTILINE)) == 1


@pytest.mark.parametrize("face", ["setup", "everyday"])
def test_hid_parser_finds_a_keyboard(session: Session, face: str) -> None:
    """Eight bytes in, one byte of lights out, and no feature reports."""
    descriptor = _descriptor(session, face)
    assert (descriptor.input_report_ids, descriptor.output_report_ids) == ([1], [1])
    assert descriptor.feature_report_ids == []
    assert descriptor.get_input_report_size(1).byte == 8
    assert descriptor.get_output_report_size(1).byte == 1
    lights = [str(item.usage) for item in descriptor.get_output_items(1)[:2]]
    assert ["Num Lock" in lights[0], "Caps Lock" in lights[1]] == [True, True]


def test_hid_parser_reads_the_codes_in_the_reports(session: Session) -> None:
    """Each report as Wireshark took it from the cable, by the descriptor as usbhid-dump took it."""
    descriptor = _descriptor(session, "everyday")
    digits, down = "", set[str]()
    for report in _reports(session.capture):
        parsed = descriptor.parse_input_report(list(report))
        now = {str(usage) for usage, value in parsed.items() if value.value}
        digits += "".join(found[1] for name in now - down if (found := _KEYPAD_DIGIT.search(name)))
        down = now
    assert digits == "".join(session.codes)


def test_wireshark_finds_no_malformed_packet_and_warns_of_nothing(session: Session) -> None:
    complaints = _tshark(session.capture, "_ws.malformed || _ws.expert", "frame.number", "_ws.expert.message")
    assert complaints == []
    assert len(_tshark(session.capture, "usb", "frame.number")) > 300
    bulk = _tshark(session.capture, "usb.transfer_type == 3 && usb.data_len > 0", "frame.number")
    assert bulk
