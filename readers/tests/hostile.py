"""Files that are made to take all time or memory, written when a test runs.

Each is small, or compresses well, and begins as an export does, so that a reader takes it for its own.
"""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from collections.abc import Callable

from PIL import Image

from readers.tests import containers, desktops, migration, samples
from readers.tests.entries import AMAZON, PLAIN, Entry

MIB = 1 << 20
SECRET = "JBSWY3DPEHPK3PXP"
ENTRY = f"<Entry><String><Key>otp</Key><Value>{SECRET}</Value></String></Entry>"
LINK = f"otpauth://totp/Shop:me?secret={SECRET}\n".encode()


# SQLite

_GOOGLE = "_id, email, secret, counter, type, provider, issuer, original_name"


def database(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return bytes(connection.serialize())


def view(number: str) -> bytes:
    """A view in place of Google Authenticator's table, with rows made of `number`."""
    row = f"x, 'a', '{SECRET}', 0, 0, 0, 'b', 'c'"
    return database(f"CREATE VIEW accounts ({_GOOGLE}) AS {number.replace('ROW', row)}")


def endless_view() -> bytes:
    return view(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT ROW FROM n WHERE x < 0"
    )


def view_of_gigabytes() -> bytes:
    large = "SELECT zeroblob(900000000) UNION ALL SELECT x FROM n LIMIT 9"
    return view(f"WITH RECURSIVE n(x) AS ({large}) SELECT ROW FROM n")  # noqa: S608


def computed_column() -> bytes:
    columns = _GOOGLE.replace("secret", "secret AS (hex(zeroblob(400000000)))")
    return database(f"CREATE TABLE accounts ({columns})", "INSERT INTO accounts (_id, email) VALUES (1, 'a')")


def table_in_a_circle() -> bytes:
    """A table whose first page names itself as its child."""
    data = bytearray(containers.google().data)
    page = int.from_bytes(data[16:18], "big")
    data[page : page + 12] = bytes([5, 0, 0, 0, 1, 0, 0, 0, 0, *(2).to_bytes(4, "big")])[:12]
    data[page + 8 : page + 12] = (2).to_bytes(4, "big")
    data[page + 12 : page + 14] = (page - 8).to_bytes(2, "big")
    data[2 * page - 8 : 2 * page] = (2).to_bytes(4, "big") + b"\x01\x00\x00\x00"
    return bytes(data)


def very_many_rows() -> bytes:
    many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 700000)"
    return database(
        f"CREATE TABLE accounts ({_GOOGLE})",
        f"INSERT INTO accounts {many} SELECT x, 'a', '{SECRET}', 0, 0, 0, 'b', 'c' FROM n",  # noqa: S608
    )


# Texts


def aegis(**changes: object) -> bytes:
    document = json.loads(samples.aegis(PLAIN).data)
    document["db"]["entries"][0]["info"].update(changes)
    return json.dumps(document).encode()


def aegis_of_many(count: int) -> bytes:
    entry = json.dumps(json.loads(samples.aegis(PLAIN[:1]).data)["db"]["entries"][0], separators=(",", ":"))
    return (
        b'{"version":1,"header":{"slots":null},"db":{"entries":['
        + ",".join([entry] * count).encode()
        + b"]}}"
    )


def page(inner: str) -> bytes:
    return f"<html><title>Stratum Backup</title><body>{inner}".encode()


def bomb(root: str, inner: str) -> str:
    """Entities that expand to 3 GB."""
    entities = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)
    )
    return f"<!DOCTYPE {root} [{entities}]>{inner.replace('BOMB', '&a8;')}"


def preferences(encoding: str) -> bytes:
    text = bomb("map", '<map><string name="STATIC_TOTP_CODES_LIST">BOMB</string></map>')
    return f"<?xml version='1.0' encoding='{encoding}'?>{text}".encode(encoding)


def outside_file() -> bytes:
    declared = '<!DOCTYPE map [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    inner = "<map><string name='STATIC_TOTP_CODES_LIST'>&a;</string></map>"
    return f"<?xml version='1.0'?>{declared}{inner}".encode()


def kdbx(text: str, encoding: str = "utf-8") -> bytes:
    return containers.kdbx(
        lambda protect: f"<?xml version='1.0' encoding='{encoding}'?>{text}".encode(encoding)
    )


def costly_database() -> bytes:
    """OTPClient's, whose password is to cost a TiB of memory."""
    data = bytearray(desktops.otp_client(PLAIN).data)
    at = len(b"OTPClient") + 4 + 16 + 32 + 4
    data[at : at + 4] = (1 << 30).to_bytes(4, "big")
    return bytes(data)


# Pictures


def empty_picture(kind: str, mode: str, side: int) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (side, side), "white").save(file, kind)
    return file.getvalue()


def noise(kind: str, pages: int) -> bytes:
    """Pages on which every attempt finds much to look at."""
    page = Image.effect_noise((2000, 2000), 90).convert("1")
    file = io.BytesIO()
    page.save(file, kind, save_all=True, append_images=[page] * (pages - 1))
    return file.getvalue()


def page_of_all_paths() -> bytes:
    """A PDF whose page draws a form that draws a form ten times, and so on: 10^9 lines."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    )
    draws = b"/F Do " * 10
    objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(draws), draws))
    for level in range(9):
        inner = draws if level < 8 else b"0 0 m 600 800 l S " * 10
        resources = b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + level) if level < 8 else b""
        objects.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]%s/Length %d>>stream\n%s\nendstream"
            % (resources, len(inner), inner)
        )
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


#: Each file by what is hostile in it.
FILES: dict[str, Callable[[], bytes]] = {
    "a view that never ends": endless_view,
    "a view of gigabytes": view_of_gigabytes,
    "a computed column of gigabytes": computed_column,
    "a table in a circle": table_in_a_circle,
    "a database of 700 000 rows": very_many_rows,
    "a secret of 0.7 MB": lambda: aegis(secret="A" * 700_000),
    "a secret of sixty MB": lambda: aegis(secret="A" * (60 * MIB)),
    "sixty MB of A": lambda: b"A" * (60 * MIB),
    "sixty MB of newlines": lambda: b"\n" * (60 * MIB),
    "links and sixty MB of newlines": lambda: LINK + b"\n" * (60 * MIB),
    "twelve million emoji": lambda: "😀".encode() * 12_000_000,
    "a link and twelve million emoji": lambda: LINK + "😀".encode() * 12_000_000,
    "spaces after base64": lambda: b"A" * 128 + b" " * 60_000 + b"!",
    "spaces in base64": lambda: (b"A" * 60 + b" " * 60) * 100_000 + b"!",
    "comments that do not end": lambda: page("<!--x" * 100_000),
    "marked sections": lambda: page("<![" * 100_000),
    "elements in elements": lambda: page("<code>" * 1_000_000),
    "tags that do not end": lambda: page("<code>" + "<" * 10_000_000),
    "character references": lambda: page("<code>" + "&#" * 5_000_000),
    "entities in preferences": lambda: preferences("utf-8"),
    "entities in preferences in UTF-16": lambda: preferences("utf-16"),
    "an entity from another file": outside_file,
    "entities in a KeePass database in UTF-16": lambda: kdbx(
        bomb("KeePassFile", "<KeePassFile>BOMB</KeePassFile>"), "utf-16"
    ),
    "5000 nested groups": lambda: kdbx(
        f"<KeePassFile><Root>{'<Group>' * 5000}{'</Group>' * 5000}</Root></KeePassFile>"
    ),
    "700 000 entries of KeePass": lambda: kdbx(
        f"<KeePassFile><Root><Group>{ENTRY * 700_000}</Group></Root></KeePassFile>"
    ),
    "a KeePass database of packed spaces": lambda: kdbx(f"<KeePassFile>{' ' * (300 * MIB)}</KeePassFile>"),
    "a database whose password costs a TiB": costly_database,
    "a million links": lambda: LINK * 1_000_000,
    "a million links on a line": lambda: LINK.replace(b"\n", b" ") * 1_000_000,
    "one link of forty MB": lambda: LINK.strip() + b"&x=" + b"%41" * (13 * MIB),
    "a link with a million settings": lambda: LINK.strip() + b"&a=b" * 1_000_000,
    "a table of 2.4 million rows": lambda: b"title,username,password,otpauth\n" + b"a,b,c,\n" * 2_400_000,
    "a table of a million codes": lambda: (
        b"title,username,otpauth\n" + f"a,b,{SECRET}\n".encode() * 1_000_000
    ),
    "a field of sixty MB": lambda: b"title,username,otpauth\na,b," + b'"' + b"x" * (60 * MIB),
    "a header of commas": lambda: b"title,username,otpauth" + b"," * 10_000_000,
    "cells of many links": lambda: (
        b"title,username,otpauth\n" + (b'a,b,"' + b"otpauth://" * 100_000 + b'"\n') * 20
    ),
    "300 000 entries of Aegis": lambda: aegis_of_many(300_000),
    "JSON of 100 000 brackets": lambda: b"[" * 100_000,
    "JSON of two million objects": lambda: b"[" + b'{"a":1},' * 2_000_000 + b"{}]",
    "a number of a million digits": lambda: aegis(digits=1).replace(
        b'"digits": 1', b'"digits": ' + b"1" * 1_000_000
    ),
    "a name of sixty MB": lambda: samples.aegis((Entry("A" * (50 * MIB), "b", b"C" * 20, digits=99),)).data,
    "a migration of 60 000 accounts": lambda: (
        b"otpauth-migration://offline?data="
        + base64.b64encode(migration.field(1, migration.account(AMAZON)) * 60_000)
    ),
    "a ZIP of forty large files": lambda: containers.zipped(
        dict.fromkeys((f"{number}.json" for number in range(40)), b"[" + b" " * (60 * MIB) + b"]")
    ),
    "a ZIP of 20 000 files": lambda: containers.zipped(
        dict.fromkeys((f"{number}.json" for number in range(20_000)), b"[]")
    ),
    "a picture of 400 million pixels": lambda: empty_picture("PNG", "1", 20_000),
    "a picture of 64 million colours": lambda: empty_picture("PNG", "RGBA", 8_000),
    "a GIF of 300 million pixels": lambda: empty_picture("GIF", "1", 17_500),
    "50 pages of TIFF": lambda: noise("TIFF", 50),
    "50 pages of PDF": lambda: noise("PDF", 50),
    "a PDF that draws 10^9 lines": page_of_all_paths,
    "a long secret within an encrypted export": lambda: (
        samples.aegis_encrypted((*PLAIN, Entry("x", "y", b"A" * 450_000))).data
    ),
    "a ZIP with an endless view before an export": lambda: containers.zipped(
        {"a.sqlite": endless_view(), "b.txt": view_of_gigabytes(), "c.json": samples.aegis(PLAIN).data}
    ),
    "a ZIP with a page that does not end before an export": lambda: containers.zipped(
        {"a.html": page("<!--x" * 100_000), "b.json": aegis_of_many(2), "c.xml": preferences("utf-16")}
    ),
}
