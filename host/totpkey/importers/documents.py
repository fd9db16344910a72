"""JSON from files that anyone may have written."""

from __future__ import annotations

import json

from totpkey.importers.fields import Damaged


def parse(data: bytes | str) -> object:
    """Raises Damaged with the place of the fault, and without what stands there."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(text)
    except json.JSONDecodeError as fault:
        at_end = fault.pos >= len(fault.doc.rstrip()) or fault.msg.startswith("Unterminated")
        if at_end:
            raise Damaged("It ends in the middle: the file is cut off.") from None
        raise Damaged(f"It is not valid JSON at line {fault.lineno}, column {fault.colno}.") from None
    except UnicodeDecodeError as fault:
        raise Damaged(f"It is not UTF-8 at byte {fault.start}.") from None
    except (RecursionError, ValueError):
        raise Damaged("It is not JSON as an authenticator writes it.") from None
