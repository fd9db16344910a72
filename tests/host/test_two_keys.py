"""A key and its spare, through the real command line: what each lacks, and what one of them cannot take."""

from __future__ import annotations

import json

from tests.host.conftest import Desk, MakeDesk
from totpkey.cli import exits

SPARE = bytes(range(8, 16))
FIRST_ID, SECOND_ID = "0001020304050607", "08090a0b0c0d0e0f"


def labels(desk: Desk) -> list[str]:
    return [account["label"] for account in json.loads(desk.run("list", "--json").out)]


def test_of_two_accounts_of_one_name_the_spare_may_lack_one(make_desk: MakeDesk) -> None:
    first, second = make_desk(), make_desk(uid=SPARE)
    first.add("Amazon:shop")
    second.add("Amazon:shop")
    again = first.run("add", "--force", "--stdin", "Amazon:shop", stdin="MFZW GZDF NNUW 4ZZA")
    assert again.code == exits.OK, again.err
    told = first.run("compare", str(second.bridge.path))
    assert told.out.count("lacks Amazon:shop") == 1
    assert f"{SECOND_ID} lacks Amazon:shop" in told.out
    assert "same accounts" not in told.err
    as_json = json.loads(second.run("compare", str(first.bridge.path), "--json").out)
    assert {key: len(lacks) for key, lacks in as_json.items()} == {FIRST_ID: 0, SECOND_ID: 1}
