"""XML and HTML from files that anyone may have written."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

from totpkey.i18n.translation import tr
from totpkey.importers.fields import Damaged


def parse_xml(text: str | bytes) -> ElementTree.Element:
    """The root element. Raises Damaged; a file that declares entities is none of an authenticator's."""
    declared = b"<!ENTITY" in text if isinstance(text, bytes) else "<!ENTITY" in text
    if declared:
        raise Damaged(tr("It declares entities, as no authenticator does."))
    try:
        # Entities, the danger of XML, are ruled out above.
        return ElementTree.fromstring(text)  # noqa: S314
    except (ElementTree.ParseError, ValueError):
        raise Damaged(tr("It is not valid XML, or it is cut off.")) from None


def texts_in_code(text: str) -> list[str]:
    """The texts of the `code` elements of a page."""
    reader = _Code()
    reader.feed(text)
    reader.close()
    return reader.texts


class _Code(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code":
            self._within = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.texts[-1] += data
