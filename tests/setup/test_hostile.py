"""A hostile program on the serial port gets no keystroke and no secret, and the next good frame works.

Its frames are handwritten, or seeded mutations of valid ones.
"""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.stage import Port
from tests.support.desk import AMAZON, Desk
from totpkey_protocol import errors, limits
from totpkey_protocol.commands import find
from totpkey_protocol.fields import NUMBER
from totpkey_protocol.frames import LONG

GOOD = [
    {"id": 1, "command": "hello"},
    {"id": 2, "command": "time"},
    {"id": 3, "command": "set_time", "time": limits.TIME_LEAST},
    {"id": 4, "command": "list", "start": 0},
    {"id": 5, "command": "rename", "account": "00000000", "issuer": "a", "label": "b"},
    {"id": 6, "command": "remove", "account": "00000000"},
    {"id": 7, "command": "code", "account": "00000000"},
    {"id": 8, "command": "add", "label": "x", "secret": "00" * 10, "proof": 0, "digits": 9},
]

BY_HAND = [
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"}",
    b"[]",
    b"null",
    b'{"id":1}',
    b'{"id":1,"command":7}',
    b'{"id":1,"command":"eval"}',
    b'{"id":1,"command":"__init__"}',
    b'{"id":1,"command":"hello","x":1}',
    b'{"id":1,"command":"hello","command":"done"}',
    b'{"id":1,"ok":{}}',
    b'{"id":1,"error":"busy"}',
    b'{"id":1,"command":"list","start":65536}',
    b'{"id":1,"command":"list","start":9}',
    b'{"id":1,"command":"list","start":-1}',
    b'{"id":1,"command":"list","start":1e9}',
    b'{"id":1e9,"command":"list"}',
    b'{"id":99999999999999999999999999,"command":"list"}',
    b"[" * 1000,
    b'{"a":' * 200,
    b'{"id":1,"command":"' + b"\\u0041" * 100 + b'"}',
    b'{"id":1,"command":"\\ud83d"}',
    b"x" * (limits.FRAME - 1),
    b"x" * limits.FRAME,
    b"x" * (4 * limits.FRAME),
    b"\x03",
    b"\x04",
    b"\r\r\r",
    b"import os",
    b"AT+GMM",
]


def mutated(seed: int, count: int) -> list[bytes]:
    """Return valid frames in which bytes were changed, deleted, duplicated or cut off."""
    source = random.Random(seed)
    frames = []
    for _ in range(count):
        frame = bytearray(json.dumps(source.choice(GOOD), separators=(",", ":")).encode())
        for _ in range(source.randint(1, 4)):
            at = source.randrange(len(frame))
            how = source.randrange(4)
            if how == 0:
                frame[at] = source.randrange(256)
            elif how == 1:
                del frame[at : at + source.randint(1, 5)]
            elif how == 2:
                frame[at:at] = frame[at : at + source.randint(1, 30)]
            else:
                del frame[max(at, 1) :]
            frame = frame or bytearray(b"{")
        frames.append(bytes(frame))
    return frames


def exchange(desk: Desk, data: bytes) -> list[dict[str, object]]:
    """Send bytes and a good frame behind them; all replies up to the good one's."""
    desk.key.write_serial(data + b'\n{"id":77,"command":"hello"}\n')
    received = b""

    def answered() -> bool:
        nonlocal received
        received += desk.key.read_serial()
        return b'{"id":77,"ok"' in received and received.endswith(b"\n")

    assert desk.key.run_until(answered, 5), "the good frame got no answer"
    return [json.loads(line) for line in received.splitlines()]


@pytest.fixture
def attacked(desk: Desk) -> Desk:
    """A provisioned key in setup, its port open."""
    desk.plug_into_setup()
    desk.key.open_serial()
    desk.key.run(0.1)
    desk.key.usb.reports.clear()
    return desk


def test_the_corpus_gets_exact_errors_and_no_keystroke(attacked: Desk) -> None:
    for frame in BY_HAND + mutated(seed=10, count=150):
        *replies, last = exchange(attacked, frame)
        assert last["id"] == 77
        for reply in replies:
            assert "ok" in reply or reply["error"] in errors.ALL
    assert attacked.key.usb.reports == []
    assert "ok" in last


@pytest.mark.parametrize(
    ("size", "error"), [(limits.FRAME - 1, errors.BAD_JSON), (limits.FRAME, errors.FRAME_TOO_LONG)]
)
def test_the_longest_frame_and_one_more(attacked: Desk, size: int, error: str) -> None:
    replies = exchange(attacked, b"x" * size)
    assert replies[0] == {"id": None, "error": error}


@pytest.mark.parametrize("command", ["sample", "remove_slot", "set_typing"])
def test_a_program_with_a_session_gets_an_exact_error_for_a_long_choice(desk: Desk, command: str) -> None:
    """A long text stays a part of its frame. The key once took it for one of the choices, and restarted."""
    choice = {"sample": "text", "remove_slot": "slot", "set_typing": "mode"}[command]
    found = find(command)
    assert found is not None
    given: dict[str, str | int] = {
        field.name: field.least if field.kind == NUMBER else "".join(field.choices[:1])
        for field in found.takes
    }
    desk.provision(AMAZON)
    desk.hold_for_setup()
    port = Port(desk)
    port.open()
    refused = port.ask(command, **{**given, choice: "a" * (LONG + 1)})
    assert (refused.get("error"), refused.get("field")) == (errors.BAD_VALUE, choice)
    assert "ok" in port.ask("hello")


def test_an_echoed_reply_is_not_answered(attacked: Desk) -> None:
    replies = exchange(attacked, b'{"id":5,"ok":{"clock":"trusted"}}\r\n{"id":6,"error":"busy"}\r')
    assert [reply["id"] for reply in replies] == [77]


@pytest.mark.simulator_only(reason="found cases are kept in the corpus, which the chip replays")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.sampled_from(mutated(1, 500))))
def test_no_bytes_make_it_type_or_tell(attacked: Desk, data: bytes) -> None:
    for reply in exchange(attacked, data):
        assert "ok" in reply or "notice" in reply or reply["error"] in errors.ALL
    assert attacked.key.usb.reports == []
    # A command that waits for a press would answer "busy" to the next: close the port, which drops it.
    attacked.key.close_serial()
    attacked.key.run(0.05)
    attacked.key.open_serial()
    attacked.key.run(0.05)
