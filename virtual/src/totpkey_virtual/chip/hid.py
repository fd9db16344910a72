"""Parses HID report descriptors (HID 1.11 section 6.2.2), just enough to tell reports apart."""

from __future__ import annotations

from dataclasses import dataclass

GENERIC_DESKTOP, KEYBOARD = 0x01, 0x06

# Short items without their size bits (sections 6.2.2.4 to 6.2.2.8)
_COLLECTION, _END_COLLECTION, _USAGE_PAGE, _REPORT_ID, _USAGE = 0xA0, 0xC0, 0x04, 0x84, 0x08
_LONG_ITEM = 0xFE


@dataclass(frozen=True)
class Application:
    """A top-level collection: its usage, and the id of its reports (0: they carry none)."""

    usage_page: int
    usage: int
    report_id: int

    @property
    def is_keyboard(self) -> bool:
        return (self.usage_page, self.usage) == (GENERIC_DESKTOP, KEYBOARD)


def items(descriptor: bytes) -> list[tuple[int, int]]:
    """Every short item as tag-and-type and value."""
    found, at = [], 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            at += 3 + descriptor[at + 1]
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        found.append((prefix & 0xFC, int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")))
        at += 1 + size
    return found


def applications(descriptor: bytes) -> tuple[Application, ...]:
    """The top-level collections of a report descriptor, in order."""
    found: list[Application] = []
    page = usage = depth = 0
    for tag, value in items(descriptor):
        if tag == _USAGE_PAGE:
            page = value
        elif tag == _USAGE and depth == 0:
            usage = value
        elif tag == _COLLECTION:
            if depth == 0:
                found.append(Application(page, usage, 0))
            depth += 1
        elif tag == _END_COLLECTION:
            depth -= 1
        elif tag == _REPORT_ID and found and not found[-1].report_id:
            found[-1] = Application(found[-1].usage_page, found[-1].usage, value)
    return tuple(found)
