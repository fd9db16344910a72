"""Every error code of the protocol and of the readers has words, and their tables have no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import totpkey
import totpkey_readers
from totpkey.errors import KeyRefused, of_reader
from totpkey.i18n import key_words, reader_words
from totpkey_protocol import errors
from totpkey_readers.records.problem import Problem


def test_the_table_has_exactly_the_codes_of_the_protocol() -> None:
    assert set(key_words.TABLE) == set(errors.ALL)


@pytest.mark.parametrize("code", errors.ALL)
def test_each_code_has_a_cause_and_a_remedy(code: str) -> None:
    refused = KeyRefused(code, "label")
    assert refused.cause.endswith(".")
    assert refused.remedy.endswith(".")
    assert "{" not in refused.cause + refused.remedy


def test_the_field_to_blame_is_named() -> None:
    assert "label" in KeyRefused(errors.OUT_OF_RANGE, "label").cause


def test_a_code_from_a_newer_key_is_shown_as_it_is() -> None:
    assert "brand_new" in KeyRefused("brand_new").cause


SOURCES = [
    *Path(totpkey_readers.__file__).parent.rglob("*.py"),
    *(Path(totpkey.__file__).parent / name for name in ("accounts/account.py", "backups/backup_file.py")),
]
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
    error = of_reader(Problem(code))
    assert "not a list of accounts" in error.cause
    assert "{" not in error.cause + error.remedy
