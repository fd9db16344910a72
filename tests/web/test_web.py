"""The bridge of `totpkey web`, as seen by a page, a hostile page and a person at a terminal."""

from __future__ import annotations

import json
import os
import tty
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.load import patience
from tests.support.port import PortDesk
from tests.web.bridge_page import PAGE, Serve, visit
from tests.web.conftest import MakeDesk, simulated
from totpkey.accounts.account import read as read_account
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.link.client import KeyClient
from totpkey.link.discovery import KeyPort
from totpkey.link.transport import SerialTransport
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer

SECRET = "JBSW Y3DP EHPK 3PXP"


# Messages


@pytest.mark.parametrize(
    "message",
    [
        "",
        "open",
        "[]",
        "7",
        "{}",
        "[" * 9000,
        '{"do": "dance"}',
        '{"do": "open"}',
        '{"do": "open", "key": 7}',
        '{"do": "open", "key": "x", "more": 1}',
        '{"do": "close", "key": "x"}',
        '{"do": ["close"]}',
    ],
)
def test_a_message_that_cannot_be_followed_changes_nothing(
    serve: Serve, nobody: PageServer, message: str
) -> None:
    page = serve.visit(nobody)
    page.socket.send(message)
    assert page.event("refused") == {"event": "refused", "reason": "bad_message"}
    page.do("close")
    assert page.event("refused")["reason"] == "not_open"


def test_bytes_for_no_port_and_a_port_that_is_open_already(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    page.socket.send(b"hello\n")
    assert page.event("refused")["reason"] == "not_open"
    with KeyClient(page.open_only_key()) as client:
        page.do("open", key="x")
        assert page.event("refused")["reason"] == "already_open"
        assert client.hello().face == "setup"


def test_a_message_that_is_too_long_ends_the_connection(serve: Serve, nobody: PageServer) -> None:
    page = serve.visit(nobody)
    page.socket.send(bytes((1 << 16) + 1))
    with pytest.raises(ConnectionClosed) as closed:
        page.event("refused")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


# With a key


def test_a_simulated_key_is_named(serve: Serve, desk: PortDesk) -> None:
    told = serve.page(simulated(desk)).keys(1)
    assert told["keys"] == [
        {
            "key": "0001020304050607",
            "name": "Adafruit Trinkey QT2040 (simulated)",
            "port": "",
            "board": "adafruit_qt2040_trinkey",
            "kind": "simulated",
        }
    ]


def test_many_bytes_arrive_whole_and_in_order(serve: Serve, desk: PortDesk) -> None:
    """Each of these lines is answered by the key, so what comes back counts and orders them."""
    page = serve.page(simulated(desk))
    transport = page.open_only_key()
    requests = [f'{{"id":{number},"command":"hello"}}\n' for number in range(300)]
    transport.write("".join(requests).encode())
    replies = b""
    while replies.count(b"\n") < len(requests) and (more := transport.read(patience())):
        replies += more
    assert [json.loads(reply)["id"] for reply in replies.splitlines()] == list(range(300))


def test_a_closed_port_is_free_for_others_and_can_be_opened_again(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    key = page.keys(1)["keys"][0]["key"]
    for _ in range(2):
        client = KeyClient(page.open(key))
        assert client.hello().state == "blank"
        page.do("close")
        assert page.event("closed") == {"event": "closed", "key": key, "reason": "asked"}
        SerialTransport(str(desk.bridge.path)).close()


def test_a_page_that_leaves_lets_the_port_go(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    page.open_only_key()
    desk.until(lambda: desk.bridge.client_present, patience())
    page.socket.close()
    desk.until(lambda: not desk.bridge.client_present, patience())
    SerialTransport(str(desk.bridge.path)).close()


def test_unplugged_in_the_middle_and_plugged_in_again(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    key = page.keys(1)["keys"][0]["key"]
    page.open(key)
    with desk.bridge.lock:
        desk.key.unplug()
    assert page.event("closed") == {"event": "closed", "key": key, "reason": "unplugged"}
    assert page.keys(0)["everyday"] is False
    page.do("open", key=key)
    assert page.event("closed")["reason"] == "missing"
    with desk.bridge.lock:
        desk.key.plug()
    assert page.keys(1)["keys"][0]["key"] == key
    assert KeyClient(page.open(key)).hello().state == "blank"


def test_a_key_that_goes_to_its_everyday_face(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    client = KeyClient(page.open_only_key())
    client.hello()
    client.add(read_account(SECRET, "me").account)
    client.done()
    assert page.event("closed")["reason"] == "unplugged"
    while not page.keys(0)["everyday"]:
        pass


def test_a_port_that_another_program_uses(serve: Serve, desk: PortDesk) -> None:
    page = serve.page(simulated(desk))
    key = page.keys(1)["keys"][0]["key"]
    holder = SerialTransport(str(desk.bridge.path))
    page.do("open", key=key)
    assert page.event("closed") == {"event": "closed", "key": key, "reason": "busy"}
    holder.close()
    assert KeyClient(page.open(key)).hello().state == "blank"


def test_real_keys_are_those_that_the_search_finds(serve: Serve, make_desk: MakeDesk) -> None:
    ports = [KeyPort(str(make_desk(uid).bridge.path), uid.hex()) for uid in (b"\xaa" * 8, b"\xbb" * 8)]
    told = serve.page(RealKeys(find_ports=lambda: ports, find_everyday=list)).keys(2)
    assert told["keys"][0] == {
        "key": "aa" * 8,
        "name": "totpkey " + "aa" * 8,
        "port": ports[0].path,
        "board": "",
        "kind": "real",
    }
    page = serve.page(RealKeys(key="BB", find_ports=lambda: ports, find_everyday=list))
    assert KeyClient(page.open_only_key()).hello().key == "bb" * 8


def test_a_port_that_was_named_is_the_only_one(serve: Serve, desk: PortDesk) -> None:
    path = str(desk.bridge.path)
    page = serve.page(RealKeys(port=path, find_everyday=lambda: ["1-2"]))
    told = page.keys(1)
    assert told["keys"][0] | {"name": ""} == {
        "key": path,
        "name": "",
        "port": path,
        "board": "",
        "kind": "real",
    }
    assert KeyClient(page.open(path)).hello().state == "blank"
    with desk.bridge.lock:
        desk.key.unplug()
    assert page.event("closed")["reason"] == "unplugged"
    assert page.keys(0)["everyday"] is False
    with desk.bridge.lock:
        desk.key.plug()
    assert page.keys(1)


def test_a_key_that_is_a_keyboard_is_told_of(serve: Serve) -> None:
    page = serve.page(RealKeys(find_ports=list, find_everyday=lambda: ["1-2"]))
    assert page.keys(0)["everyday"] is True


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every port")
def test_a_port_that_this_user_may_not_open(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.touch(mode=0)
    page = serve.page(RealKeys(port=str(path)))
    page.do("open", key=str(path))
    assert page.event("closed")["reason"] == "forbidden"


def test_a_key_that_takes_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port whose other side never reads: its buffer fills up, and then the write has to give up."""
    monkeypatch.setattr("totpkey.link.transport._WRITE_WAIT", 0.05)
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    path = os.ttyname(theirs)
    page = serve.page(RealKeys(port=path))
    page.open(path)
    for _ in range(8):
        page.socket.send(bytes(1 << 14))
    assert page.event("closed") == {"event": "closed", "key": path, "reason": "stuck"}
    os.close(ours)
    os.close(theirs)


def test_the_end_of_the_server_is_told_and_frees_the_port(desk: PortDesk) -> None:
    with PageServer(simulated(desk), lambda: PAGE) as server, visit(server) as page:
        page.open_only_key()
        server.__exit__(None, None, None)
        with pytest.raises(ConnectionClosed) as closed:
            page.event("nothing")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    desk.until(lambda: not desk.bridge.client_present, patience())


def test_nothing_that_is_carried_is_logged(
    serve: Serve, desk: PortDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """At the level at which the library would write down each message; the search for leaks reads it too."""
    caplog.set_level("DEBUG")
    page = serve.page(simulated(desk))
    page.open_only_key()
    page.socket.send(b'{"id":1,"command":"no such thing"}\n')
    while b"no_session" not in page.bytes(patience()):
        pass
    # The client of this test logs under a name of its own.
    assert not [record for record in caplog.records if "client" not in record.name]


# The command


def test_without_a_page_the_command_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("totpkey.web.NAME", "no-such-page.html")
    assert run(["web", "--no-browser"]) == exits.ERROR
    assert "make page" in capsys.readouterr().err


@pytest.mark.parametrize("options", [("--simulate",), ("--board", "raspberry_pi_pico"), ("--state", "x")])
def test_options_that_contradict_each_other(options: tuple[str, ...]) -> None:
    assert run(["--port", "x", "web", *options]) == exits.USAGE
