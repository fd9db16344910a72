"""CircuitPython's notion of a buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def as_bytes(data: ReadableBuffer | str) -> bytes:
    """What CircuitPython takes wherever it wants a buffer: text counts as its UTF-8."""
    return data.encode() if isinstance(data, str) else memoryview(data).tobytes()
