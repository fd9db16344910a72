"""Every code that readers raise has words in the command's table, and the table has no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import totpkey_readers
from totpkey import errors
from totpkey.i18n import reader_words
from totpkey_readers.records.problem import Problem

SOURCES = [
    *Path(totpkey_readers.__file__).parent.rglob("*.py"),
    Path(errors.__file__).parent / "accounts/account.py",
]
SOURCES.append(Path(errors.__file__).parent / "backups/backup_file.py")
#: Where codes stand: raised, noted, or in tables of them.
_RAISED = re.compile(
    r'(?:Problem|note|Note|_damaged|unopened_as)\(\s*(?:name, )?"(\w+)"|\(b?"[^"]*", "(\w+)"\)|: "(\w+)",$',
    re.M,
)


def raised() -> set[str]:
    found = (match for path in SOURCES for match in _RAISED.findall(path.read_text(encoding="utf-8")))
    return {code for codes in found for code in codes if code}


def test_each_code_has_words() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    known = set(reader_words._CAUSES)
    assert [code for code in known if f'"{code}"' not in text] == []
    direct = {
        match[0]
        for path in SOURCES
        for match in _RAISED.findall(path.read_text(encoding="utf-8"))
        if match[0]
    }
    assert direct - known == set()


def test_a_problem_has_the_fields_that_its_words_show() -> None:
    checked = 0
    for node in (node for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
        match node:
            case ast.Call(
                func=ast.Name("Problem" | "Note" | "note"), args=[ast.Constant(str(code))], keywords=given
            ):
                # Two the command knows itself.
                names = {one.arg for one in given} | {"most", "name"}
                shown = set(re.findall(r"{(\w+)}", reader_words._CAUSES.get(code, "")))
                assert None in names or shown <= names, code
                checked += 1
    assert checked > 100


@pytest.mark.parametrize("code", ["unheard_of", "", "field_missing"])
def test_what_no_reader_raises_is_told_as_such(code: str) -> None:
    """Also a known code without its fields: it comes from a process that a file has taken over."""
    error = errors.of_reader(Problem(code))
    assert "not a list of accounts" in error.cause
    assert "{" not in error.cause + error.remedy
