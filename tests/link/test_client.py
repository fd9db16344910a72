"""The conversation with a key that misbehaves. `test_commands.py` tests it with a real key."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.link.scripted import (
    BEGUN,
    HELLO,
    Answer,
    Request,
    ScriptedPeer,
    SleepingPeer,
    SlowPeer,
    after,
    echo,
    frame,
    notice,
    ok,
    raw,
    refused,
    sealed,
    told,
    touch,
)
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.link import client, conversation, replies
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.locks.passphrase import Parameters
from totpkey_protocol import commands, limits
from totpkey_protocol.answers import Begun

ACCOUNT = Account("Amazon", "me", b"12345678901234567890")


def talk(*answers: Answer, piece: int = 4096, **told: Any) -> tuple[KeyClient, ScriptedPeer]:
    """`told`: whom the client tells of what, such as `on_touch`."""
    peer = ScriptedPeer(*answers, piece=piece)
    return KeyClient(peer, ticks=peer.ticks, now=lambda: 59.7, **told), peer


@pytest.mark.parametrize(
    "noise",
    [
        b'1","ok":{}}\n',
        frame({"id": 5, "ok": HELLO}),
        frame({"id": None, "error": "bad_json"}),
        b"\n\r\n \n",
        b"\xff\xfe\n",
        b"[" * 3000 + b"\n",
        b"x" * 5000 + b"\n",
        b"null\n",
        b'"text"\n',
    ],
)
def test_hello_finds_its_way_through_what_others_left(noise: bytes) -> None:
    key, peer = talk(after(raw(noise), echo, ok(**HELLO)), piece=7)
    assert key.hello() == Begun(**BEGUN)
    assert peer.sent.startswith(b"\n{")


def test_hello_is_repeated_until_it_is_heard() -> None:
    key, peer = talk(raw(b""), raw(b""), ok(**HELLO))
    assert key.hello().board == "raspberry_pi_pico"
    assert peer.clock == 2 * client.HELLO_AGAIN


@pytest.mark.parametrize("late", [0.4, 0.7, 4.9])
def test_a_key_that_answers_each_hello_late_is_heard(late: float) -> None:
    peer = SlowPeer(*[ok(**HELLO)] * 10, late=late)
    key = KeyClient(peer, ticks=peer.ticks)
    assert key.hello() == Begun(**BEGUN)
    assert peer.clock == pytest.approx(2 * late), "hello, then the session"


def test_the_late_answers_to_hello_are_no_answers_to_what_is_asked_next() -> None:
    peer = SlowPeer(*[ok(**HELLO)] * 3, ok(salt="01" * 16, memory=65536, passes=3, lanes=4), late=1.2)
    key = KeyClient(peer, ticks=peer.ticks)
    key.hello()
    assert key.passphrase() == Parameters(bytes([1] * 16), 65536, 3, 4)


@pytest.mark.parametrize("asleep", [6.0, 3600.0])
def test_a_computer_that_stood_still_does_not_give_up_the_key(asleep: float) -> None:
    peer = SleepingPeer(ok(**HELLO), ok(), asleep=asleep)
    key = KeyClient(peer, ticks=peer.ticks)
    assert key.hello() == Begun(**BEGUN)
    peer = SleepingPeer(ok(), asleep=asleep)
    KeyClient(peer, ticks=peer.ticks).lock()


class Chatterer(ScriptedPeer):
    """A peer that says the same without end."""

    words = b"\n"

    def read(self, timeout_s: float) -> bytes:
        self.clock += 0.01
        return self.words


def test_a_port_that_never_falls_silent_is_given_up_and_an_endless_line_not_kept() -> None:
    peer = Chatterer()
    with pytest.raises(errors.NoAnswer):
        KeyClient(peer, ticks=peer.ticks).list()
    assert peer.clock == pytest.approx(conversation.ANSWER_WAIT, abs=0.02)

    peer = Chatterer()
    peer.words = b"x" * 4096
    tracemalloc.start()
    with pytest.raises(errors.NoAnswer):
        KeyClient(peer, ticks=peer.ticks).list()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peer.clock * 100 * 4096 > 10 * most


def test_a_port_with_nobody_behind_it_times_out() -> None:
    key, peer = talk()
    with pytest.raises(errors.NoAnswer):
        key.hello(wait=1.5)
    assert peer.clock == pytest.approx(1.5)


def test_what_only_reads_is_read_again_once() -> None:
    key, peer = talk(raw(b""), ok(accounts=[], next=0, total=0, chosen=0))
    assert key.list() == ()
    assert peer.clock == conversation.ANSWER_WAIT
    peer.script()
    with pytest.raises(errors.NoAnswer):
        key.list()


def test_a_key_of_another_protocol_is_told_from_a_broken_one() -> None:
    key, _ = talk(ok(protocol=3, other="fields"))
    with pytest.raises(errors.VersionMismatch, match="version 3"):
        key.hello()


@pytest.mark.parametrize("field", sorted(BEGUN))
def test_a_reply_that_lacks_a_field_is_named_as_bad(field: str) -> None:
    key, peer = talk(ok(**HELLO))
    del peer.begun[field]
    with pytest.raises(errors.BadReply, match=field):
        key.hello()


@pytest.mark.parametrize("reply", [[], "text", None, {"accounts": {}, "next": 0, "total": 0}])
def test_a_reply_of_the_wrong_shape_is_bad(reply: object) -> None:
    key, _ = talk(lambda request: told(request, ok=reply))
    with pytest.raises(errors.BadReply):
        key.list()


@pytest.mark.parametrize(
    "line",
    [
        lambda request: frame({"id": None, "error": "bad_utf8"}),
        lambda request: frame({"id": request["id"], "ok": {}}),
        lambda request: frame({"id": request["id"], "error": "not_agreed"}),
        lambda request: frame({"id": request["id"], "notice": "touch", "gesture": "222", "hold": 0}),
        lambda request: told(request, ok={})[:-1] + b"0\n",
        lambda request: told(request, ok={})[:-2] + b"\n",
        lambda request: told(request, ok={}).upper(),
        lambda request: told(request, ok={}).replace(str(request["id"]).encode(), b"0"),
        lambda request: b"{}" + told(request, ok={}),
        lambda request: b"0" * 32 + b"\n",
        lambda request: b"x\n",
    ],
)
def test_what_is_not_proved_is_no_message_and_is_told_aloud_once(line: Answer) -> None:
    aloud: list[int] = []
    key, _ = talk(after(line, line, ok()), on_stranger=lambda: aloud.append(1))
    key.lock()
    assert aloud == [1]


def test_a_gesture_is_announced_and_followed_to_its_end() -> None:
    touches: list[Touch] = []
    counted = notice("waits", counted="", presses=3), notice("waits", counted="3", presses=0)
    answer = after(touch(30, "32", hold=1), *counted, notice("agreed"), ok())
    talk(answer, on_touch=touches.append)[0].wipe()
    assert (touches[0].seconds, touches[0].gesture, touches[0].hold) == (30, "32", True)
    assert touches[0].consent == "everything"
    assert [(each.counted, each.presses, each.notice) for each in touches] == [
        ("", 0, "touch"),
        ("", 3, "waits"),
        ("3", 0, "waits"),
        ("", 0, "agreed"),
    ]


@pytest.mark.parametrize(("told", "calm"), [(7, 7), (0, 1), (-3, 1), (99, 10), ("x", 10), (None, 10)])
def test_a_request_whose_gesture_failed_is_sent_again_after_the_calm_that_the_key_tells(
    told: object, calm: int
) -> None:
    waited: list[int] = []
    answers = refused("not_agreed"), refused("calm", seconds=told), ok()
    key, peer = talk(*answers, on_calm=waited.append)
    key.wipe()
    assert waited == [limits.CALM, calm]
    peer.script(*[refused("not_agreed")] * 4)
    with pytest.raises(errors.KeyRefused, match="Not agreed"):
        key.wipe()
    assert len(waited) == 2 + conversation.TRIES - 1


def test_a_time_that_is_sent_again_after_a_gesture_that_failed_is_that_of_then() -> None:
    peer = ScriptedPeer(refused("not_agreed"), ok(clock="trusted", time=1_800_000_000, milliseconds=0))

    def calm(seconds: int) -> None:
        peer.clock += seconds

    KeyClient(peer, ticks=peer.ticks, on_calm=calm).set_time(lambda: 1_800_000_000 + int(peer.clock))
    first, again = (request["time"] for request in peer.requests)
    assert again - first == limits.CALM


def doubtful(*answers: Answer, **begun: str) -> tuple[KeyClient, ScriptedPeer]:
    """A key that answers a request so, and then nothing more; a second session is told `begun` of it."""
    key, peer = talk()
    key.begin_session()

    def answer(request: Request) -> bytes:
        peer.begun |= {name: request.tag if value == "its tag" else value for name, value in begun.items()}
        return after(*answers)(request)

    peer.script(answer)
    peer.clock = 0.0
    return key, peer


REMOVE = ("remove", lambda key: key.remove("0a1b2c3d"))
RENAME = ("rename", lambda key: key.rename("0a1b2c3d", "", "me"))
CARD = ("make_card", lambda key: key.make_card("me"))
LOCK = ("lock", KeyClient.lock)
LIST = ("list", KeyClient.list)
ASKED = touch(30, "32")


@pytest.mark.parametrize(
    ("command", "answers", "begun", "outcome"),
    [
        # Which request a touch allowed last decides, by its tag.
        (REMOVE, (ASKED,), {}, errors.NotDone),
        (REMOVE, (), {}, errors.NotDone),
        (REMOVE, (ASKED,), {"agreed": "its tag"}, None),
        (REMOVE, (ASKED, notice("agreed")), {"agreed": "its tag"}, None),
        (REMOVE, (), {"agreed": "its tag"}, None),
        (REMOVE, (ASKED,), {"agreed": "0" * 32}, errors.NotDone),
        (REMOVE, (ASKED,), {"agreed": "its tag", "outcome": "storage"}, errors.KeyRefused),
        (CARD, (ASKED,), {"agreed": "its tag"}, errors.DoneUnheard),
        (REMOVE, (ASKED,), {"start": "01" * 8, "agreed": "its tag"}, None),
        (REMOVE, (ASKED, notice("agreed")), {}, errors.OutcomeUnknown),
        (REMOVE, (ASKED,), {"agreed": "its tag", "outcome": "busy"}, errors.OutcomeUnknown),
        # After a restart, or a touch for another program's request, nobody knows.
        (REMOVE, (ASKED,), {"start": "01" * 8}, errors.OutcomeUnknown),
        (REMOVE, (ASKED,), {"start": "01" * 8, "agreed": "0" * 32}, errors.OutcomeUnknown),
        # What may need no touch may have been done without one.
        (RENAME, (), {}, errors.OutcomeUnknown),
        (RENAME, (ASKED,), {}, errors.NotDone),
        (LOCK, (), {}, errors.OutcomeUnknown),
        # What only reads is read again.
        (LIST, (), {}, errors.NoAnswer),
    ],
)
def test_a_doubt_is_settled_by_a_new_session(
    command: tuple[str, Callable[[KeyClient], object]],
    answers: tuple[Answer, ...],
    begun: dict[str, str],
    outcome: type[Exception] | None,
) -> None:
    key, peer = doubtful(*answers, **begun)
    if outcome:
        with pytest.raises(outcome):
            command[1](key)
    else:
        command[1](key)
    assert peer.requests[-1]["command"] == command[0]
    assert peer.sent.count(b'"command":"session"') == 2


def test_what_a_touch_allowed_this_program_before_is_no_doubt() -> None:
    key, peer = doubtful(ASKED, ok())
    key.remove("0a1b2c3d")
    peer.begun |= {"start": "01" * 8, "agreed": peer.requests[-1].tag}
    with pytest.raises(errors.NotDone):
        key.remove("0a1b2c3d")


@pytest.mark.parametrize(("late", "shown"), [(0.0, ["32"]), (29.0, ["32"]), (31.0, [])])
def test_a_gesture_is_shown_once_and_not_late(late: float, shown: list[str]) -> None:
    touches: list[Touch] = []
    key, peer = talk(on_touch=touches.append)
    key.begin_session()

    def answer(request: Request) -> bytes:
        peer.clock += late
        return after(ASKED, touch(30, "22"))(request)

    peer.script(answer)
    with pytest.raises(errors.NotDone):
        key.remove("0a1b2c3d")
    assert [each.gesture for each in touches] == shown


@pytest.mark.parametrize("command", [REMOVE, LOCK])
def test_a_key_that_does_not_answer_again_leaves_its_outcome_unknown(
    command: tuple[str, Callable[[KeyClient], object]],
) -> None:
    key, peer = doubtful()
    peer.silent = True
    with pytest.raises(errors.NoAnswer, match="unknown whether the key did this"):
        command[1](key)


def test_what_does_not_wait_any_more_is_told_after_three_seconds() -> None:
    key, peer = doubtful(ASKED, notice("waits", counted="3", presses=0))
    with pytest.raises(errors.NotDone, match="another program may have ended") as raised:
        key.remove("0a1b2c3d")
    assert "Do not touch the button" in raised.value.remedy
    assert peer.clock == limits.BEAT_LOST


@pytest.mark.parametrize(
    "command", [KeyClient.wipe, lambda key: key.remove("0a1b2c3d")], ids=["wipe", "remove"]
)
def test_after_the_gesture_the_answer_may_take_its_time(command: Callable[[KeyClient], None]) -> None:
    key, peer = doubtful(ASKED, notice("agreed"), agreed="its tag")
    command(key)
    assert peer.clock == conversation.REWRITE_WAIT


def test_a_wait_that_a_false_key_never_ends_is_ended() -> None:
    key, _ = doubtful(ASKED, *[notice("waits", counted="", presses=0)] * 400)
    with pytest.raises(errors.NotDone):
        key.remove("0a1b2c3d")


@pytest.mark.parametrize(("agreed", "outcome"), [("", KeyboardInterrupt), ("its tag", errors.DoneUnheard)])
def test_a_cancelled_request_is_ended_or_was_done(agreed: str, outcome: type[BaseException]) -> None:
    key, peer = doubtful(ASKED, agreed=agreed)
    peer.interrupts = 1
    with pytest.raises(outcome):
        key.remove("0a1b2c3d")
    assert peer.sent.count(b'"command":"session"') == 2


def test_a_port_that_goes_while_a_change_waits_leaves_its_outcome_unknown() -> None:
    key, peer = doubtful(ASKED)
    peer.gone = True
    with pytest.raises(errors.PortVanished, match="unknown whether the key did this"):
        key.remove("0a1b2c3d")
    with pytest.raises(errors.PortVanished) as raised:
        key.list()
    assert "unknown" not in raised.value.cause


@pytest.mark.parametrize("seconds", [10**12, "soon", None])
def test_no_notice_makes_the_host_wait_for_ever(seconds: object) -> None:
    key, peer = talk(touch(seconds, "9" * 1000))
    with pytest.raises(errors.NotDone):
        key.code("0a1b2c3d")
    assert peer.clock == limits.BEAT_LOST


def test_a_session_that_another_program_ended_is_begun_again_with_the_next_request() -> None:
    key, peer = talk(refused("no_session"), ok())
    with pytest.raises(errors.KeyRefused, check=lambda told: told.code == "no_session"):
        key.remove("0a1b2c3d")
    key.remove("0a1b2c3d")
    assert peer.sent.count(b'"command":"session"') == 2


def test_add_sends_the_moment_and_accepts_the_right_code_alone() -> None:
    # RFC 6238 appendix B at 59 s, whose last six digits are the code of six.
    key, peer = talk(*(sealed(code, account="0a1b2c3d") for code in ("287082", "287083")))
    assert key.add(ACCOUNT) == replies.Added("0a1b2c3d", "287082")
    assert peer.requests[0]["proof"] == 59
    with pytest.raises(errors.ProofFailed) as raised:
        key.add(ACCOUNT)
    assert "0a1b2c3d" in raised.value.remedy


def test_a_key_without_accounts_exports_none() -> None:
    key, _ = talk(ok(sealed="", next=0, total=0))
    assert list(key.export(bytes(32))) == []


def test_a_sealed_account_that_is_no_base64_is_bad_and_so_is_a_list_that_goes_nowhere() -> None:
    key, _ = talk(ok(sealed="AA?C", next=1, total=1), ok(accounts=[], next=0, total=2, chosen=0))
    with pytest.raises(errors.BadReply, match="base64"):
        list(key.export(bytes(32)))
    with pytest.raises(errors.BadReply, match="never ends"):
        key.list()


def test_how_a_passphrase_is_derived_comes_back_as_it_was_set() -> None:
    key, peer = talk(ok(renewed=1), ok(salt="01" * 16, memory=65536, passes=3, lanes=4))
    key.set_passphrase(bytes(32), bytes([1] * 16), 65536, 3, 4)
    assert key.passphrase() == Parameters(bytes([1] * 16), 65536, 3, 4)
    sent = {name: peer.requests[0][name] for name in ("derived", "salt", "memory", "passes", "lanes")}
    assert sent == {"derived": "00" * 32, "salt": "01" * 16, "memory": 65536, "passes": 3, "lanes": 4}


def test_what_the_key_would_refuse_is_not_sent() -> None:
    key, peer = talk()
    with pytest.raises(errors.KeyRefused):
        key.add(Account("", "a" * 65, b"1"))
    for pin in ("", "123", "1234567890123", "12a4", "١٢٣٤"):
        with pytest.raises(errors.KeyRefused):
            key.unlock_pin(pin)
    assert peer.sent == b""


NAME = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=limits.NAME)


@given(issuer=NAME, label=NAME, secret=st.binary(min_size=128, max_size=128))
def test_the_longest_account_fits_a_frame_as_raw_utf8(issuer: str, label: str, secret: bytes) -> None:
    key, peer = talk(refused("full"))
    with pytest.raises(errors.KeyRefused):
        key.add(Account(issuer, label, secret, "SHA512", 8, 300))
    assert len(peer.sent) <= limits.FRAME
    assert f'"label":{json.dumps(label, ensure_ascii=False)}'.encode() in peer.sent


def test_done_is_content_when_the_port_goes_away() -> None:
    key, peer = talk()
    key.begin_session()
    peer.gone = True
    key.done()
    assert peer.requests[0]["command"] == "done"


def test_the_client_has_a_method_for_every_command() -> None:
    # A session begins by itself, and a new end asks for its challenge.
    names = {command.name for command in commands.COMMANDS} - {"session", "owner"}
    assert all(callable(getattr(KeyClient, name)) for name in names)
