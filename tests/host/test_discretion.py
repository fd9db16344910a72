"""What a person must not show, and commands must not repeat."""

from __future__ import annotations

import pytest

from tests.host.conftest import Desk
from tests.host.lock_setups import PASSPHRASE, PIN
from totpkey.cli import exits


@pytest.mark.parametrize(
    "verb", ["pin", "pin set", "pin change", "passphrase set", "unlock", "unlock --stdin", "init", "lock"]
)
def test_a_pin_on_the_command_line_is_refused_and_not_repeated(desk: Desk, verb: str) -> None:
    result = desk.run(*verb.split(), PIN, stdin=PIN)
    assert result.code == exits.USAGE
    assert "history" in result.err
    assert PIN not in result.err + result.out


def test_no_pin_and_no_passphrase_shows_up_anywhere(desk: Desk) -> None:
    runs = [
        desk.run("init", "--lock", "pin", "--stdin", stdin=PIN, when_asked=desk.press),
        desk.run("passphrase", "set", "--stdin", stdin=PASSPHRASE, when_asked=desk.press),
        desk.run("lock"),
        desk.run("unlock", "--stdin", stdin=PIN, when_asked=desk.press),
        desk.run("lock"),
        desk.run("unlock", "--passphrase", "--stdin", stdin=PASSPHRASE, when_asked=desk.press),
        desk.run("pin", "change", "--stdin", stdin="25x0"),
        desk.run("info", "--json"),
    ]
    text = "".join(run.out + run.err for run in runs)
    assert not any(secret in text for secret in (PIN, PASSPHRASE, PASSPHRASE.encode().hex(), "25x0"))
