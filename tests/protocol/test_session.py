"""The session that docs/concepts/protocol.md shows, with a real key."""

from __future__ import annotations

import base64
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pyotp

from tests.support.desk import Desk
from totpkey.cli.simulation.direct import DirectTransport
from totpkey.install.drive import drive_folder
from totpkey.link.conversation import Touch
from totpkey.link.session import Session
from totpkey_virtual.simulator import SimulatedKey

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "protocol.md"
#: What differs from key to key and from one release to the next.
VARIES = {"account", "circuitpython", "firmware", "key", "milliseconds", "sealed", "time"}

Frame = dict[str, Any]


def shown() -> list[tuple[str, Frame]]:
    """Each frame of the document, after "→" or "←"."""
    block = DOCUMENT.read_text(encoding="utf-8").split("```")[1]
    frames = []
    for part in re.split(r"^(?=[→←])", block, flags=re.MULTILINE)[1:]:
        # What stands behind a frame is a remark.
        frame, _ = json.JSONDecoder().raw_decode(part[2:])
        frames.append((part[0], frame))
    return frames


def session() -> Session:
    """The document's session."""
    begun = Session()
    begun.key = bytes.fromhex(next(frame["key"] for _, frame in shown() if frame.get("command") == "session"))
    return begun


def fixed(reply: Frame) -> Frame:
    """A reply without what varies, whose names must still be there."""
    ok = reply.get("ok", {})
    reply = reply | ({"gesture": ""} if "gesture" in reply else {})
    return reply | {"names": sorted(ok), "ok": {name: ok[name] for name in ok if name not in VARIES}}


def test_a_key_answers_as_the_document_shows() -> None:
    key = SimulatedKey(drive_folder(), unix_time=1_800_000_000.0)
    desk = Desk(key)
    desk.plug_in()
    port = DirectTransport(key)
    pending = b""
    #: The ids that this key has given, by those in the document.
    ids = {"00000000": "00000000"}

    def receive() -> Frame:
        nonlocal pending
        while b"\n" not in pending:
            data = port.read(5)
            assert data, "no answer"
            pending += data
        line, _, pending = pending.partition(b"\n")
        reply: Frame = json.loads(line)
        return reply

    touch = Touch(0, "", False, "")
    for arrow, frame in shown():
        if arrow == "→":
            known = {"account": ids[frame["account"]]} if "account" in frame else {}
            proved = "mac" in frame
            sent = {name: value for name, value in frame.items() if name != "mac"} | known
            line = json.dumps(sent, separators=(",", ":")).encode()
            port.write((session().proved(line) if proved else line) + b"\n")
            continue
        reply = receive()
        while reply.get("notice") == "waits" and frame.get("notice") == "agreed":
            reply = receive()
        assert fixed(reply) == fixed(frame)
        if "account" in frame.get("ok", {}):
            ids[frame["ok"]["account"]] = reply["ok"]["account"]
        if reply.get("notice") == "waits":
            desk.obey(touch)
        elif reply.get("notice") == "touch":
            touch = Touch(reply["seconds"], reply["gesture"], bool(reply["hold"]), "")
    desk.await_face(serial=False)


def test_the_macs_in_the_document_are_those_of_its_session() -> None:
    macs = [frame for arrow, frame in shown() if arrow == "→" and "mac" in frame]
    assert len(macs) == 5
    for frame in macs:
        line = json.dumps(
            {name: value for name, value in frame.items() if name != "mac"}, separators=(",", ":")
        )
        computed = hmac.new(session().key, line[:-1].encode(), "sha256").hexdigest()
        assert computed[:32] == frame["mac"]


def test_the_code_in_the_document_is_that_of_its_secret() -> None:
    frames = [frame for _, frame in shown()]
    add = next(frame for frame in frames if frame.get("command") == "add")
    sealed = next(frame["ok"]["sealed"] for frame in frames if "sealed" in frame.get("ok", {}))
    secret = base64.b32encode(bytes.fromhex(add["secret"])).decode()
    assert pyotp.TOTP(secret).at(add["proof"]) == session().opened(add["id"], sealed)
