"""Whoever lacks the secret of a check does not pass it, whatever they send."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.attacks.forgeries import CHECKS, ELSEWHERE, Check

ROOT = Path(__file__).resolve().parents[2]
#: The one comparison of secrets, in firmware and command.
COMPARISONS = ("equal", "compare_digest")
#: What is compared by these is compared by the one.
DIGESTS = ("digest", "hexdigest", "hmac")


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in (ROOT / "firmware/lib", ROOT / "host", ROOT / "readers/src"):
        for package in ("totpkey_firmware", "totpkey_protocol", "totpkey", "totpkey_readers"):
            for path in sorted((folder / package).rglob("*.py")):
                yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _called(node: ast.AST) -> str:
    """The name of what a node calls, "" if it calls nothing."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", ""))


def checks() -> set[str]:
    """The file and the innermost function of each call of the one comparison."""
    found = set()
    for name, tree in _trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and any(
                _called(node) in COMPARISONS for node in ast.walk(function)
            ):
                found.add(f"{name}:{function.name}")
    return found


def test_each_check_has_forgeries() -> None:
    assert checks() == {*CHECKS, *ELSEWHERE}
    for reference in ELSEWHERE.values():
        path, _, test = reference.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_no_digest_is_compared_by_anything_else() -> None:
    """But for the hashes in other apps' files, which have no key and keep nobody out."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and "/formats/" not in name
        and any(_called(part) in DIGESTS for part in (node.left, *node.comparators))
    ]
    assert found == [], "use totpkey_firmware.crypto.siv.equal, or hmac.compare_digest"


MADE = [
    pytest.param(make, id=f"{name}-{place}") for name in CHECKS for place, make in enumerate(CHECKS[name])
]


@pytest.mark.parametrize("make", MADE)
def test_no_forgery_passes(make: partial[Check]) -> None:
    check = make()
    assert check.right is None or check.passes(check.right)
    assert len(check.forgeries) > 3
    assert [forged for forged in check.forgeries if check.passes(forged)] == []
