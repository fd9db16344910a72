"""The account of a walk to its first code, and that code; the languages that it is walked in."""

from __future__ import annotations

import time

from tests.page.seller import SHOWN, Seller
from totpkey.accounts import codes
from totpkey_readers.records import base32

SECRET = base32.decode(SHOWN)
MAIL = "seller@example.com"
#: The page's languages, and the locale of a browser that asks for each.
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}


def types_its_code(seller: Seller, ahead: float = 0) -> None:
    """The press that the page asks for types a code that is right now.

    The browser has set the key's clock by the wall's, which a simulated key on a busy machine falls behind;
    and there it may have set it some seconds late.
    """
    desk, before = seller.desk, len(seller.desk.typed())
    first = min(desk.key.true_time, time.time() + ahead) - 5
    desk.press()
    desk.until(lambda: len(desk.computer.text) >= before + 6)
    last = max(desk.key.true_time, time.time() + ahead)
    possible = {codes.totp(SECRET, moment) for moment in range(int(first), int(last) + 30, 30)}
    assert desk.typed()[before:] in possible
