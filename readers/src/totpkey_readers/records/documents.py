"""Parses JSON from untrusted files."""

from __future__ import annotations

import json

from totpkey_readers.records import strays
from totpkey_readers.records.problem import Problem

#: The longest escape in a text, `\uXXXX`.
_ESCAPE = 6
#: How many entries of a list are examined to recognise it.
_LOOKED_AT = 20


def parse(data: bytes | str) -> object:
    """Parse it. Raises Problem with the place of the fault, and without the text there."""
    try:
        # What was text before is seen already.
        text = strays.seen(data.decode("utf-8-sig")) if isinstance(data, bytes) else data
        return json.loads(text)
    except json.JSONDecodeError as fault:
        if _is_cut_off(fault):
            raise Problem("cut_off") from None
        raise Problem("json", lineno=fault.lineno, colno=fault.colno) from None
    except UnicodeDecodeError as fault:
        raise Problem("not_utf8_at", start=fault.start) from None
    except (RecursionError, ValueError):
        raise Problem("json_other") from None


def as_list(document: object) -> list[object]:
    """A document that is a list. Raises Problem."""
    if not isinstance(document, list):
        raise Problem("no_list")
    return document


def entries_have(entries: object, *names: str) -> bool:
    """Whether it is a non-empty list of objects that all have fields of these names."""
    return (
        isinstance(entries, list)
        and entries != []
        and all(isinstance(entry, dict) and entry.keys() >= set(names) for entry in entries[:_LOOKED_AT])
    )


def _is_cut_off(fault: json.JSONDecodeError) -> bool:
    """Whether the fault is that the document ends too early."""
    rest = fault.doc[fault.pos :].strip()
    within_word = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
    within_escape = "escape" in fault.msg and len(rest) < _ESCAPE
    return within_word or within_escape or fault.msg.startswith("Unterminated")
