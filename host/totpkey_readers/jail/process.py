"""The program that reads one file: the file comes on standard input, what is in it goes to standard output.

It gets a line of JSON with `kind`, `patient` and `size`, then the file. It answers with lines of JSON: `ask`
for a password, to which a line with `password` comes back, and in the end `contents`, `texts`, `problem`,
`limit` or `crash`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from totpkey_readers.jail import bounds
from totpkey_readers.records.problem import Problem

CONTENTS, TEXTS = "contents", "texts"
#: What is left for an answer when memory has come to its limit, in bytes.
_RESERVE = 4 << 20


def main() -> None:
    """Read one file, and end."""
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What libraries print must not get among the answers.
    os.dup2(2, 1)
    order = json.loads(given.readline())
    allowance = bounds.Allowance(bounds.PATIENT if order["patient"] else bounds.USUAL)
    bounds.shut()
    reserve = bytearray(_RESERVE)
    try:
        answer = _read(order, given, answers, allowance)
    except MemoryError:
        # The error still holds all that was read, so that even this answer would find no memory.
        del reserve
        answer = {"limit": "memory"}
    _answer(answers, answer)
    # Freeing all that was read takes its time, and serves nobody.
    os._exit(0)


def _read(
    order: dict[str, Any], given: BinaryIO, answers: BinaryIO, allowance: bounds.Allowance
) -> dict[str, Any]:
    try:
        data = given.read(order["size"])
        if order["kind"] == TEXTS:
            return {TEXTS: _texts(data)}
        return {CONTENTS: _contents(data, order["patient"], given, answers, allowance)}
    except Problem as problem:
        from totpkey_readers.jail import wire

        return {"problem": wire.of_note(problem.note)}
    except MemoryError:
        return {"limit": "memory"}
    # A library or a reader may fail in any way. The text of such an error could hold a secret.
    except Exception as fault:  # noqa: BLE001
        return {"limit": "memory"} if _is_out_of_memory(fault) else {"crash": _where(fault)}


def _texts(data: bytes) -> list[str]:
    from totpkey_readers.pictures import qr

    return qr.read(data)


def _contents(
    data: bytes, patient: bool, given: BinaryIO, answers: BinaryIO, allowance: bounds.Allowance
) -> dict[str, Any]:
    from totpkey_readers.formats import cost, files
    from totpkey_readers.jail import wire

    def ask(app: str) -> str:
        _answer(answers, {"ask": app})
        return str(json.loads(given.readline())["password"])

    with cost.announced(allowance.extend):
        return wire.of_contents(files.read(data, ask, patient))


def _answer(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()


def _is_out_of_memory(fault: BaseException) -> bool:
    """Whether an error comes of one for lack of memory, under whatever name a library gives that."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, MemoryError) or "bad_alloc" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _where(fault: BaseException) -> str:
    """Kind and place of an error: enough for a report, and nothing of the file."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""
    return f"{type(fault).__name__} {place}".strip()


if __name__ == "__main__":
    main()
