"""In the place of a file that is missing: a key that cannot store can still say so."""

from totpkey_protocol.errors import STORAGE, Refusal

from .page_index import Places


class Nowhere(Places):
    """Places that read as blank and cannot be written."""

    def __init__(self) -> None:
        pass

    def read_into(self, place: int, at: int, buffer: "bytearray | memoryview") -> None:
        for index in range(len(buffer)):
            buffer[index] = 0xFF

    def write(self, place: int, page: "bytes | bytearray") -> None:
        raise Refusal(STORAGE)
