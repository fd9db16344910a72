"""Web pages that apps write to be looked at, with secrets or links in their text, as Aegis and Ente do.

Of a page counts what a person sees: tables, lines such as `Secret: JBSW…` below a name, and pictures of
codes, which say what the text leaves out: both apps name no period there.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from functools import lru_cache

from totpkey_readers.formats import by_content, xml_files
from totpkey_readers.pictures import qr
from totpkey_readers.records import links, strays
from totpkey_readers.records.contents import AskPassword, Contents
from totpkey_readers.records.fields import SECRETS, is_code, plain, role_of
from totpkey_readers.records.problem import Problem

UNKNOWN = "page of an unknown app"
_TAG = re.compile("(<[^<>]{0,4096}>)")
_NAME = re.compile("</?([a-zA-Z0-9]+)")
_HIDDEN = frozenset({"script", "style", "head"})
_CELLS, _ROW, _TABLE = frozenset({"td", "th"}), "tr", "table"
_LINES = frozenset(
    {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", _ROW, _TABLE}
)
_FIELD = re.compile(r"([\w .-]{1,40}?)\s*[:：]\s+(\S.*)|([\w .-]{1,40}?)[:：](?!//)(\S.*)")
#: A picture within a page.
PICTURE = "data:image/"
_PICTURE = re.compile(rf"(?i)<img\b[^<>]*?src=[\"']{PICTURE}[\w.+-]+;base64,([^<>\"']*)[\"'][^<>]*>")
_FAR = 512
_Row = list[str]


def recognises(text: str) -> bool:
    start = text[:_FAR].lstrip().lower()
    is_page = start.startswith(("<!doctype html", "<html")) and not xml_files.is_of_stratum(text)
    return is_page and by_content.recognises(_records(text))


def read(text: str, ask: AskPassword) -> Contents:
    """The accounts. Raises Problem."""
    return by_content.read_as("", _records(text), "entry", UNKNOWN)


@lru_cache(maxsize=1)
def _records(text: str) -> list[dict[str, str]]:
    tables, lines = _seen(_PICTURE.sub(_codes_in, text))
    return [*(record for table in tables for record in _of_table(table)), *_of_lines(lines)]


def _codes_in(picture: re.Match[str]) -> str:
    """The links in a picture, as text of the page."""
    try:
        texts = qr.clear(base64.b64decode(picture[1]))
    # Within an archive, no library for pictures is loaded.
    except (Problem, OSError, ValueError):
        return ""
    return html.escape(strays.seen("\n".join(texts)))


def _seen(text: str) -> tuple[list[list[_Row]], list[str]]:
    """The tables of a page, and the lines outside of them."""
    tables: list[list[_Row]] = []
    lines = [""]
    hidden, depth = "", 0
    for part in _TAG.split(text):
        found = _NAME.match(part)
        name = found[1].lower() if found else ""
        closes = part.startswith("</")
        if name in _HIDDEN:
            hidden = "" if closes else name
        elif name == _TABLE:
            depth = max(depth - 1, 0) if closes else depth + 1
            tables += [] if closes else [[]]
        elif name == _ROW and depth and not closes:
            tables[-1].append([])
        elif name in _CELLS and depth and not closes:
            if not tables[-1]:
                tables[-1].append([])
            tables[-1][-1].append("")
        elif not name and not hidden:
            _put(html.unescape(part), tables[-1][-1] if depth and tables[-1] and tables[-1][-1] else lines)
        if name in _LINES:
            _put("\n", tables[-1][-1] if depth and tables[-1] and tables[-1][-1] else lines)
    return tables, _lines("".join(lines))


def _put(text: str, into: list[str]) -> None:
    into[-1] += text if text == "\n" else f" {' '.join(text.split())} "


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _of_table(rows: list[_Row]) -> Iterator[dict[str, str]]:
    """An account a row under names, or one whose fields stand below each other."""
    pairs = {row[0].strip(" :：\n"): row[1].strip() for row in rows if len(row) == 2}
    if len(pairs) == len(rows) and any(is_code(plain(name)) or role_of(plain(name)) for name in pairs):
        yield pairs
        return
    names, *own = rows or [[]]
    if not any(is_code(plain(name)) or plain(name) in SECRETS for name in names):
        # It arranges the page.
        yield from _of_lines([line for row in rows for cell in row for line in _lines(cell)])
        return
    for row in own:
        yield {name.strip(): cell.strip() for name, cell in zip(names, row, strict=False)}


def _of_lines(lines: list[str]) -> Iterator[dict[str, str]]:
    """Fields by their names, below the lines with an account's name."""
    record: dict[str, str] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if links.is_link(line):
            record["link"] = line
            continue
        name, value = (field[1] or field[3], field[2] or field[4]) if field else ("", line)
        if name in record or (not name and len(record) > 2):
            yield record
            record = {}
        record[name or ("username" if "title" in record else "title")] = value
    if record:
        yield record
