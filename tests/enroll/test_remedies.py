"""`totpkey enroll` only advises actions that it can do."""

from __future__ import annotations

import pytest

from tests.enroll.person import SHOWN, WORDS, run_in_chinese
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

ENGLISH = "en_US.UTF-8"
#: 17 characters, as no base32 text has.
_ONE_MORE = "MFZW GZDF NNUW 4ZZA M"


def test_a_secret_of_an_odd_length_is_taken_by_the_option_that_is_named(desk: CommandDesk) -> None:
    arguments = ("enroll", "github", "--way", "key", "--name", "GitHub:me")
    with at_a_terminal(desk, *arguments) as (person, process):
        person.replies("Paste the setup key here", _ONE_MORE)
        person.reads("use --lenient")
        # It is asked for again at once, and nothing of it goes to the shell.
        person.reads("Paste the setup key here")
        assert process.poll() is None
        assert _ONE_MORE not in person.seen
    with at_a_terminal(desk, *arguments, "--lenient") as (person, process):
        person.replies("Paste the setup key here", _ONE_MORE)
        person.replies("Did the site accept the code?", "y")
        person.reads_the_rest()
        assert process.wait() == exits.OK
    assert desk.labels() == ["me"]


@pytest.mark.parametrize("path", ["", "%20", ":"])
def test_a_uri_without_a_name_gets_one(desk: CommandDesk, path: str) -> None:
    """As a bare secret does, whose name is asked for."""
    secret = SHOWN.replace(" ", "")
    with at_a_terminal(desk, "enroll", "github", "--way", "key") as (person, process):
        person.replies("Paste the setup key here", f"otpauth://totp/{path}?secret={secret}")
        for label in ("  ", "octocat"):
            person.replies("Enter its user name", label)
        person.reads("GitHub:octocat")
        person.replies("Did the site accept the code?", "y")
        person.reads_the_rest()
        assert process.wait() == exits.OK
    assert desk.labels() == ["octocat"]


def test_without_a_terminal_it_names_the_command_that_takes_a_pipe(desk: CommandDesk) -> None:
    piped = desk.run("enroll", "github", "--way", "key", stdin=SHOWN)
    assert piped.code == exits.USAGE
    assert "`totpkey add --stdin NAME`" in piped.err
    assert "1. " not in piped.err
    assert desk.run("add", "--stdin", "GitHub:me", stdin=SHOWN).code == exits.OK
    said = run_in_chinese(desk, "enroll", "seller", "--way", "key", stdin="1\n")
    assert "没有可供粘贴密钥的终端" in said
    assert WORDS["zh_CN.UTF-8"]["step"] not in said
