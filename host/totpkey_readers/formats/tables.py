"""CSV files of password managers, recognised by the names of their columns. Also accepts what spreadsheets
save: semicolons or tabs, and line ends of old Macs.
"""

from __future__ import annotations

import csv
import io
from functools import partial

from totpkey_readers.records.contents import AskPassword, Contents, secret_or_uri, site_of
from totpkey_readers.records.problem import Problem

#: Columns of secret, title and user name, in lower case, for each format. The most distinctive come first.
_COLUMNS = {
    "Bitwarden CSV": ("login_totp", "name", "login_username"),
    # Its rows have three fields more than its header, and only the URI has the user name.
    "Bitwarden Authenticator CSV": ("login_totp", "name"),
    "Synology C2 CSV": ("login_totp", "display_name", "login_username"),
    "KeePassXC CSV": ("totp", "title", "username"),
    "1Password CSV": ("otpauth", "title", "username", "tags"),
    "Apple Passwords CSV": ("otpauth", "title", "username"),
    "Dashlane CSV": ("otpurl", "title", "username"),
    "Dashlane CSV, older": ("otpsecret", "title", "username"),
    "SafeInCloud CSV": ("otp", "title", "login"),
    "Dashlane CSV, phone": ("otp", "title", "username", "category"),
    "Myki CSV": ("twofasecret", "nickname", "username"),
    "extract_otp_secrets CSV": ("url", "issuer", "name", "secret"),
    "LastPass or Proton Pass CSV": ("totp", "name", "username"),
}
#: Proton Pass has the user's name in one of two columns. An e-mail address is only in this one.
_ADDRESS = "email"
#: Columns with the site of a row without a title.
_SITES = ("login_uri", "login_urls", "url")
_DELIMITERS = ",;\t"
#: A note may be long; Python's own limit is 131 072 characters.
_LONGEST_FIELD = 64 << 20
#: Columns of any password manager's table.
_PASSWORDS = {"password", "login_password", "pwd"}


def recognises_text(text: str) -> bool:
    return _format(header(text)[0]) != ""


def is_of_passwords(text: str) -> bool:
    """Whether it is a password manager's table."""
    return bool(_PASSWORDS & set(header(text)[0]))


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts in the rows that have a code. Raises Problem."""
    names, delimiter = header(text)
    contents = Contents(_format(names))
    code_at, title_at, *users_at = (
        names.index(column) for column in (*_COLUMNS[contents.format][:3], _ADDRESS) if column in names
    )
    sites_at = [names.index(column) for column in _SITES if column in names]
    rows = csv.reader(io.StringIO(lines(text), newline=""), delimiter=delimiter)
    try:
        next(rows)
        for row in rows:

            def cell(place: int, row: list[str] = row) -> str:
                return row[place] if place < len(row) else ""

            code, user = cell(code_at), next(filter(str.strip, map(cell, users_at)), "")
            title = cell(title_at)
            if not (title.strip() or user.strip()):
                title = next(filter(None, (site_of(cell(place)) for place in sites_at)), "")
            if code.strip():
                name = ":".join(filter(str.strip, (title, user)))
                contents.take(f"line {rows.line_num}", partial(secret_or_uri, code, title, user), name)
    except csv.Error:
        raise Problem("csv", number=rows.line_num) from None
    return contents


def lines(text: str) -> str:
    """`text` with newlines. A lone carriage return ends a line only if there are no other line ends."""
    return text if "\n" in text else text.replace("\r", "\n")


def header(text: str) -> tuple[list[str], str]:
    """The columns' names in lower case, and the delimiter that gives the most columns."""
    csv.field_size_limit(_LONGEST_FIELD)
    first = lines(text[: 1 << 16]).lstrip().partition("\n")[0]
    best: tuple[list[str], str] = ([], _DELIMITERS[0])
    for delimiter in _DELIMITERS:
        try:
            names = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter), [])]
        except csv.Error:
            continue
        if len(names) > len(best[0]):
            best = names, delimiter
    return best


def _format(names: list[str]) -> str:
    for name, columns in _COLUMNS.items():
        if set(columns) <= set(names):
            return name
    return ""
