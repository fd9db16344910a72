"""Names that hold a secret, and setup keys without a name. Other cases are in tests/data/key_uris.toml."""

from __future__ import annotations

import pytest

from tests.page.scripts import run
from totpkey_readers.records.key_uri import looks_secret

SECRET = "JBSWY3DPEHPK3PXP"
SECRETS = (
    SECRET,
    f"Amazon:{SECRET}",
    f"{SECRET}:me",
    "jbsw y3dp ehpk 3pxp",
    "jbswy3dpehpk3pxp",
    "abcd efgh ijkl mnop qrst uvwx",
    "abcd  efgh\u00a0ijkl mnop ",
    "otpauth://totp/me?secret=AAAA",
    "OTPAUTH://x",
    "me?SECRET=AAAA",
    "小玎cret=GEZDGNBVGY3TQOJQ&issuer=公司",
    f"me{SECRET}&issuer=Amazon",
    "2ABCDEFGHIJKLMN7&me",
    "ABCDEFGHIJKLMNOP",
    "Amazon:jbswy3dpehpk3pxp",
    "meABCDEFGHABCDEFGHABCDEFGH",
)
NAMES = (
    "",
    "Amazon:me",
    "administratoraccount",
    "abcdefgh ijklmnop",
    "abcd efgh ijkl mnop qrst uvwxyz",
    "Amazon Seller Central:me@example.com",
    "ORDERS-EUROPE-2026",
    "店铺A:WAREHOUSE",
    "JBSWY3DPEHPK3PX",
    "mail:jbswy3dpehpk3px",
    "ABCDEFGHIJKLMNOPQRSTUVW of us",
    "0abcdefghijklmno2",
    "abcdefghijklmno20",
)


@pytest.mark.parametrize(("names", "secret"), [(SECRETS, True), (NAMES, False)])
def test_names_with_a_secret_are_told_from_others_as_the_command_tells_them(
    names: tuple[str, ...], secret: bool
) -> None:
    assert [looks_secret(name) for name in names] == [secret] * len(names)
    assert run(("rules/key_uri",), "return given.map(looksSecret);", names) == [secret] * len(names)


def test_two_issuers_are_both_told() -> None:
    uri = f"otpauth://totp/Shop:me?secret={SECRET}&issuer=Amazon"
    body = "return readAccount(given).warnings;"
    values = {"first": "Amazon", "second": "Shop"}
    assert run(("rules/key_uri",), body, uri) == [{"name": "two_issuers", "values": values}]
