"""The bridge of `totpkey web`, as seen by a page, a hostile page and a person at a terminal.

It admits the page alone, and serves nothing else.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.load import patience
from tests.support.port import PortDesk
from tests.web.bridge_page import PAGE, Page, Serve, visit
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


@contextmanager
def ended(code: int) -> Iterator[None]:
    """The server ends the connection meanwhile, with this code."""
    with pytest.raises(ConnectionClosed) as closed:
        yield
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


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


def test_bytes_for_no_port_and_a_port_that_is_open_already(page: Page) -> None:
    page.socket.send(b"hello\n")
    assert page.event("refused")["reason"] == "not_open"
    with KeyClient(page.open_only_key()) as client:
        page.do("open", key="x")
        assert page.event("refused")["reason"] == "already_open"
        assert client.hello().face == "setup"


def test_a_message_that_is_too_long_ends_the_connection(serve: Serve, nobody: PageServer) -> None:
    page = serve.visit(nobody)
    page.socket.send(bytes((1 << 16) + 1))
    with ended(1009):
        page.event("refused")


# With a key


def test_a_simulated_key_is_named(page: Page) -> None:
    assert page.keys(1)["keys"] == [
        {
            "key": "0001020304050607",
            "name": "Adafruit Trinkey QT2040 (simulated)",
            "port": "",
            "board": "adafruit_qt2040_trinkey",
            "kind": "simulated",
        }
    ]


def test_many_bytes_arrive_whole_and_in_order(page: Page) -> None:
    """Each of these lines is answered by the key, so what comes back counts and orders them."""
    transport = page.open_only_key()
    requests = [f'{{"id":{number},"command":"hello"}}\n' for number in range(300)]
    transport.write("".join(requests).encode())
    replies = b""
    while replies.count(b"\n") < len(requests) and (more := transport.read(patience())):
        replies += more
    assert [json.loads(reply)["id"] for reply in replies.splitlines()] == list(range(300))


def test_a_closed_port_is_free_for_others_and_can_be_opened_again(page: Page, desk: PortDesk) -> None:
    key = page.keys(1)["keys"][0]["key"]
    for _ in range(2):
        client = KeyClient(page.open(key))
        assert client.hello().state == "blank"
        page.do("close")
        assert page.event("closed") == {"event": "closed", "key": key, "reason": "asked"}
        SerialTransport(str(desk.bridge.path)).close()


def test_a_page_that_leaves_lets_the_port_go(page: Page, desk: PortDesk) -> None:
    page.open_only_key()
    desk.until(lambda: desk.bridge.client_present, patience())
    page.socket.close()
    desk.until(lambda: not desk.bridge.client_present, patience())
    SerialTransport(str(desk.bridge.path)).close()


def test_unplugged_in_the_middle_and_plugged_in_again(page: Page, desk: PortDesk) -> None:
    key = page.keys(1)["keys"][0]["key"]
    page.open(key)
    desk.unplug()
    assert page.event("closed") == {"event": "closed", "key": key, "reason": "unplugged"}
    assert page.keys(0)["everyday"] is False
    page.do("open", key=key)
    assert page.event("closed")["reason"] == "missing"
    desk.plug_in()
    assert page.keys(1)["keys"][0]["key"] == key
    assert KeyClient(page.open(key)).hello().state == "blank"


def test_a_key_that_goes_to_its_everyday_face(page: Page) -> None:
    client = KeyClient(page.open_only_key())
    client.hello()
    client.add(read_account(SECRET, "me").account)
    client.done()
    assert page.event("closed")["reason"] == "unplugged"
    while not page.keys(0)["everyday"]:
        pass


def test_a_port_that_another_program_uses(page: Page, desk: PortDesk) -> None:
    key = page.keys(1)["keys"][0]["key"]
    holder = SerialTransport(str(desk.bridge.path))
    page.do("open", key=key)
    assert page.event("closed") == {"event": "closed", "key": key, "reason": "busy"}
    holder.close()
    assert KeyClient(page.open(key)).hello().state == "blank"


def test_real_keys_are_those_that_the_search_finds(serve: Serve, make_desk: MakeDesk) -> None:
    ports = [KeyPort(str(make_desk(uid).bridge.path), uid.hex()) for uid in (b"\xaa" * 8, b"\xbb" * 8)]
    told = serve.page(RealKeys(find_ports=lambda: ports, find_everyday=list)).keys(2)
    named = {"key": "aa" * 8, "name": "totpkey " + "aa" * 8, "port": ports[0].path}
    assert told["keys"][0] == {**named, "board": "", "kind": "real"}
    page = serve.page(RealKeys(key="BB", find_ports=lambda: ports, find_everyday=list))
    assert KeyClient(page.open_only_key()).hello().key == "bb" * 8


def test_a_port_that_was_named_is_the_only_one(serve: Serve, desk: PortDesk) -> None:
    path = str(desk.bridge.path)
    page = serve.page(RealKeys(port=path, find_everyday=lambda: ["1-2"]))
    told = page.keys(1)
    expected = {"key": path, "name": "", "port": path, "board": "", "kind": "real"}
    assert told["keys"][0] | {"name": ""} == expected
    assert KeyClient(page.open(path)).hello().state == "blank"
    desk.unplug()
    assert page.event("closed")["reason"] == "unplugged"
    assert page.keys(0)["everyday"] is False
    desk.plug_in()
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
        with ended(1001):
            page.event("nothing")
    desk.until(lambda: not desk.bridge.client_present, patience())


def test_nothing_that_is_carried_is_logged(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    """At the level at which the library would write down each message; the search for leaks reads it too."""
    caplog.set_level("DEBUG")
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


# Who is let in


def status(server: PageServer, **differently: str) -> int:
    """The answer to a handshake that is refused."""
    with pytest.raises(InvalidStatus) as refused, visit(server, **differently):
        pass
    return refused.value.response.status_code


def test_without_this_run_s_token_nobody_is_let_in(nobody: PageServer) -> None:
    right = nobody.admission.token
    last = "B" if right[-1] == "A" else "A"
    nearly = right, f"totpkey.{right[:-1]}", f"totpkey.{right[:-1]}{last}", f"TOTPKEY.{right}"
    for wrong in ("", "totpkey.", "totpkey", "serial", "totpkey." + "A" * 43, *nearly):
        assert status(nobody, token=wrong) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.com",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost.example.com:{port}",
        "http://127.0.0.1:{port}.example.com",
        "file://",
    ],
)
def test_pages_of_other_origins_are_refused_even_with_the_token(nobody: PageServer, origin: str) -> None:
    assert status(nobody, origin=origin.format(port=nobody.admission.port)) == 403


def test_a_program_that_names_no_origin_is_refused(nobody: PageServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nobody.admission.port, timeout=patience())
    connection.request("GET", "/serial", headers={"Sec-WebSocket-Protocol": nobody.admission.subprotocol})
    assert connection.getresponse().status == 403


def test_a_name_bent_to_this_computer_is_refused(nobody: PageServer) -> None:
    assert status(nobody, host="rebound.example.com") == 403
    assert status(nobody, host="127.0.0.1.example.com") == 403


@pytest.mark.parametrize("origin", ["null", "http://localhost:{port}", "http://127.0.0.1:{port}"])
def test_the_page_is_let_in_from_the_disk_and_from_the_server(
    serve: Serve, nobody: PageServer, origin: str
) -> None:
    page = serve.visit(nobody, origin=origin.format(port=nobody.admission.port))
    assert page.event("keys") == {"event": "keys", "keys": [], "everyday": False}


def test_the_token_is_long_and_new_in_each_run(serve: Serve) -> None:
    servers = [serve(RealKeys(find_ports=list)) for _ in range(2)]
    tokens = {server.admission.token for server in servers}
    assert len(tokens) == 2
    assert all(len(token) == 43 for token in tokens)
    assert not any(token in repr(server.admission) for token in tokens for server in servers)


def test_one_page_at_a_time(serve: Serve, desk: PortDesk) -> None:
    server = serve(simulated(desk))
    first = serve.visit(server)
    with KeyClient(first.open_only_key()) as client:
        second = serve.visit(server)
        with ended(4001):
            second.socket.recv(timeout=patience())
        assert client.hello().key
    third = serve.visit(server)
    assert third.keys(1)


# The page itself


def get(server: PageServer, path: str, host: str = "") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.admission.port, timeout=patience())
    connection.request("GET", path, headers={"Host": host} if host else {})
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


def test_the_page_is_served_and_may_be_framed_or_kept_by_nobody(nobody: PageServer) -> None:
    status, headers, body = get(nobody, "/")
    assert (status, body) == (200, PAGE)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "serial=()" in headers["Permissions-Policy"]
    assert not any(nobody.admission.token in value for value in headers.values())


def test_nothing_else_is_served(nobody: PageServer) -> None:
    for path in ("/totpkey.html", "/..", "/?", "//", "/start/", "/start/" + "A" * 43):
        assert get(nobody, path)[0] == 404
    assert get(nobody, "/", host="rebound.example.com")[0] == 403


def test_what_a_browser_is_started_with_leads_to_the_page_once(serve: Serve) -> None:
    told: list[str] = []
    server = serve(RealKeys(find_ports=list, find_everyday=list), told.append)
    path = server.admission.start_path
    assert server.admission.token not in server.start_address
    assert get(server, path, host="rebound.example.com")[0] == 403
    status, headers, _ = get(server, path)
    assert (status, headers["Location"]) == (303, server.address)
    page = serve.visit(server)
    page.keys(0)
    assert not told
    # The first visitor may be somebody else: their connection ends too.
    status, headers, _ = get(server, path)
    assert status in (404, 503)
    assert "Location" not in headers
    assert told == ["second"]
    with pytest.raises(ConnectionClosed):
        page.event("nothing")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.admission.port), timeout=patience())


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell whose")


@needs_linux
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may be another user")
def test_another_user_gets_nothing_by_what_the_browser_is_started_with(serve: Serve) -> None:
    told: list[str] = []
    server = serve(RealKeys(find_ports=list), told.append)
    script = "import sys, http.client as c; h = c.HTTPConnection('127.0.0.1', int(sys.argv[1]))"
    ask = f"{script}; h.request('GET', sys.argv[2]); r = h.getresponse(); print(r.status, r.headers)"
    program = ["/usr/bin/env", "python3", "-c", ask, str(server.admission.port), server.admission.start_path]
    answer = subprocess.run(
        program, user=65534, capture_output=True, text=True, check=True, timeout=patience()
    )
    assert answer.stdout.startswith("403")
    assert "Location" not in answer.stdout
    assert told == ["stranger"]
    # Nor is it spent by that.
    assert get(server, server.admission.start_path)[0] == 303


@needs_linux
def test_who_is_not_the_server_s_user_is_refused(nobody: PageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same the other way round, which needs no root."""
    mine = os.geteuid()
    monkeypatch.setattr("totpkey.web.admission.os.geteuid", lambda: mine + 1)
    assert get(nobody, nobody.admission.start_path)[0] == 403
    # The printed address was on no command line, so anyone who has it is admitted.
    assert get(nobody, "/")[0] == 200


@needs_linux
def test_a_browser_with_sockets_of_ipv6_is_known(nobody: PageServer) -> None:
    with socket.socket(socket.AF_INET6) as client:
        client.connect(("::ffff:127.0.0.1", nobody.admission.port))
        host = f"127.0.0.1:{nobody.admission.port}"
        client.sendall(f"GET {nobody.admission.start_path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 303")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loopback has one address")
def test_it_listens_on_this_computer_alone(nobody: PageServer) -> None:
    """Not even at the other addresses of the loopback, which stand for all the others."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", nobody.admission.port), timeout=patience())


def test_its_port_is_a_random_one_and_never_one_that_is_taken(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser keeps what it allowed the page, for the next server at its address."""
    servers = [serve(RealKeys(find_ports=list)) for _ in range(8)]
    ports = [server.admission.port for server in servers]
    assert len(set(ports)) == len(ports)
    # A system that counts up would give them in a row.
    assert max(ports) - min(ports) > 2 * len(ports)
    monkeypatch.setattr("totpkey.web.server._PORTS", range(ports[0], ports[0] + 1))
    assert serve(RealKeys(find_ports=list)).admission.port not in ports
