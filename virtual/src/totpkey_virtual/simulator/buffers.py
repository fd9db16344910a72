"""What CircuitPython accepts as a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def as_bytes(data: ReadableBuffer | str) -> bytes:
    """The bytes of a buffer argument. CircuitPython also takes text, as its UTF-8."""
    return data.encode() if isinstance(data, str) else memoryview(data).tobytes()
