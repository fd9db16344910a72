"""Files that a person carries onto the page."""

from __future__ import annotations

from typing import Any

from readers.tests.pictures.codes import code, page, saved


def picture(*uris: str) -> bytes:
    """A page with codes on it, beside each other."""
    return saved(page(*((code(uri), (100 + 800 * number, 200)) for number, uri in enumerate(uris))), "PNG")


def as_file(content: bytes, name: str = "shot.png", kind: str = "image/png") -> list[dict[str, Any]]:
    return [{"name": name, "type": kind, "bytes": list(content)}]
