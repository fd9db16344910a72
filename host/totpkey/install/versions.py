"""Which of two versions is older, so that nobody is given an older firmware without being told."""

from __future__ import annotations

import re

_RELEASE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,9}")


def is_older(version: str, than: str) -> bool:
    """Whether `version` is, or may be, the older one: only releases, numbers with dots, have an order."""
    if version == than:
        return False
    if not (_RELEASE.fullmatch(version) and _RELEASE.fullmatch(than)):
        return True
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
