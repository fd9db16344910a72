"""What JSON is and what it is not, by JSONTestSuite, which others wrote for all readers of JSON.

Its files are arrays, objects and single values. A request is an object with flat values, so each file is made
a part of one: as a field's value, by its array's only element, and with its object's fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.published import json_suite
from totpkey_protocol import errors
from totpkey_protocol.frames import parse

#: Right JSON may be refused for this: values that no request has, too large a number, a name that is there.
_NOT_FLAT = (errors.BAD_TYPE, errors.OUT_OF_RANGE, errors.REPEATED_FIELD)


def requests(content: bytes) -> Iterator[bytes]:
    """The requests that a file's content is put into. A newline at its end would end the frame."""
    content = content.rstrip(b"\n")
    yield b'{"id":1,"value":' + content + b"}"
    inside = content.strip(b" \t\r\n")
    if inside[:1] == b"[" and inside[-1:] == b"]":
        yield b'{"id":1,"value":' + inside[1:-1] + b"}"
    if inside[:1] == b"{":
        yield b'{"id":1,' + inside[1:]


def is_json(frame: bytes) -> bool:
    """By Python's reader, which takes NaN and Infinity besides."""
    try:
        json.loads(frame)
    except ValueError:
        return False
    return True


def outcome(frame: bytes) -> object:
    """What is read, or the code of the error."""
    try:
        return parse(frame)
    except errors.Refusal as refusal:
        return refusal.code


def test_what_is_json_is_read_or_refused_as_what_no_request_has() -> None:
    read = 0
    for name, content in json_suite("y"):
        for frame in filter(is_json, requests(content.replace(b"\n", b" "))):
            told = outcome(frame)
            if isinstance(told, tuple):
                assert {"id": told[0], **told[1]} == json.loads(frame), name
                read += 1
            else:
                assert told in _NOT_FLAT, (name, frame)
    assert read > 30, read


def test_what_is_no_json_is_refused() -> None:
    refused = 0
    for name, content in json_suite("n"):
        told = outcome(content)
        assert told is None or isinstance(told, str), name
        for frame in requests(content):
            told = outcome(frame)
            assert isinstance(told, str), (name, frame)
            if told != errors.BAD_TYPE:
                refused += 1
    assert refused > 130, refused


@pytest.mark.parametrize("verdict", ["y", "n", "i"])
def test_what_is_read_is_what_python_reads(verdict: str) -> None:
    for name, content in json_suite(verdict):
        for frame in [content, *requests(content)]:
            told = outcome(frame)
            if isinstance(told, tuple):
                assert json.loads(frame) == {"id": told[0], **told[1]}, (name, frame)
