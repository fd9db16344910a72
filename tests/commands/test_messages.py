"""What the command says: every error code has words, and in Chinese nothing stays English.

The tables of words have no codes that nothing sends. Names, commands and quotations may be English. That
the catalogue is complete is checked in `test_walkthrough.py`; this finds text that it lacks.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import totpkey
import totpkey_readers
from tests.support.chinese import english_in
from tests.support.terminal import CommandDesk
from totpkey.errors import KeyRefused, of_reader
from totpkey.i18n import key_words, reader_words, translation
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


PACKAGE = Path(translation.__file__).parents[1]
#: A space beside a full-width mark, which has its own room. A column of a table has two or more.
_STRAY = re.compile(r"\S*[，。：；！？、）”] (?! )\S+|\S+(?<! ) [，。：；！？、）]")
_EVERY_HELP = """
import click, sys
from totpkey.cli import root
def show(command, words):
    print("###", *words)
    assert root.run([*words, "--help"]) == 0
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            show(command.get_command(context, name), [*words, name])
show(root.cli, [])
"""


def test_english_is_found() -> None:
    assert english_in("钥匙的 state 是 `totpkey info`，“Next” 见 --help 和 docs/guide/pin.md") == ["state"]


def test_every_help_is_in_chinese() -> None:
    environment = os.environ | {"LANGUAGE": "zh_CN", "PYTHONUTF8": "1", "COLUMNS": "100"}
    command = [sys.executable, "-c", _EVERY_HELP]
    shown = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stdout
    pages = shown.split("### ")[1:]
    assert len(pages) > 45
    for page in pages:
        name, _, text = page.partition("\n")
        # In a list of commands their names stand first.
        text = re.sub(r"^  [a-z-]+(  |$)", "", text, flags=re.MULTILINE)
        assert english_in(text) == [], name
        # With its capital a heading looks like a name.
        assert re.findall(r"^[A-Z][a-z]+[:：]", text, re.MULTILINE) == [], name


@pytest.mark.usefixtures("chinese")
def test_a_seller_s_way_through_the_commands_is_in_chinese(desk: CommandDesk) -> None:
    """From a new key to an erased one: what each command shows, on both streams."""
    steps: tuple[tuple[tuple[str, ...], str, Callable[[], None] | None], ...] = (
        ((), "", None),
        (("info",), "", None),
        (("list",), "", None),
        (("doctor",), "", None),
        (("init", "--lock", "device"), "", None),
        (("init",), "", None),
        (("time", "sync"), "", None),
        (("time",), "", None),
        (("time", "log"), "", None),
        (("time", "limit"), "", None),
        (("add", "--stdin", "Amazon:shop"), "JBSWY3DPEHPK3PXP", None),
        (("add", "--stdin", "Amazon:shop"), "JBSWY3DPEHPK3PXP", None),
        (("list", "--long"), "", None),
        (("code", "Amazon"), "", desk.agree),
        (("rename", "Amazon:shop", "Amazon:you"), "", desk.agree),
        (("move", "Amazon", "1"), "", desk.let_it_wait),
        (("move", "Amazon", "9"), "", None),
        (("choose", "Amazon"), "", desk.let_it_wait),
        (("recipe", "Amazon", "{code}{ENTER}"), "", desk.agree),
        (("typing",), "", None),
        (("typing", "set"), "", None),
        (("typing", "set", "--margin", "many"), "", None),
        (("typing", "set", "--margin", "999"), "", None),
        (("locking",), "", None),
        (("pin", "set", "--stdin"), "31428", desk.agree),
        (("info",), "", None),
        (("lock",), "", None),
        (("info",), "", None),
        (("list",), "", None),
        (("unlock", "--stdin"), "1111", desk.agree),
        (("unlock", "--stdin"), "31428", desk.agree),
        (("pin", "remove", "--force"), "", desk.agree),
        (("passphrase", "remove"), "", None),
        (("update",), "", None),
        (("remove", "nothing"), "", None),
        (("remove", "Amazon", "--force"), "", desk.agree),
        (("wipe", "--force"), "", desk.agree),
        (("info",), "", None),
        (("done",), "", None),
    )
    faults: dict[str, list[str]] = {}
    for arguments, stdin, person in steps:
        if "wipe" in arguments:
            # Gestures of the last two minutes are not given again.
            desk.key.run(121)
        told = desk.run(*arguments, stdin=stdin, when_asked=person or ())
        found = english_in(
            told.out + told.err, desk.port, "Trinkey", "Adafruit", "Amazon:shop", "you", "nothing"
        )
        found += _STRAY.findall(told.out + told.err)
        if found:
            faults[" ".join(arguments)] = found
    assert faults == {}


def _prose(tree: ast.Module) -> Iterator[ast.expr]:
    """Texts of several words in a module that are neither documentation nor given to `tr`, `_` or click."""
    left_alone: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _NOT_SHOWN:
                left_alone |= {id(part) for part in ast.walk(node)}
            case (
                ast.Module(body=[ast.Expr(value=text), *_]) | ast.FunctionDef(body=[ast.Expr(value=text), *_])
            ):
                left_alone.add(id(text))
            case ast.ClassDef(body=[ast.Expr(value=text), *_]):
                left_alone.add(id(text))
            case ast.AnnAssign(annotation=kind) | ast.arg(annotation=ast.expr() as kind):
                left_alone |= {id(part) for part in ast.walk(kind)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_alone:
            yield node


def _said(tree: ast.Module) -> Iterator[ast.Constant]:
    """Words beside values in what is said at once, which no catalogue has."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="say" | "warn" | "confirmed"), args=[ast.JoinedStr(values=parts), *_]
            ):
                yield from (
                    part for part in parts if isinstance(part, ast.Constant) and _WORD.search(str(part.value))
                )


_WORD = re.compile("[A-Za-z]{3}")
#: What translates, what click shows by our formatter, what is for developers.
_NOT_SHOWN = frozenset(
    {"tr", "_", "mark", "command", "option", "argument", "group", "version_option", "compile"}
    | {"TypeError", "ValueError", "RuntimeError", "AssertionError", "TypeVar", "Thread"}
)
#: A sentence, or a part of one that begins or ends another.
_SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}.*[.?:]$")


def _is_sentence(text: ast.expr) -> bool:
    return bool(_SENTENCE.search(ast.literal_eval(text)))


def test_no_sentence_is_written_past_the_catalogues() -> None:
    """But those on paper, which is in English: its font has no Chinese."""
    on_paper = PACKAGE / "backups" / "paper.py", PACKAGE / "backups" / "sheets.py"
    files = [path for path in PACKAGE.rglob("*.py") if path not in on_paper]
    assert len(files) > 100
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    found = {
        f"{path.relative_to(PACKAGE)}:{text.lineno}": ast.literal_eval(text)
        for path, tree in trees.items()
        for text in [*filter(_is_sentence, _prose(tree)), *_said(tree)]
    }
    assert found == {}, json.dumps(found, indent=1)
