"""`totpkey lease`, and what other commands say of an account that is lent."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from tests.support.terminal import CommandDesk
from totpkey.accounts.ends import End, zone_in_words
from totpkey.backups import backup_file
from totpkey.cli import exits
from totpkey.cli.input import ends

PASSPHRASE = "granite walnut cobalt ferry"
ANOTHER = "orbit thistle magnet parcel"


def lease(
    desk: CommandDesk, *options: str, phrase: str = PASSPHRASE, touches: bool = True
) -> tuple[int, str]:
    when_asked = desk.agree if touches else ()
    result = desk.run("lease", *options, "--stdin", stdin=phrase, when_asked=when_asked)
    return result.code, result.err


def test_an_account_is_lent_listed_renewed_and_taken_back(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    code, said = lease(desk, "staff", "--codes", "3", "--hours", "9-18", "--zone", "+8")
    assert (code, said.splitlines()[-1]) == (
        exits.OK,
        "Shop:staff is lent: 3 codes left, 09:00 to 18:00 UTC+8.",
    )
    listed = desk.run("list").out
    assert "END" in listed
    assert "3 codes left, 09:00 to 18:00 UTC+8" in listed
    (entry,) = desk.told("list")
    assert entry["end"] == {"until": 0, "codes": 3, "begins": 540, "ends": 1080, "zone": 480}
    assert entry["over"] in (None, "hours")
    assert "3 codes left" in desk.run("info").out

    code, said = lease(desk, "staff", "--codes", "9", phrase=ANOTHER)
    assert (code, "not the passphrase with which the account was lent" in said) == (exits.USAGE, True)
    assert lease(desk, "staff", "--codes", "9")[0] == exits.OK
    assert "9 codes left" in desk.run("list").out
    code, said = lease(desk, "staff", "--forever")
    assert (code, said.splitlines()[-1]) == (exits.OK, "Shop:staff has no end any more.")
    assert "END" not in desk.run("list").out


def test_it_says_why_there_is_no_code(desk: CommandDesk) -> None:
    desk.add("Shop:staff")
    assert lease(desk, "staff", "--codes", "1")[0] == exits.OK
    assert desk.run("code", "staff", when_asked=desk.press_and_wait).code == exits.OK
    assert "0 codes left; over: no code is left" in desk.run("info").out
    # Nobody is asked for a gesture that gives nothing.
    result = desk.run("code", "staff")
    assert result.code == exits.ERROR
    assert "its end has come" in result.err


@pytest.mark.slow
def test_a_backup_leaves_it_out_and_says_so(desk: CommandDesk, tmp_path: object) -> None:
    desk.add("Shop:staff")
    desk.add("Shop:mine")
    assert lease(desk, "staff", "--codes", "5")[0] == exits.OK
    file = f"{tmp_path}/keys.backup"
    result = desk.run("backup", file, "--stdin", stdin=PASSPHRASE, when_asked=desk.agree)
    assert result.code == exits.OK, result.err
    assert "It leaves out what is lent, and has an end: Shop:staff." in result.err
    with open(file, "rb") as opened:
        sealed = backup_file.read(opened.read())
    assert [account.name for account in backup_file.unseal(sealed, PASSPHRASE).accounts] == ["Shop:mine"]
    assert desk.run("doctor").code in (exits.OK, exits.ERROR)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--forever", "--codes", "3"),
        ("--until", "tomorrow"),
        ("--until", "2027-02-30"),
        ("--hours", "9"),
        ("--hours", "9-9"),
        ("--hours", "25-26"),
        ("--codes", "3", "--zone", "+15"),
        ("--codes", "3", "--zone", "Paris"),
        ("--codes", "0"),
    ],
    ids=" ".join,
)
def test_what_is_no_end_is_a_matter_of_usage(desk: CommandDesk, options: tuple[str, ...]) -> None:
    desk.add("Shop:staff")
    assert lease(desk, "staff", *options, touches=False)[0] == exits.USAGE


def test_dates_hours_and_offsets_as_people_write_them() -> None:
    new_year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    assert ends.date("2026-12-31", 0) == new_year
    assert ends.date("2026-12-31", 480) == new_year - 8 * 3600
    assert ends.date("2027-01-01 00:30", -210) == new_year + 1800 + 210 * 60
    assert ends.date("2027-01-01T09:00", 0) == new_year + 9 * 3600
    assert ends.hours_of("9-18") == ends.hours_of("09:00 - 18:00") == (540, 1080)
    assert ends.hours_of("22:30-24:00") == (1350, 0)
    assert ends.hours_of("22-6") == (1320, 360)
    assert [ends.offset_of(text, 0) for text in ("+8", "+05:30", "-3:30", "UTC", "utc+2", "z")] == [
        480,
        330,
        -210,
        0,
        120,
        0,
    ]
    local = datetime.fromtimestamp(new_year).astimezone().utcoffset()
    assert local is not None
    assert ends.offset_of(None, new_year) == local.total_seconds() / 60
    for text in ("9:60-10", "-1-3", "9-25", "24:30-3"):
        with pytest.raises(click.UsageError):
            ends.hours_of(text)


def test_an_end_in_words() -> None:
    until = int(datetime(2027, 1, 31, 10, 0, tzinfo=UTC).timestamp())
    assert End(until, 1, zone=480).in_words() == "until 2027-01-31 18:00 UTC+8, 1 code left"
    assert End(begins=1350, ends=0, zone=-210).in_words() == "22:30 to 24:00 UTC-3:30"
    assert zone_in_words(0) == "UTC"
