"""Key URIs of other programs, by a table that also tests the set-up page."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.data import MEANS, REFUSED, account_of
from totpkey.accounts.account import read
from totpkey.errors import Unreadable

#: Of most of the table's secrets.
SECRET = "JBSWY3DPEHPK3PX"


@pytest.mark.parametrize("name", MEANS)
def test_what_a_uri_means(name: str) -> None:
    row = MEANS[name]
    reading = read(row["text"], row.get("name", ""))
    account = asdict(reading.account)
    del account["recipe"]
    assert account | {"secret": account["secret"].hex()} == account_of(row)
    warnings = [row["warning"]] if "warning" in row else []
    assert len(reading.warnings) == len(warnings)
    assert all(part in told for part, told in zip(warnings, reading.warnings, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(name: str) -> None:
    row = REFUSED[name]
    with pytest.raises(Unreadable) as raised:
        read(row["text"], row.get("name", ""))
    assert row["cause"] in raised.value.cause
    assert SECRET not in raised.value.cause + raised.value.remedy
