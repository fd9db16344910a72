"""Every command, through the real command line, on a simulated key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDOUT
from tests.support.person import at_a_terminal
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey.accounts import codes
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey_readers.records import base32

SECRET = "JBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/Example:me%40example.com?secret={SECRET}&issuer=Example&digits=8&period=300"
AMAZON = " ".join(["MFZW GZDF NNUW 4ZZA", "ORQX G2LO M4QH G2LN", "OBWG KIDG N5ZC A43F", "NRWG"])


def test_info_describes_a_blank_key(desk: CommandDesk) -> None:
    result = desk.run("info").ended(exits.OK)
    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert lines["key"] == "0001020304050607"
    assert lines["board"] == "Adafruit Trinkey QT2040"
    assert lines["accounts"] == "none yet"
    assert lines["sealed"] == "yes"
    assert lines["firmware"].endswith("on CircuitPython 10.1.3")
    assert desk.told("info")["sealed"] is True
    assert desk.told("info")["state"] == "blank"


def test_an_account_from_a_uri(desk: CommandDesk) -> None:
    added = desk.run("add", "--stdin", stdin=f"{URI}\n").ended(exits.OK)
    assert added.out == ""
    assert "Saved: Example:me@example.com" in added.err
    (listed,) = desk.told("list")
    assert listed["account"] in added.err
    expected = {
        "issuer": "Example",
        "label": "me@example.com",
        "algorithm": "SHA1",
        "digits": 8,
        "period": 300,
    }
    assert {name: listed[name] for name in expected} == expected


def test_an_account_from_a_secret_as_amazon_shows_it(desk: CommandDesk) -> None:
    desk.run("add", "Amazon:shop", "--stdin", stdin=AMAZON).ended(exits.OK)
    listing = desk.run("list").out.splitlines()
    assert listing[0].split() == ["ID", "NAME", "LIGHT"]
    listing = desk.run("list", "--wide").out.splitlines()
    assert listing[0].split() == ["ID", "NAME", "LIGHT", "TYPE", "DIGITS", "PERIOD", "ALGORITHM", "RECIPE"]
    settings = ["totp", "6", "30", "s", "SHA1"]
    assert listing[1].split()[1:] == ["Amazon:shop", "●", "amber,", "chosen", *settings]


def test_settings_for_a_bare_secret(desk: CommandDesk) -> None:
    options = ("--algorithm", "sha-512", "--digits", "7", "--period", "60")
    assert desk.run("add", "x", "--stdin", *options, stdin=SECRET).code == exits.OK
    (listed,) = desk.told("list")
    assert (listed["algorithm"], listed["digits"], listed["period"]) == ("SHA512", 7, 60)


def test_a_second_account_of_that_name_needs_force(desk: CommandDesk) -> None:
    first = desk.add("Amazon:shop")
    desk.run("add", "Amazon:shop", "--stdin", stdin=SECRET).ended(exits.ERROR, first, "rename")
    assert desk.run("add", "Amazon:shop", "--stdin", "--force", stdin=SECRET).code == exits.OK
    assert len(desk.told("list")) == 2


def test_without_a_terminal_the_secret_is_not_asked_for(desk: CommandDesk) -> None:
    desk.run("add", "x").ended(exits.USAGE, "--stdin")


def test_input_that_is_no_secret_is_a_usage_error(desk: CommandDesk) -> None:
    assert desk.run("add", "x", "--stdin", stdin="").code == exits.USAGE
    assert desk.run("add", "x", "--stdin", stdin="A" * 5000).code == exits.USAGE
    assert desk.run("add", "--stdin", stdin=SECRET).code == exits.USAGE


def test_a_secret_that_seems_cut_off_needs_lenient(desk: CommandDesk) -> None:
    desk.run("add", "x", "--stdin", stdin=SECRET[:14]).ended(exits.USAGE, "--lenient")
    assert desk.run("add", "x", "--stdin", "--lenient", stdin=SECRET[:14]).code == exits.OK


def test_a_mistyped_setup_key_is_asked_for_again_and_never_shown(desk: CommandDesk) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in SECRET)
    with at_a_terminal(desk, "add", "x") as (person, process):
        for entered in (SECRET.replace("B", "8"), SECRET[:14], wide):
            person.replies("(not shown)", entered)
        person.reads("Saved")
        person.reads_the_rest()
        assert process.wait() == exits.OK
    recorder.note(STDOUT, person.seen.encode())
    assert SECRET not in person.seen
    assert "It is probably the letter B" in person.seen
    assert "some are missing, or one is too many" in person.seen
    assert desk.labels() == ["x"]


def test_rename(desk: CommandDesk) -> None:
    account = desk.add("Amazon:shop")
    assert desk.run("rename", "shop", "Amazon: 東京", when_asked=desk.agree).code == exits.OK
    (listed,) = desk.told("list")
    assert (listed["account"], listed["issuer"], listed["label"]) == (account, "Amazon", "東京")


def test_a_name_that_another_account_has_is_no_new_name(desk: CommandDesk) -> None:
    first, second = desk.add("Amazon:shop"), desk.add("Amazon:office")
    desk.run("rename", "office", "Amazon: shop").ended(
        exits.ERROR, f"already has Amazon:shop ({first})", f"`totpkey rename {first} …`"
    )
    assert desk.labels() == ["shop", "office"]
    # Its own name is not taken.
    assert desk.run("rename", second, "Amazon:office", when_asked=desk.agree).code == exits.OK


def test_remove_asks_and_wants_a_press(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    desk.run("remove", "shop", stdin="n\n").ended(exits.ERROR, "Nothing was removed")
    desk.run("remove", "shop", stdin="y\n", when_asked=desk.agree).ended(exits.OK, "The key: press")
    assert desk.told("list") == []


def test_code_prints_the_code_and_nothing_else(desk: CommandDesk) -> None:
    assert desk.run("add", "--stdin", stdin=URI).code == exits.OK
    result = desk.run("code", "me@", when_asked=desk.agree).ended(exits.OK)
    now = desk.key.true_time
    possible = {codes.totp(base32.decode(SECRET), int(at), "SHA1", 8, 300) for at in (now - 10, now)}
    assert result.out.strip() in possible
    left = desk.told("code", "me@", when_asked=desk.agree)["seconds_left"]
    assert 0 < left <= 300


def test_a_name_that_fits_none_or_several(desk: CommandDesk) -> None:
    ids = [desk.add("Amazon:shop"), desk.add("Amazon:office")]
    assert desk.run("rename", "ebay", "x").code == exits.NOT_ONE_ACCOUNT
    several = desk.run("code", "amazon").ended(exits.NOT_ONE_ACCOUNT)
    assert all(account in several.err for account in ids)
    assert several.out == ""


def test_the_clock_is_set_and_compared(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    desk.run("time").ended(exits.ERROR, "time sync")
    nothing = {"clock": "lost", "time": None, "offset": None, "off": None, "until": None}
    assert desk.told("time") == nothing
    assert "lost its time" in desk.run("add", "x", "--stdin", stdin=SECRET).err
    by_counter = f"otpauth://hotp/y?secret={SECRET}&counter=1"
    assert "lost its time" not in desk.run("add", "--stdin", stdin=by_counter).err
    assert desk.run("time", "sync", when_asked=desk.agree).code == exits.OK
    told = desk.told("time")
    assert told["clock"] == "trusted"
    assert abs(told["offset"]) < 1
    assert abs(told["time"] - desk.key.true_time) < 60
    assert "UTC" in desk.run("time").out


def test_a_clock_that_is_off_is_told_in_plain_words(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    desk.key.clock.set_unix(desk.key.true_time + 7210)
    desk.replug_for_setup()
    told = desk.run("time").out
    assert "2 h 0 min ahead of this computer" in told or "1 h 59 min ahead" in told
    assert "differ" in desk.run("add", "x", "--stdin", stdin=SECRET).err


def test_done_leaves_setup(desk: CommandDesk) -> None:
    desk.add("Amazon:shop")
    assert desk.run("done").code == exits.OK
    desk.await_face(serial=False)
    desk.run("list").ended(exits.NO_KEY, "3 s")


def test_an_id_that_is_not_the_key_s(desk: CommandDesk) -> None:
    desk.run("--key", "ffff", "info").ended(exits.NO_KEY, "0001020304050607")


@pytest.mark.parametrize("arguments", [("nonsense",), ("list", "--nonsense"), ("rename", "only-one")])
def test_usage_errors(desk: CommandDesk, arguments: tuple[str, ...]) -> None:
    assert desk.run(*arguments).code == exits.USAGE


def test_ctrl_c_while_the_key_waits(desk: CommandDesk) -> None:
    account = desk.add("Amazon:shop")

    def interrupt() -> None:
        raise KeyboardInterrupt

    desk.run("remove", "--force", account, when_asked=interrupt).ended(exits.INTERRUPTED, "The key: press")
    assert account in desk.run("list").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == exits.OK
    assert "_TOTPKEY_COMPLETE" in capsys.readouterr().out


def completed(shell: str, words: str, word: str) -> str:
    """What the command prints for the script of that shell."""
    asked = {"_TOTPKEY_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    program = [sys.executable, "-m", "totpkey"]
    environment = {**os.environ, **asked, "LC_ALL": "C"}
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout


def test_powershell_is_given_words_with_what_they_do() -> None:
    """No PowerShell runs here: this is what its script block asks, and what it makes its list of."""
    assert completed("powershell", "totpkey", "un") == "unlock\tUnlock the key.\n"


def test_completion_of_a_command() -> None:
    told = completed("bash", "totpkey re", "1").split()
    assert {line.rpartition(",")[2] for line in told} == {"rename", "recipe", "remove", "restore"}


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lst"]) == exits.USAGE
    assert "Did you mean `totpkey list`?" in capsys.readouterr().err
    assert run(["xyzzy"]) == exits.USAGE
    assert "Did you mean" not in capsys.readouterr().err


def test_manual_pages_are_clean_and_whole() -> None:
    import man_pages

    pages = dict(man_pages.pages())
    assert {"totpkey", "totpkey-add", "totpkey-pin-set"} <= pages.keys()
    if not shutil.which("groff"):
        pytest.skip("there is no groff")
    for name, text in pages.items():
        program = ["groff", "-man", "-Kutf8", "-Tutf8", "-ww"]
        done = subprocess.run(program, input=text.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), name
    assert (
        b"--stdin"
        in subprocess.run(
            ["groff", "-man", "-Kutf8", "-Tascii", "-P-cbou"],
            input=pages["totpkey-add"].encode(),
            capture_output=True,
            check=True,
        ).stdout
    )
