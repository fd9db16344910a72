"""The session that docs/concepts/protocol.md shows, with a real key."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pyotp

from tests.support import records
from tests.support.keys import simulated
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.link.conversation import Touch

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "protocol.md"
#: What differs from key to key and from one release to the next.
VARIES = {"account", "circuitpython", "firmware", "key", "milliseconds", "sealed", "start", "time"}

Frame = dict[str, Any]


def shown() -> list[tuple[str, Frame, str]]:
    """Each record of the document: "→" or "←", its object, and its tag, which may be empty."""
    block = DOCUMENT.read_text(encoding="utf-8").split("```")[1]
    frames = []
    for part in re.split(r"^(?=[→←])", block, flags=re.MULTILINE)[1:]:
        frame, end = json.JSONDecoder().raw_decode(part[2:])
        # What stands behind a record is a remark.
        tag = re.match(r"\s*([0-9a-f]{32})\b", part[2 + end :])
        frames.append((part[0], frame, tag[1] if tag else ""))
    return frames


def session_key() -> bytes:
    return bytes.fromhex(next(frame["key"] for _, frame, _ in shown() if frame.get("command") == "session"))


def written(frame: Frame) -> bytes:
    return json.dumps(frame, separators=(",", ":")).encode()


def tag_of(text: bytes) -> str:
    return records.tag(session_key(), text).decode()


def fixed(reply: Frame) -> Frame:
    """A reply without what varies, whose names must still be there."""
    ok = reply.get("ok", {})
    reply = reply | ({"gesture": ""} if "gesture" in reply else {})
    return reply | {"names": sorted(ok), "ok": {name: ok[name] for name in ok if name not in VARIES}}


def test_a_key_answers_as_the_document_shows() -> None:
    desk = simulated(unix_time=1_800_000_000.0)
    desk.plug_in()
    port = DirectTransport(desk.key)
    pending = b""
    #: The ids that this key has given, by those in the document.
    ids = {"00000000": "00000000"}

    def receive(proved: bool) -> Frame:
        nonlocal pending
        while b"\n" not in pending:
            data = port.read(5)
            assert data, "no answer"
            pending += data
        line, _, pending = pending.partition(b"\n")
        text, tag = records.split(line)
        assert tag.decode() == (tag_of(text) if proved else "")
        return records.message(line)

    touch = Touch(0, "", False, "")
    for arrow, frame, tag in shown():
        if arrow == "→":
            known = {"account": ids[frame["account"]]} if "account" in frame else {}
            line = written(frame | known)
            port.write(line + (tag_of(line).encode() if tag else b"") + b"\n")
            continue
        reply = receive(tag != "")
        while reply.get("notice") == "waits" and frame.get("notice") == "agreed":
            reply = receive(True)
        assert fixed(reply) == fixed(frame)
        if "account" in frame.get("ok", {}):
            ids[frame["ok"]["account"]] = reply["ok"]["account"]
        if reply.get("notice") == "waits":
            desk.obey(touch)
        elif reply.get("notice") == "touch":
            touch = Touch(reply["seconds"], reply["gesture"], bool(reply["hold"]), "")
    desk.await_face(serial=False)


def test_the_tags_in_the_document_are_those_of_its_session() -> None:
    tagged = [(frame, tag) for _, frame, tag in shown() if tag]
    assert len(tagged) == 14
    assert [tag for _, tag in tagged] == [tag_of(written(frame)) for frame, _ in tagged]


def test_the_code_in_the_document_is_that_of_its_secret() -> None:
    frames = [frame for _, frame, _ in shown()]
    add = next(frame for frame in frames if frame.get("command") == "add")
    sealed = next(frame["ok"]["sealed"] for frame in frames if "sealed" in frame.get("ok", {}))
    secret = base64.b32encode(bytes.fromhex(add["secret"])).decode()
    code = records.cover(session_key(), add["id"], bytes.fromhex(sealed))
    assert pyotp.TOTP(secret).at(add["proof"]) == code.decode()
