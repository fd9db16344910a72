"""A hostile program on the serial port gets no keystroke and no secret, and the next good frame works."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.stage import Port
from tests.setup import corpus
from tests.support.desk import AMAZON, GITHUB, Desk
from totpkey_protocol import errors, limits
from totpkey_protocol.commands import find
from totpkey_protocol.fields import NUMBER
from totpkey_protocol.frames import LONG


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
    desk.provision(AMAZON, GITHUB)
    desk.hold_for_setup()
    desk.key.open_serial()
    desk.key.run(0.1)
    desk.key.usb.reports.clear()
    return desk


def test_the_corpus_gets_exact_errors_and_no_keystroke(attacked: Desk) -> None:
    for frame in corpus.BY_HAND + corpus.mutated(seed=10, count=150):
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
@given(st.one_of(st.binary(max_size=300), st.sampled_from(corpus.mutated(1, 500))))
def test_no_bytes_make_it_type_or_tell(attacked: Desk, data: bytes) -> None:
    for reply in exchange(attacked, data):
        assert "ok" in reply or "notice" in reply or reply["error"] in errors.ALL
    assert attacked.key.usb.reports == []
    # A command that waits for a press would answer "busy" to the next: close the port, which drops it.
    attacked.key.close_serial()
    attacked.key.run(0.05)
    attacked.key.open_serial()
    attacked.key.run(0.05)
