"""Every format is read as it was written, and each account of it has its place on the key.

What happens to each account follows the table that command and page share. `test_damage.py` has damaged
files.
"""

from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest

from readers.tests import bitwarden, migration, samples
from readers.tests.entries import AMAZON, ENTRIES, PASSWORD, PLAIN, Entry
from readers.tests.reading import entries, sample
from readers.tests.samples import SAMPLES
from tests.data import PLANS
from tests.importers.reading import read, worded
from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.cli.keys.add_many import store_all
from totpkey.errors import DoneInPart, KeyRefused
from totpkey.importers import plan
from totpkey.importers.plan import Contents, Found, Plan
from totpkey.link.client import KeyClient
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits
from totpkey_protocol.errors import CANNOT_TYPE
from totpkey_readers.records.account import split_name

MIGRATION = migration.uri


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_written_is_read(name: str) -> None:
    contents = read(sample(name).data)
    assert entries(contents) == sample(name).entries
    assert [one.name for one in contents.skipped if "recycle bin" not in one.reason] == []
    assert contents.warnings == []
    assert [found.notes for found in contents.found if found.notes] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_wrong_password_is_told_and_plain_exports_ask_for_none(name: str) -> None:
    asked: list[str] = []

    def ask(app: str) -> str:
        asked.append(app)
        return "something else"

    if not sample(name).encrypted:
        assert worded(sample(name).data, ask).found
        assert not asked
        return
    with pytest.raises(errors.WrongFilePassword) as raised:
        worded(sample(name).data, ask)
    assert asked
    assert "password" in raised.value.cause
    assert PASSWORD not in raised.value.cause + raised.value.remedy


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_each_schema_of_2fas(schema: int) -> None:
    assert entries(read(samples.two_fas(schema=schema).data)) == ENTRIES


def test_a_restricted_bitwarden_export_says_what_to_do() -> None:
    with pytest.raises(errors.Unreadable, match="password protected"):
        read(bitwarden.restricted())


# Google Authenticator's batches

FIRST, SECOND = PLAIN[:1], PLAIN[1:]


def test_batches_come_together_in_any_order_and_twice() -> None:
    uris = [MIGRATION(SECOND, 1, 2, -77), MIGRATION(FIRST, 0, 2, -77), MIGRATION(SECOND, 1, 2, -77)]
    contents = read("\n".join(uris).encode())
    assert entries(contents) == PLAIN
    assert contents.warnings == []


@pytest.mark.parametrize(("index", "missing"), [(0, "number 2, 3"), (2, "number 1, 2")])
def test_missing_batches_are_named(index: int, missing: str) -> None:
    (warning,) = read(MIGRATION(FIRST, index, 3, 5).encode()).warnings
    assert missing in warning
    assert "3 QR codes" in warning


@pytest.mark.parametrize("pluses", [" ", "+", "-"])
def test_base64_that_was_mangled_on_the_way(pluses: str) -> None:
    entry = Entry("A", "b", b"\xfb\xef\xbe" * 7)
    uri = MIGRATION((entry,)).replace("%2B", pluses).replace("%3D", "")
    assert entries(read(uri.encode())) == (entry,)


def test_what_google_authenticator_has_and_a_key_has_not() -> None:
    odd = migration.field(1, b"D" * 20) + migration.field(2, b"md five") + migration.field(4, 4)
    message = migration.field(1, odd) + migration.field(1, migration.account(AMAZON))
    uri = "otpauth-migration://offline?data=" + base64.b64encode(message).decode()
    contents = read(uri.encode())
    assert entries(contents) == (AMAZON,)
    (skipped,) = contents.skipped
    assert (skipped.place, skipped.name) == ("code 1, entry 1", "md five")
    assert "algorithm" in skipped.reason


# Names


def named(data: bytes) -> Contents:
    return worded(data, lambda app: "")


@pytest.mark.parametrize(
    ("name", "issuer", "label", "read_as"),
    [
        ("Amazon", "Amazon", "me@x", "Amazon:me@x"),
        ("amazon", "Amazon", "", "Amazon"),
        ("Amazon", "", "amazon@x", "Amazon:amazon@x"),
        ("Amazon Germany", "Amazon", "me@x", "Amazon Germany:me@x"),
        ("Work", "Google", "me@x", "Google (Work):me@x"),
        ("Work", "Google", "", "Google:Work"),
        ("Work", "Google", "work@x", "Google:work@x"),
        ("Work", "", "", "Work"),
        ("", "Google", "me@x", "Google:me@x"),
    ],
)
def test_the_name_that_2fas_shows_is_kept(name: str, issuer: str, label: str, read_as: str) -> None:
    otp = {"issuer": issuer, "account": label}
    document = {"services": [{"name": name, "secret": AMAZON.base32, "otp": otp}], "schemaVersion": 4}
    (found,) = named(json.dumps(document).encode()).found
    assert found.account.name == read_as


SECRET = "JBSWY3DPEHPK3PXP"
BARE = f"otpauth://totp/me@x.org?secret={SECRET}"
CUSTOM = {"type": "custom-fields", "fields": [{"label": "one-time password", "value": BARE}]}
CODE = {"type": "totp", "secret": "GEZDGNBVGY3TQOJQ", "algorithm": "sha1", "digits": 6, "period": 30}
USER = {"type": "basic-auth", "username": {"value": "me"}}


def exchanged(*credentials: object) -> object:
    item = {"title": "GitHub", "credentials": credentials}
    return {"version": {"major": 1}, "exporterRpId": "1password.com", "accounts": [{"items": [item]}]}


def of_proton(**content: object) -> object:
    item = {"data": {"metadata": {"name": "N"}, "extraFields": [], "content": content}}
    return {"version": "1.31.0", "vaults": {"a": {"name": "Personal", "items": [item]}}}


def sections(name: str) -> dict[str, object]:
    field = {"fieldName": "TOTP", "type": "totp", "data": {"totpUri": BARE}}
    return {name: [{"sectionName": "s", "sectionFields": [{"fieldName": "a", "data": {}}, field]}]}


#: What a file has, and the names of its accounts. Each was lost, or had another name.
NAMED: dict[str, tuple[object, list[str]]] = {
    "custom fields, as 1Password exchanges them": (exchanged(CUSTOM), ["GitHub:me@x.org"]),
    "custom fields beside a code": (exchanged(USER, CODE, CUSTOM), ["GitHub:me", "GitHub:me@x.org"]),
    "Proton Pass' login": (of_proton(totpUri=BARE), ["N:me@x.org"]),
    "sections of its own items": (of_proton(**sections("sections")), ["N:me@x.org"]),
    "sections of its identities": (of_proton(**sections("extraSections")), ["N:me@x.org"]),
    "a link without an issuer": (
        {"encrypted": False, "items": [{"type": 1, "name": "GitHub", "login": {"totp": BARE}}]},
        ["GitHub:me@x.org"],
    ),
    "a row's link without an issuer": (f"Title,Url,Username,OTPAuth\nA,,u,{BARE}", ["A:me@x.org"]),
    "the same with tags": (f"Title,Url,Username,OTPAuth,Tags\nA,,u,{BARE},", ["A:me@x.org"]),
    "a row without a title": (
        f"url,name,totp,username\nhttps://www.shop.example/,,{SECRET},",
        ["shop.example"],
    ),
    "a label that repeats its issuer": (BARE.replace("me@", "N:N:me@") + "&issuer=N", ["N:me@x.org"]),
    # Its header has six names, its rows nine fields.
    "Bitwarden Authenticator's row": (
        f"folder,favorite,type,name,login_uri,login_totp\n,,1,N,,{BARE},N,30,6\n",
        ["N:me@x.org"],
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_an_account_has_the_name_that_its_file_gives_it(name: str) -> None:
    written, expected = NAMED[name]
    data = written if isinstance(written, str) else json.dumps(written)
    assert [found.account.name for found in named(data.encode()).found] == expected


def test_a_steam_token_of_freeotp_with_other_digits_is_none_of_steam_s() -> None:
    document = json.loads(samples.free_otp((AMAZON,)).data)
    document["tokens"][0]["issuerExt"] = "Steam"
    (found,) = named(json.dumps(document).encode()).found
    assert found.account.type == "totp"


def test_accounts_without_a_name_get_one() -> None:
    nameless = tuple(Entry("", "", bytes([number]) * 20) for number in range(2))
    names = [found.account.name for found in named(samples.aegis((*nameless, AMAZON)).data).found]
    assert names == ["Unnamed 1", "Unnamed 2", "Amazon:shop@example.com"]


def stored(number: int, row: dict[str, Any]) -> StoredAccount:
    return StoredAccount(str(number), *split_name(row["name"]), "SHA1", row.get("digits", 6), 30)


def exported(row: dict[str, Any]) -> Account:
    secret = row.get("secret", "a").encode() * 20
    return Account(*split_name(row["name"]), secret, digits=row.get("digits", 6))


def made(row: dict[str, Any]) -> tuple[Plan, list[StoredAccount]]:
    contents = Contents("table", [Found(str(n), exported(one)) for n, one in enumerate(row["export"])])
    key = [stored(number, one) for number, one in enumerate(row["key"])]
    return plan.make(contents, key), key


def does(planned: Plan) -> list[str]:
    """In the table's words: additions, then what is left out."""
    added = [f"add {addition.account.name}" for addition in planned.additions]
    left_out = [f"known {one.account}" if one.account else "twice" for one in planned.omissions]
    return added + left_out


@pytest.mark.parametrize("row", PLANS)
def test_each_row(row: str) -> None:
    planned, _ = made(PLANS[row])
    assert sorted(does(planned)) == sorted(PLANS[row]["does"])
    assert planned.lost == 0


@pytest.mark.parametrize("row", PLANS)
def test_an_import_that_was_done_has_nothing_left_to_do(row: str) -> None:
    planned, key = made(PLANS[row])
    for addition in planned.additions:
        account = addition.account
        key.append(
            StoredAccount(
                str(len(key)), account.issuer, account.label, "SHA1", account.digits, account.period
            )
        )
    contents = Contents("table", [Found("", exported(one)) for one in PLANS[row]["export"]])
    assert plan.make(contents, key).additions == ()


@pytest.mark.parametrize("row", PLANS)
def test_what_replaces_leaves_just_the_export(row: str) -> None:
    planned, key = made(PLANS[row])
    replacing, surplus = plan.replacing(planned, key)
    left = sorted(account.digits for account in key if account not in surplus)
    wanted = {exported(one) for one in PLANS[row]["export"]}
    digits = left + [addition.account.digits for addition in replacing.additions]
    assert sorted(digits) == sorted(account.digits for account in wanted)
    added = [addition.account.name for addition in replacing.additions]
    assert len({*added}) == len(added), "no name twice, also of those that become free"


class Key:
    """What a key is asked for. It refuses the accounts of one name, and loses those of another."""

    def __init__(self, refuses: str = "", loses: str = "") -> None:
        self.allowed: list[int] = []
        self.stored: list[Account] = []
        self._refuses, self._loses = refuses, loses

    def batch(self, count: int) -> None:
        self.allowed.append(count)

    def add(self, account: Account) -> None:
        if account.label == self._refuses:
            raise KeyRefused(CANNOT_TYPE, "recipe")
        if account.label != self._loses:
            self.stored.append(account)

    def list(self) -> list[Account]:
        return self.stored


def store(key: Key, count: int) -> None:
    accounts = [Account("Shop", f"user{number}", b"12345678901234567890") for number in range(count)]
    store_all(cast(KeyClient, cast(Any, key)), accounts, lambda number: key.add(accounts[number]), "")


@pytest.mark.parametrize("count", [1, limits.BATCH, limits.BATCH + 1, 2 * limits.BATCH + 7])
def test_each_press_allows_no_more_than_is_left(count: int) -> None:
    key = Key()
    store(key, count)
    assert sum(key.allowed) == count == len(key.stored)
    assert max(key.allowed) <= limits.BATCH


@pytest.mark.parametrize(
    ("refuses", "loses", "told"),
    [
        ("user1", "", "user1"),
        ("", "user2", "1 account did not reach"),
        ("user1", "user2", "2 accounts did not reach"),
    ],
)
def test_what_did_not_arrive_is_told_also_after_a_refusal(refuses: str, loses: str, told: str) -> None:
    with pytest.raises(DoneInPart, match=told):
        store(Key(refuses, loses), 4)
