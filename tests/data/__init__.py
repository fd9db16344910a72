"""Tables of cases that apply to both the command and the set-up page."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


_URIS = _table("key_uris.toml")
#: Rows by name; the head of the file explains them.
MEANS: dict[str, dict[str, Any]] = {row["row"]: row for row in _URIS["means"]}
REFUSED: dict[str, dict[str, Any]] = {row["row"]: row for row in _URIS["refused"]}
PASTED: list[dict[str, str]] = _table("pasted.toml")["pasted"]
PLANS: dict[str, dict[str, Any]] = {row["row"]: row for row in _table("plans.toml")["plans"]}
#: What a task asks of a key, by its name.
TASKS = _table("tasks.toml")
_OTHERWISE = {"issuer": "", "algorithm": "SHA1", "digits": 6, "period": 30, "type": "totp", "counter": 0}


def account_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return all fields but the recipe of the account that a row describes; the secret is in hexadecimal."""
    return {name: row.get(name, _OTHERWISE.get(name)) for name in (*_OTHERWISE, "label", "secret")}


#: What people enter in place of an account's name: texts that hold a secret, and names that do not.
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
NOT_SECRET = (
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

#: Passphrases of twelve characters and more that are guessed early, and some that are not.
EASY = [
    "aaaaaaaaaaaa",
    "password1234",
    "qwertyuiop12",
    "hunter2 2024",
    "密码" * 6,
    "abcdefghijkl",
    "201020112012",
]
GOOD = [
    "correct horse battery staple",
    "gaoxing dianhua pingguo mifan",
    "čtyři náhodná slova",
    "Seven tall ships left for Lima; none of my cousins, oddly enough, wanted to sail on that day",
]
