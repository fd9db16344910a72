"""Tables that spreadsheets saved again, unusual names and secrets, and sizes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from readers.tests import samples
from readers.tests.entries import AMAZON, PLAIN, Entry
from readers.tests.reading import entries, read
from totpkey_readers.formats.keepass import Salsa20

CHINESE = Entry("京东", "小王", b"N" * 20)
WESTERN = Entry("Café", "Zoë", b"O" * 20)
TABLE = ("apple csv", "1password csv", "synology csv", "lastpass csv", "keepassxc", "bitwarden csv")

RESAVED: dict[str, Callable[[str], bytes]] = {
    "as it was": lambda text: text.encode(),
    "UTF-8 with its mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without its mark": lambda text: text.encode("utf-16-le"),
    "semicolons": lambda text: delimited(text, ";").encode(),
    "tabs": lambda text: delimited(text, "\t").encode(),
    "an old Mac's lines": lambda text: text.replace("\r\n", "\r").encode(),
    "Unix' lines": lambda text: text.replace("\r\n", "\n").encode(),
}


def delimited(text: str, delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(csv.reader(io.StringIO(text, newline="")))
    return out.getvalue()


@pytest.mark.parametrize("how", RESAVED)
@pytest.mark.parametrize("name", TABLE)
def test_a_table_saved_again_is_the_same(name: str, how: str) -> None:
    written = samples.SAMPLES[name]()
    # A line's end within a field is not to be told from a row's, where both are the same.
    text = written.data.decode().replace("two\nlines", "two lines")
    assert entries(read(RESAVED[how](text))) == written.entries


@pytest.mark.parametrize(
    ("entry", "encoding"), [(CHINESE, "gb18030"), (WESTERN, "cp1252"), (CHINESE, "utf-8"), (WESTERN, "utf-8")]
)
@pytest.mark.parametrize("name", ["lastpass csv", "safeincloud csv"])
def test_a_table_in_the_system_s_own_code_page(name: str, entry: Entry, encoding: str) -> None:
    """Excel saves so on a Chinese and on a Western Windows."""
    data = samples.WRITERS[name]((entry, PLAIN[1])).data
    assert entries(read(data.decode().encode(encoding))) == (entry, PLAIN[1])


def test_a_long_note_does_not_end_the_table() -> None:
    data = samples.WRITERS["1password csv"](PLAIN).data.replace(b"two\nlines", b"x" * 200_000)
    assert entries(read(data)) == PLAIN


@pytest.mark.parametrize("length", [17, 19, 22, 25, 27, 30])
def test_odd_lengths_are_read_and_marked(length: int) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"[:length]
    document = json.loads(samples.aegis((AMAZON,)).data)
    document["db"]["entries"][0]["info"]["secret"] = secret
    for data in (json.dumps(document), f"otpauth://totp/Amazon:me?secret={secret}&issuer=Amazon"):
        (found,) = read(data.encode()).found
        assert len(found.account.secret) == length * 5 // 8
        assert any(note.code == "odd" for note in found.notes)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("otpauth://yaotp/Yandex:me?secret=JBSWY3DPEHPK3PXP", "Yandex:me"),
        ("motp://VPN:me?secret=7ac61d4736f51a2b", "VPN:me"),
        ("steam://not base32 at all!", ""),
    ],
)
def test_what_is_skipped_is_named(line: str, name: str) -> None:
    contents = read(f"{AMAZON.uri}\n{line}".encode())
    assert [skipped.name for skipped in contents.skipped] == [name]


@pytest.mark.slow
def test_a_line_of_sixty_megabytes_is_no_uri() -> None:
    """Once it took more than a minute and 5 GB."""
    line = b"otpauth://totp/a?secret=" + b"A" * (60 << 20)
    contents = read(AMAZON.uri.encode() + b"\n" + line)
    assert len(contents.found) == 1
    assert contents.skipped[0].reason.code == "uri_long"


def test_salsa20() -> None:
    """Set 1, vector 0 of the eSTREAM test vectors for a key of 256 bits."""
    stream = Salsa20(bytes([0x80]) + bytes(31), bytes(8))
    begins = bytes.fromhex("e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844")
    assert stream.update(bytes(20)) + stream.update(bytes(12)) == begins
