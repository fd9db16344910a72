"""Whom the server of `totpkey web` admits, and what it serves: the page, and nothing else."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.load import patience
from tests.support.port import PortDesk
from tests.web.bridge_page import PAGE, Serve, visit
from tests.web.conftest import simulated
from totpkey.link.client import KeyClient
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer

# Who is let in


def status(server: PageServer, **differently: str) -> int:
    """The answer to a handshake that is refused."""
    with pytest.raises(InvalidStatus) as refused, visit(server, **differently):
        pass
    return refused.value.response.status_code


@pytest.mark.parametrize("token", ["", "totpkey.", "totpkey", "serial", "totpkey." + "A" * 43])
def test_without_this_run_s_token_nobody_is_let_in(nobody: PageServer, token: str) -> None:
    assert status(nobody, token=token) == 403


def test_nearly_the_token_is_not_enough(nobody: PageServer) -> None:
    right = nobody.admission.token
    last = "B" if right[-1] == "A" else "A"
    for wrong in (right, f"totpkey.{right[:-1]}", f"totpkey.{right[:-1]}{last}", f"TOTPKEY.{right}"):
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
        with pytest.raises(ConnectionClosed) as closed:
            second.socket.recv(timeout=patience())
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4001
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
