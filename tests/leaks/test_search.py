"""The search finds a secret in any form and on any way out, and nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.leaks import recorder as seen
from tests.leaks.known import Known
from tests.leaks.recorder import Recorder
from tests.support.desk import AMAZON, DERIVED, GITHUB
from totpkey.install.drive import drive_files
from totpkey_virtual.chip.images import images
from totpkey_virtual.traffic import Channel, Stream
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
    pass_through(recorder, Channel.TO_KEY, ADD, piece=10)
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
