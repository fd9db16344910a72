"""XML and HTML from untrusted files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from totpkey_readers.records.problem import Problem

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element, TreeBuilder
    from xml.parsers import expat

#: The deepest nesting of elements. Groups in a password manager are a few deep.
_DEEPEST = 200
_TAG = re.compile("<[^<>]*>")
_OPENING, _CLOSING = re.compile("<code[^<>]*>", re.I), re.compile("</code", re.I)


def parse_xml(text: str | bytes) -> Element:
    """The root element. Raises Problem.

    A document type is refused, and with it entities, which can be huge or name other files. Expat sees it
    in any encoding. No authenticator writes one.
    """
    from xml.etree.ElementTree import TreeBuilder
    from xml.parsers import expat

    builder = TreeBuilder()
    # Only its own encoding counts for text that is decoded already.
    parser = expat.ParserCreate("utf-8" if isinstance(text, str) else None)
    parser.buffer_text = True
    _Handlers(builder).join(parser)
    try:
        parser.Parse(text, True)
        return builder.close()
    except (expat.ExpatError, ValueError, LookupError, AssertionError):
        raise Problem("xml") from None


class _Handlers:
    """Builds a tree from a parser's events, within bounds."""

    def __init__(self, builder: TreeBuilder) -> None:
        self._builder = builder
        self._depth = 0

    def join(self, parser: expat.XMLParserType) -> None:
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data

    def _refuse(self, *declared: object) -> None:
        raise Problem("doctype")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Problem("too_deep")
        self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(tag)


def texts_in_code(text: str) -> list[str]:
    """The texts of the `code` elements of a page. Takes time in proportion to the page's length."""
    import html

    texts: list[str] = []
    opening = _OPENING.search(text)
    while opening:
        closing = _CLOSING.search(text, opening.end())
        # A page that is cut off may end within an element.
        end = closing.start() if closing else len(text)
        texts.append(html.unescape(_TAG.sub("", text[opening.end() : end])))
        opening = _OPENING.search(text, end)
    return texts
