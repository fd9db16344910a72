"""The name of a Steam account changes nothing about its codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests.pictures.codes import code, saved
from tests.support.terminal import CommandDesk, Result
from totpkey.accounts.account import read as read_account
from totpkey.cli import exits

PLAIN = "otpauth://totp/Shop:me?secret=JBSWY3DPEHPK3PXP&issuer=Shop"
STEAM = "otpauth://totp/Steam:me?secret=JBSWY3DPEHPK3PXP&issuer=Steam"


def added(desk: CommandDesk, uri: str, name: str, way: str, folder: Path) -> Result:
    if way == "add":
        return desk.run("add", "--stdin", name, stdin=uri)
    picture = folder / "code.png"
    picture.write_bytes(saved(code(uri), "PNG"))
    # The site takes the code at once.
    return desk.run("enroll", "generic", "--qr", str(picture), "--name", name, stdin="y\n")


def listed(desk: CommandDesk) -> list[tuple[str, str]]:
    return [(entry["issuer"], entry["type"]) for entry in desk.told("list")]


@pytest.mark.parametrize("way", ["add", "enroll"])
def test_a_plain_account_called_steam_stays_plain(desk: CommandDesk, way: str, tmp_path: Path) -> None:
    result = added(desk, PLAIN, "Steam:me", way, tmp_path)
    assert result.code == exits.OK, result.err
    assert listed(desk) == [("Steam", "totp")]


@pytest.mark.parametrize("way", ["add", "enroll"])
def test_steam_by_another_name_is_never_saved_as_a_code_of_digits(
    desk: CommandDesk, way: str, tmp_path: Path
) -> None:
    result = added(desk, STEAM, "Games:me", way, tmp_path)
    # The key types letters only by the table of a layout, and none is set.
    assert result.code == exits.ERROR, result.err
    assert "calibrate" in result.err
    assert listed(desk) == []


@pytest.mark.parametrize(
    ("uri", "name", "kind"),
    [
        (STEAM, "Games:me", "steam"),
        (PLAIN, "Steam:me", "totp"),
        (PLAIN.replace("/Shop", "/%B9%AB"), "a", "totp"),
    ],
)
def test_the_name_that_is_given_is_the_account_s(uri: str, name: str, kind: str) -> None:
    """The last has a label in another encoding, which a name that is given mends."""
    account = read_account(uri, name).account
    assert (account.name, account.type) == (name, kind)
