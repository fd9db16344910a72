"""The search finds a secret in any form and on any way out, and nothing else.

Leaks of each kind are planted on purpose: a test with a leak ends in an error that names it.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from other_systems import source_folders
from tests.leaks import recorder as seen
from tests.leaks.known import Known
from tests.leaks.recorder import TYPED, Recorder
from tests.support.damage import broken
from tests.support.desk import AMAZON, DERIVED, GITHUB
from tests.support.keys import simulated
from totpkey.errors import TotpkeyError
from totpkey.install.drive import drive_files, drive_folder
from totpkey_virtual.chip.images import images
from totpkey_virtual.traffic import Channel, Stream, watch_traffic
from totpkey_volume.uf2 import flash_content

SECRET = bytes.fromhex("c5a1f00d7e5be9d18c3204bb96ef4d217083aa5c")
KIND = "an account's secret"
LONG_PIN = "829104637750"
#: The usages of the digits 1 to 9 and 0 (HID Usage Tables 1.4 section 10).
DIGITS = {digit: 0x1E + number for number, digit in enumerate("1234567890")}


def grouped(text: str, size: int, between: str) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def spelled(secret: bytes) -> dict[str, bytes]:
    """All ways in which a secret may be written."""
    base32 = base64.b32encode(secret).decode().rstrip("=")
    return {
        "raw": secret,
        "hex": secret.hex().encode(),
        "hex in capitals": secret.hex().upper().encode(),
        "hex by bytes": secret.hex(":").encode(),
        "base32": base32.encode(),
        "base32 with padding": base64.b32encode(secret + b"x").lower(),
        "base32 in small letters": base32.lower().encode(),
        "base32 in groups": grouped(base32, 4, " ").encode(),
        "base32 in small groups": grouped(base32.lower(), 3, "-").encode(),
        "bytes as Python shows them": repr(secret).encode(),
        "numbers": str(list(secret)).encode(),
        **{f"base64 behind {n}": base64.b64encode(bytes(n) + secret + b"more") for n in range(3)},
        **{f"base64url behind {n}": base64.urlsafe_b64encode(b"?" * n + secret) for n in range(3)},
        **{f"base32 behind {n}": base64.b32encode(b"?" * n + secret + b"!") for n in range(5)},
    }


EVERYWHERE = [channel.value for channel in Channel if channel is not Channel.REPORT]
NOTED = [seen.STDOUT, seen.STDERR, seen.LOG, seen.ARGV, seen.ENVIRONMENT, seen.EXCEPTION]
SECRETS = st.binary(min_size=10, max_size=128).filter(lambda secret: len(set(secret)) >= 8)
#: What is programmed at once, in bytes.
FLASH_PAGE = 256
#: More than there are ways to write a secret and places to find it in.
EXAMPLES = settings(max_examples=300)


def recording(*secrets: bytes) -> Recorder:
    recorder = Recorder()
    for secret in secrets:
        recorder.known.add(secret, KIND)
    return recorder


def pass_through(recorder: Recorder, channel: Channel, data: bytes, piece: int = 64) -> None:
    stream = Stream(channel)
    for at in range(0, len(data), piece):
        recorder.watch(stream, data[at : at + piece])


def leaks_of(secret: bytes, where: str, data: bytes, piece: int = 64) -> set[str]:
    """Where a search finds `secret` once `data` has left by that way; a second one must find nothing more."""
    recorder = recording(secret)
    if where in EVERYWHERE:
        pass_through(recorder, Channel(where), data, piece)
    else:
        recorder.note(where, data)
    leaks = recorder.search()
    assert recorder.search() == []
    return {leak.where for leak in leaks}


@pytest.mark.parametrize("where", EVERYWHERE + NOTED)
def test_every_spelling_is_found_on_every_way_out(where: str) -> None:
    for spelling, data in spelled(SECRET).items():
        assert leaks_of(SECRET, where, b"before " * 7 + data + b" behind" * 20) == {where}, spelling


@EXAMPLES
@given(SECRETS, st.sampled_from(EVERYWHERE + NOTED), st.binary(), st.binary(), st.integers(1, 200), st.data())
def test_any_secret_is_found_in_any_spelling_on_any_way_out(
    secret: bytes, where: str, before: bytes, behind: bytes, piece: int, data: st.DataObject
) -> None:
    written = data.draw(st.sampled_from(list(spelled(secret).values())))
    if where == Channel.FLASH.value:
        piece = FLASH_PAGE
    # Apart from what stands beside it, as letters there would belong to a base32 text.
    assert leaks_of(secret, where, before + b" | " + written + b" | " + behind, piece) == {where}


def test_what_is_typed_is_read_as_text() -> None:
    recorder = Recorder()
    recorder.known.add_pin(LONG_PIN)
    stream = Stream(Channel.REPORT)
    for digit in LONG_PIN:
        for usage in (DIGITS[digit], 0):
            # With the report's id in front, as it passes the cable of a chip.
            recorder.watch(stream, bytes((1, 0, 0, usage, 0, 0, 0, 0, 0)))
    assert {leak.where for leak in recorder.search()} == {seen.TYPED}


def test_a_leak_tells_where_and_never_what() -> None:
    recorder = recording(SECRET)
    recorder.note(seen.STDERR, SECRET.hex())
    (leak,) = recorder.search()
    assert str(leak) == f"{KIND} as hex in: standard error"


def test_any_fifteen_bytes_count_where_memory_is_given_away() -> None:
    for start in range(len(SECRET) - 14):
        recorder = recording(SECRET)
        pass_through(recorder, Channel.CONTROL, b"\x01" + bytes(8) + SECRET[start : start + 15])
        assert [leak.spelling for leak in recorder.search()] == ["a piece"], start


# Requests


def request(**fields: object) -> bytes:
    return json.dumps({"id": 1, **fields}).encode() + b"\n"


ADD = request(command="add", label="me", secret=SECRET.hex(), proof=0)


def test_a_secret_may_go_to_the_key_in_the_field_for_it_and_is_known_from_then_on() -> None:
    recorder = Recorder()
    # Another program may have left half a line before it.
    pass_through(recorder, Channel.TO_KEY, ADD + b'{"id":9,"comm' + ADD, piece=10)
    assert recorder.search() == []
    pass_through(recorder, Channel.TO_KEY, ADD)
    pass_through(recorder, Channel.FROM_KEY, b'{"id":1,"ok":{"secret":"' + SECRET.hex().encode() + b'"}}\n')
    assert [(leak.where, leak.spelling) for leak in recorder.search()] == [(Channel.FROM_KEY.value, "hex")]


@pytest.mark.parametrize(
    "elsewhere",
    [
        request(command="rename", account="00000000", issuer=SECRET.hex(), label="x"),
        request(command="add", label=base64.b32encode(SECRET).decode(), secret=SECRET.hex(), proof=0),
        request(command="time", secret=SECRET.hex()),
        SECRET.hex().encode() + b"\n",
    ],
)
def test_a_secret_anywhere_else_on_its_way_to_the_key_is_a_leak(elsewhere: bytes) -> None:
    recorder = Recorder()
    pass_through(recorder, Channel.TO_KEY, ADD + elsewhere)
    assert {leak.where for leak in recorder.search()} == {Channel.TO_KEY.value}


@pytest.mark.parametrize("command", ["set_pin", "unlock_pin"])
@pytest.mark.parametrize("pin", ["2580", "73019264", LONG_PIN])
def test_pins_are_known_from_their_requests(command: str, pin: str) -> None:
    recorder = Recorder()
    pass_through(recorder, Channel.TO_KEY, request(command=command, pin=pin))
    recorder.note(seen.STDERR, f"The PIN {pin}, is wrong.")
    assert {leak.kind for leak in recorder.search()} == {"a PIN"}


def test_derived_keys_are_known_from_their_requests() -> None:
    recorder = Recorder()
    pass_through(recorder, Channel.TO_KEY, request(command="unlock_passphrase", derived=DERIVED.hex()))
    recorder.note(seen.LOG, base64.b64encode(DERIVED))
    assert {leak.kind for leak in recorder.search()} == {"a derived key"}


# What counts


@pytest.mark.parametrize("text", [b"0012580", b"key-2580", b"/tmp/2580/x", b"x2580", b"2.2580"])
def test_a_short_pin_within_something_longer_is_chance(text: bytes) -> None:
    known = Known()
    known.add_pin("2580")
    assert known.find("", text, text=True) == set()
    assert known.find("", b" 2580 ", text=False) == set()
    assert known.find("", b'"2580"', text=True)


def test_an_empty_secret_is_not_searched_for() -> None:
    known = Known()
    for secret in (b"", b"short", bytes(20), b"s" * 40):
        known.add(secret, KIND)
    assert len(known) == 0


@given(st.binary(min_size=200, max_size=2000))
def test_noise_is_no_secret(noise: bytes) -> None:
    known = Known()
    known.add(SECRET, KIND)
    known.add_pin(LONG_PIN)
    assert not known.find("", noise, text=True)


def test_the_secrets_of_the_tests_stand_in_nothing_that_is_public() -> None:
    """Neither in what a key is shipped with nor in CircuitPython, whose tables hold runs of numbers."""
    known = Known()
    for secret in (AMAZON.secret, GITHUB.secret, DERIVED):
        known.add(secret, KIND)
    public = drive_files() | {
        path.name: bytes(flash_content(path.read_bytes(), 16 << 20)) for path in images()
    }
    assert {leak for name, content in public.items() for leak in known.find(name, content)} == set()


ROOT = Path(__file__).parents[2]

#: Tests of which each lets a secret out in its own way, but for the last.
LEAKING = """
import base64, logging, subprocess, sys
import pytest
from tests.leaks.plugin import recorder
from totpkey.errors import TotpkeyError

SECRET = bytes.fromhex("c5a1f00d7e5be9d18c3204bb96ef4d217083aa5c")

@pytest.fixture(autouse=True)
def known():
    recorder.known.add(SECRET, "an account's secret")
    recorder.known.add_pin("2580")

def test_standard_output():
    print(SECRET.hex())

def test_standard_error():
    print(base64.b32encode(SECRET), file=sys.stderr)

def test_pin_in_output():
    print("The PIN 2580 is wrong")

def test_output_that_a_test_reads(capsys):
    print(SECRET.hex())
    assert capsys.readouterr().out

def test_log_records():
    logging.getLogger("any").warning("got %s", base64.b64encode(b"." + SECRET).decode())

def test_arguments_of_a_started_process():
    subprocess.run([sys.executable, "-c", "", SECRET.hex().upper()], check=True)

def test_environment_of_a_started_process():
    subprocess.run([sys.executable, "-c", ""], check=True, env={"S": SECRET.hex()})

def test_text_of_an_exception():
    with pytest.raises(ValueError):
        raise ValueError(f"no key has {SECRET}")

def test_text_of_an_exception_of_ours():
    try:
        raise TotpkeyError("Cannot read the secret.", SECRET.hex())
    except TotpkeyError:
        pass

def test_text_of_an_exception_behind_another():
    with pytest.raises(KeyError):
        try:
            int(SECRET.hex() + "g")
        except ValueError:
            raise KeyError from None

def test_nothing_leaks():
    print("c5a1f00d")
"""


def test_each_way_out_of_the_host_process_fails_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, *source_folders()))))
    # On a build machine pytest would tell each error once more, in its summary.
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(LEAKING)
    done = pytester.runpytest_subprocess("-p", "tests.leaks.plugin", "-p", "no:cacheprovider", "-v")
    ways = LEAKING.count("def test_") - 1
    done.assert_outcomes(passed=ways + 1, errors=ways)
    shown = done.stdout.str()
    for way in ("output", "error", "log records", "arguments of", "environment of", "text of an exception"):
        assert way in shown.partition("A secret has leaked")[2]
    assert shown.count("A secret has leaked") == ways


def life(drive: Path) -> Recorder:
    """What leaves a key with that drive while it gets an account and is asked about it."""
    recorder = Recorder()
    with watch_traffic(recorder.watch):
        desk = simulated(drive=drive)
        client = desk.first_set_up()
        try:
            client.add(AMAZON)
            client.list()
        except TotpkeyError:
            pass  # the reply has more in it than the definition says, or none came
        desk.key.run(1)
        desk.press()
        desk.key.unplug()
    return recorder


#: What a key might do behind its own back with a secret that it has just stored, by where that shows.
PLANTED = {
    Channel.FROM_KEY.value: "import usb_cdc, binascii as b; usb_cdc.data.write(b.b2a_base64(stored.secret))",
    Channel.FLASH.value: "import microcontroller; microcontroller.nvm[:32] = stored.secret",
    Channel.CONSOLE.value: "print(stored.secret)",
    TYPED: """
    import usb_hid
    for digit in (half for byte in stored.secret for half in (byte >> 4, byte & 15)):
        usage = 0x1E + (digit - 1) % 10 if digit < 10 else digit - 6
        usb_hid.devices[0].send_report(bytes((0, 0, usage, 0, 0, 0, 0, 0)))
        usb_hid.devices[0].send_report(bytes(8))
""",
}


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is planted here is not to fail this test too."""
    monkeypatch.setattr("totpkey_virtual.traffic._watchers", [])


@pytest.mark.slow
@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize("where", PLANTED)
def test_each_way_out_of_a_key_is_seen(drive_copy: Path, where: str) -> None:
    stored = "    if stored.__dict__ != account.__dict__:"
    broken(drive_copy, "setup/commands/accounts.py", stored, f"    {PLANTED[where]}\n{stored}")
    leaks = life(drive_copy).search()
    assert where in {leak.where for leak in leaks}


@pytest.mark.usefixtures("apart")
def test_the_drive_as_it_is_leaks_nothing() -> None:
    recorder = life(drive_folder())
    # The account's secret, and the key of the session.
    assert len(recorder.known) == 2
    seen = recorder.everything()
    assert all(seen[channel.value] for channel in Channel if channel is not Channel.CONTROL)
    assert recorder.search() == []
