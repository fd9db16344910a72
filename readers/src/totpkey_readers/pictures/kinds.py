"""What kind of file something is, by its first bytes."""

from __future__ import annotations

#: Magic bytes of PNG, JPEG, GIF, BMP and TIFF. Those of WebP and AVIF are not at the beginning.
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_DOCUMENT = b"%PDF-"
_PAGES = (b"II*\0", b"MM\0*")


def is_picture(data: bytes) -> bool:
    """Whether a file is a picture or a PDF."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data.startswith((*_PICTURES, _DOCUMENT)) or webp or data[4:8] == b"ftyp"


def is_document(data: bytes) -> bool:
    """Whether it is a PDF."""
    return data.startswith(_DOCUMENT)


def may_have_pages(data: bytes) -> bool:
    """Whether it is a TIFF."""
    return data.startswith(_PAGES)
