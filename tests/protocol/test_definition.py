"""The definition of the commands is consistent, refuses what it does not define, and is in the documents."""

from __future__ import annotations

import pytest

import written_parts
from tests.support.desk import refused
from totpkey.i18n import key_words
from totpkey.keyboard.layouts import layouts
from totpkey_protocol import answers, commands, errors, fields, frames, limits
from totpkey_protocol.layout_digests import is_known
from totpkey_protocol.words import NEVER

ADD: dict[str, str | int | bool] = {"command": "add", "label": "me", "secret": "00ff", "proof": 59}


def check(**changes: str | int | bool) -> dict[str, fields.Argument]:
    command = commands.find("add")
    assert command is not None
    return fields.check(command, {**ADD, **changes})


#: What controls a terminal, turns text round or is unseen.
SIGNS = "\x1f\x7f\x80\x9b\xad\u061c\u200b\u200f\u2028\u202e\u2060\u2065\u206f\ufeff"


@pytest.mark.parametrize("sign", ["\xa0", "é", "\u2014", "\u200a", "\u2010", "\u2030", "商", "\ufefe", "😀"])
def test_other_signs_are_names(sign: str) -> None:
    assert check(label=f"a{sign}")["label"] == f"a{sign}"


FIELDS = [(command.name, field) for command in commands.COMMANDS for field in command.takes]


@pytest.mark.parametrize(
    ("name", "field"), FIELDS, ids=lambda part: part if isinstance(part, str) else part.name
)
def test_a_long_text_is_taken_by_sealed_fields_alone(name: str, field: fields.Field) -> None:
    """It is a part of its frame (`frames.LONG`), and stays one for the check."""
    long = memoryview(b"a" * (frames.LONG + 1))
    if field.kind == fields.SEALED:
        fields.check_value(field, long)
        return
    wrong = {fields.NUMBER: errors.BAD_TYPE, fields.CHOICE: errors.BAD_VALUE}
    with refused(wrong.get(field.kind, errors.OUT_OF_RANGE), field.name):
        fields.check_value(field, long)


def test_defaults_are_filled_in() -> None:
    assert check() == {
        "issuer": "",
        "label": "me",
        "algorithm": "SHA1",
        "digits": 6,
        "period": 30,
        "type": "totp",
        "counter": 0,
        "recipe": "",
        "secret": "00ff",
        "proof": 59,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("label", "", errors.OUT_OF_RANGE),
        ("label", "x" * (limits.NAME + 1), errors.OUT_OF_RANGE),
        *(("label", f"a{sign}b", errors.BAD_VALUE) for sign in SIGNS + "\n"),
        ("label", 7, errors.BAD_TYPE),
        ("digits", 4, errors.OUT_OF_RANGE),
        ("digits", 9, errors.OUT_OF_RANGE),
        ("digits", True, errors.BAD_TYPE),
        ("digits", "6", errors.BAD_TYPE),
        ("period", 9, errors.OUT_OF_RANGE),
        ("period", 301, errors.OUT_OF_RANGE),
        ("secret", "", errors.OUT_OF_RANGE),
        ("secret", "0", errors.OUT_OF_RANGE),
        ("secret", "abc", errors.BAD_VALUE),
        ("secret", "GG", errors.BAD_VALUE),
        ("secret", "00" * (limits.SECRET + 1), errors.OUT_OF_RANGE),
        ("algorithm", "MD5", errors.BAD_VALUE),
        ("algorithm", "", errors.BAD_VALUE),
    ],
)
def test_values_out_of_bounds(field: str, value: str | int | bool, code: str) -> None:
    with refused(code, field):
        check(**{field: value})


def test_unknown_fields_are_refused_and_not_repeated_back() -> None:
    with refused(errors.UNKNOWN_FIELD, ""):
        check(JBSWY3DPEHPK3PXP="a secret in the wrong place")


def test_missing_fields_are_named() -> None:
    command = commands.find("rename")
    assert command is not None
    with refused(errors.MISSING_FIELD, "label"):
        fields.check(command, {"command": "rename", "account": "00000000"})


def test_no_reply_has_a_secret() -> None:
    for command in commands.COMMANDS:
        assert all(field.kind != fields.SECRET for field in (*answers.of(command), *commands.ENTRY)), (
            command.name
        )


def test_names_are_unique() -> None:
    names = [command.name for command in commands.COMMANDS]
    assert len(set(names)) == len(names)
    assert len(set(errors.ALL)) == len(errors.ALL)
    for command in commands.COMMANDS:
        fields = [field.name for field in command.takes]
        assert len(set(fields)) == len(fields)
        assert not {"id", "command", "ok", "error", "notice"} & set(fields)


def test_each_request_that_may_want_a_gesture_has_words_of_what_it_does() -> None:
    """And the account's name or the count are in them, where the request has them."""
    asking = {command.name: command for command in commands.COMMANDS if command.consent != NEVER}
    assert key_words.WORDS.keys() == asking.keys()
    for name, command in asking.items():
        fields = {field.name for field in command.takes}
        told = key_words.said(name, {"account": "0a1b2c3d", "count": 7}, {"0a1b2c3d": "Amazon:me"})
        # One gesture is for all that are copied.
        assert ("Amazon:me" in told) is (bool(fields & {"account", "secret"}) and name != "clone_send")
        assert ("7" in told) is ("count" in fields)
        assert "{" not in told


@pytest.mark.parametrize("file", written_parts.FILES)
def test_each_file_is_up_to_date(file: str) -> None:
    text = (written_parts.ROOT / file).read_text(encoding="utf-8")
    assert written_parts.render(file) == text, "run make written"


def test_each_command_has_its_own_words() -> None:
    text = written_parts.render("docs/reference/protocol-reference.md")
    for command in commands.COMMANDS:
        words = text.partition(f"### `{command.name}`\n")[2].partition("<!--")[0]
        assert len(words.split()) > 4, command.name


def test_the_key_knows_the_layouts_that_the_command_gives_it() -> None:
    for layout in layouts().values():
        assert is_known(layout.table)
        assert not is_known(layout.table[::-1])
