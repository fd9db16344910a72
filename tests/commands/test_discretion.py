"""Commands never repeat what a person must not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.pictures.codes import code, saved
from tests.locks.lock_setups import PASSPHRASE, PIN
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    "verb", ["pin", "pin set", "pin change", "passphrase set", "unlock", "unlock --stdin", "init", "lock"]
)
def test_a_pin_on_the_command_line_is_refused_and_not_repeated(desk: CommandDesk, verb: str) -> None:
    result = desk.run(*verb.split(), PIN, stdin=PIN).ended(exits.USAGE, "history")
    assert PIN not in result.err + result.out


@pytest.mark.parametrize(
    "command",
    [
        "add {} --stdin",
        "add Amazon:{} --stdin",
        "add otpauth://totp/Example:me?secret={} --stdin",
        "add Amazon:x {}",
        "add Amazon:x --stdin {}",
        "add Amazon:x --digits {}",
        "add Amazon:x --period={}",
        "add Amazon:x --qr {}",
        "add Amazon:x --also {}",
        "add Amazon:x --algorithm {}",
        "add --{}",
        "enroll github {}",
        "enroll {}",
        "enroll github --way {}",
        "enroll github --qr {}",
    ],
)
def test_a_secret_anywhere_on_the_command_line_is_refused_and_not_repeated(
    desk: CommandDesk, command: str
) -> None:
    result = desk.run(*(part.format(SECRET) for part in command.split()), stdin=SECRET).ended(exits.USAGE)
    assert SECRET not in result.err + result.out
    if "--{}" not in command:
        assert "history" in result.err
        assert "have the site make a new one" in result.err


@pytest.mark.parametrize(
    "command",
    [
        "backup FILE {}",
        "backup FILE --stdin {}",
        "backup FILE --stdin={}",
        "backup verify FILE {}",
        "backup print FILE FILE.pdf {}",
        "restore FILE {}",
        "restore --stdin {} FILE",
        "import FILE {}",
    ],
)
def test_a_passphrase_on_the_command_line_is_refused_and_not_repeated(
    desk: CommandDesk, tmp_path: Path, command: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"{}")
    words = command.replace("FILE", str(file)).split()
    result = desk.run(*(part.format(PASSPHRASE) for part in words), stdin=PASSPHRASE).ended(exits.USAGE)
    assert PASSPHRASE not in result.err + result.out
    if "={}" not in command:
        assert "history" in result.err
        assert "--stdin" in result.err


def test_what_is_wrong_is_told_all_the_same(desk: CommandDesk) -> None:
    assert "'--digits' takes a whole number." in desk.run("add", "x", "--digits", "six").err
    assert "'--way' takes one of key, qr." in desk.run("enroll", "github", "--way", "x").err
    mistyped = desk.run("add", "x", "--stdim")
    assert "There is no such option" in mistyped.err
    assert "--stdin" in mistyped.err


#: Sets the window's title, then turns red, as a label and as two issuers.
_SENT = "%1b]0;pwned%07%1b[31m%c2%9b1m"
ESCAPES = [
    f"otpauth://totp/{_SENT}Evil:me?issuer=Shop&secret={SECRET}",
    f"otpauth://totp/Evil:me?issuer={_SENT}Shop&secret={SECRET}",
    f"otpauth://totp/{_SENT}me?secret={SECRET}",
]


@pytest.mark.parametrize("uri", ESCAPES)
def test_what_a_uri_sends_does_not_reach_the_terminal(desk: CommandDesk, tmp_path: Path, uri: str) -> None:
    """Nor does what a QR code says, which may be anything."""
    file = tmp_path / "uris"
    file.write_text(uri)
    picture = tmp_path / "code.png"
    picture.write_bytes(saved(code(uri), "PNG"))
    runs = [
        desk.run("add", "--stdin", stdin=uri),
        desk.run("add", "--stdin", "--force", "Shop:me", stdin=uri),
        desk.run("add", "--qr", str(picture)),
        desk.run("enroll", "generic", "--qr", str(picture), stdin="n\nn\n"),
        desk.run("import", "--dry-run", str(file)),
        desk.run("list"),
    ]
    text = "".join(run.out + run.err for run in runs)
    assert not {"\x1b]", "\x07", "\x9b"} & {
        text[at : at + size] for at in range(len(text)) for size in (1, 2)
    }
    assert "\x1b[31mEvil" not in text
    assert "\x1b[31mShop" not in text
