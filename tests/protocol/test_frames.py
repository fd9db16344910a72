"""Frames: the key's reader accepts what JSON allows, and everything else gets its exact error."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.published import json_suite
from totpkey_protocol import errors, limits
from totpkey_protocol.frames import LONG, TAG, FrameBuffer, FrameWriter, Length, parse, split

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(-(10**9), 10**15 - 1))
NAMES = TEXTS.filter(lambda name: name not in ("id", "ok", "error", "notice"))
REQUESTS = st.dictionaries(NAMES, VALUES, max_size=6)
IDS = st.integers(0, limits.REQUEST_ID)


def refusal(frame: bytes) -> errors.Refusal:
    with pytest.raises(errors.Refusal) as caught:
        parse(frame)
    return caught.value


@given(IDS, REQUESTS, st.booleans())
def test_reads_what_json_writes(request_id: int, request: dict[str, str | int], ascii_only: bool) -> None:
    frame = json.dumps({"id": request_id, **request}, ensure_ascii=ascii_only).encode()
    assert parse(frame) == (request_id, request)


@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), min_size=LONG - 40, max_size=900),
    st.booleans(),
)
@example("a" * LONG, True)
@example("a" * (LONG + 1), True)
@example("a" * LONG + "é", False)
@example("a" * LONG + "\x7f", False)
@example("a" * LONG + "\\", True)
def test_a_long_text_is_what_json_wrote_and_is_not_copied(text: str, ascii_only: bool) -> None:
    frame = json.dumps({"id": 1, "text": text}, ensure_ascii=ascii_only).encode()
    parsed = parse(frame)
    assert parsed is not None
    value = parsed[1]["text"]
    plain = text.isascii() and not set(text) & set('"\\\x7f')
    assert isinstance(value, memoryview) == (plain and len(text) > LONG)
    assert (str(value, "ascii") if isinstance(value, memoryview) else value) == text


@given(st.binary(max_size=200))
@example(b'{"id":1,"command":"hello"')
@example(b'{"id":1,"command":"\xff"}')
@example(b'{"id":1,"command":"\\ud800"}')
@example(b'{"id":01}')
def test_never_takes_what_json_does_not(frame: bytes) -> None:
    try:
        parsed = parse(frame)
    except errors.Refusal:
        return
    if parsed is not None:
        assert json.loads(frame) == {"id": parsed[0], **parsed[1]}


@given(IDS, REQUESTS, st.data())
def test_truncated_requests_are_refused(
    request_id: int, request: dict[str, str | int], data: st.DataObject
) -> None:
    frame = json.dumps({"id": request_id, **request}).encode()
    cut = data.draw(st.integers(1, len(frame) - 1))
    assert refusal(frame[:cut]).code in (errors.BAD_JSON, errors.BAD_UTF8)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"hello", errors.BAD_JSON),
        (b"[]", errors.BAD_JSON),
        (b"{}", errors.BAD_ID),
        (b'{"id":true}', errors.BAD_ID),
        (b'{"id":-1}', errors.BAD_ID),
        (b'{"id":1073741824}', errors.BAD_ID),
        (b'{"id":"7"}', errors.BAD_ID),
        (b'{"id":7,"start":1.5}', errors.BAD_TYPE),
        (b'{"id":7,"start":1e3}', errors.BAD_TYPE),
        (b'{"id":7,"start":null}', errors.BAD_TYPE),
        (b'{"id":7,"start":[1]}', errors.BAD_TYPE),
        (b'{"id":7,"start":{"a":1}}', errors.BAD_TYPE),
        (b'{"id":7,"start":9999999999999999}', errors.OUT_OF_RANGE),
        (b'{"id":7,"label":"a","label":"b"}', errors.REPEATED_FIELD),
        (b'{"id":7,"label":"\xc3("}', errors.BAD_UTF8),
        (b'{"id":7,"label":"tab\there"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\x41"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\udc00"}', errors.BAD_JSON),
        (b'{"id":7,}', errors.BAD_JSON),
        (b'{"id" 7}', errors.BAD_JSON),
        (b'{"id":7} x', errors.BAD_JSON),
        (b'{"id":7}{"id":8}', errors.BAD_JSON),
        (b'{xid":7}', errors.BAD_JSON),
        (b'{"id":7,', errors.BAD_JSON),
        (b"\x00", errors.BAD_JSON),
        (b"{}x", errors.BAD_JSON),
        (b'{"id":7}\x00', errors.BAD_JSON),
        (b'{"id":7,"start":}', errors.BAD_JSON),
        (b'{"id":7,"start":,"label":"a"}', errors.BAD_JSON),
        (b'{"id":7,"start":1:2}', errors.BAD_JSON),
        (b'{"id":7,"start":-}', errors.BAD_JSON),
        (b'{"id":7,"start":1000000000000000}', errors.OUT_OF_RANGE),
        (b'{"id":7,"label":"\x1f"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\', errors.BAD_JSON),
        (b'{"id":7,"label":"\\u00', errors.BAD_JSON),
        (b'{"id":7,"label":"\\u00g0"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\ud800\\u0041"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\ud800\\ue000"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\ud800\\ud800"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\x0041"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\udc00\\udc00"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\ud800"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\udbff"}', errors.BAD_JSON),
        (b'{"id":7,"label":"\\udfff"}', errors.BAD_JSON),
    ],
)
def test_exact_errors(frame: bytes, code: str) -> None:
    assert refusal(frame).code == code


def test_every_escape_is_read() -> None:
    """Python writes neither `\\/` nor what fits no pair (RFC 8259 section 7)."""
    frame = b'{"id":1,"text":"\\"\\\\\\/\\b\\f\\n\\r\\t\\ud7ff\\ue000\\ud800\\udc00\\udbff\\udfff"}'
    assert parse(frame) == (1, {"text": json.loads(frame)["text"]})


@pytest.mark.parametrize("frame", [b"", b"  \r", b'{"id":1,"ok":{}}\r', b'{"id":1,"error":"busy"}'])
def test_blank_lines_and_echoes_are_passed_over(frame: bytes) -> None:
    assert parse(frame) is None


@given(st.lists(st.binary(max_size=1500)), st.lists(st.integers(1, 300), min_size=1))
def test_buffer_cuts_at_newlines_however_the_bytes_arrive(lines: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(line.replace(b"\n", b" ") + b"\n" for line in lines)
    expected = [
        line.replace(b"\n", b" ") if len(line) < limits.FRAME else None for line in lines if line != b""
    ]
    buffer, got, at, turn = FrameBuffer(), [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        got += fed(buffer, stream[at : at + size])
        at, turn = at + size, turn + 1
    assert got == expected


def test_the_newline_counts_as_part_of_the_longest_frame_and_the_next_is_served() -> None:
    longest = b"x" * (limits.FRAME - 1)
    for size in (1, 7, limits.FRAME):
        buffer, got = FrameBuffer(), []
        stream = longest + b"\n" + longest + b"x\nnext\n"
        for at in range(0, len(stream), size):
            got += fed(buffer, stream[at : at + size])
        assert got == [longest, None, b"next"]


def test_an_unfinished_frame_is_told_and_can_be_dropped() -> None:
    buffer = FrameBuffer()
    assert not buffer.unfinished
    for begun in (b"x", b"x" * limits.FRAME, b"x" * 3 * limits.FRAME):
        assert fed(buffer, begun) == []
        assert buffer.unfinished
        buffer.clear()
        assert not buffer.unfinished
    assert fed(buffer, b"next\n") == [b"next"]
    assert not buffer.unfinished


def test_a_frame_is_overwritten_when_the_next_one_is_asked_for() -> None:
    buffer = FrameBuffer()
    frames = buffer.feed(b'{"secret":"ABC"}\nx\n')
    frame = next(frames)
    assert frame is not None
    assert bytes(frame) == b'{"secret":"ABC"}'
    next(frames)
    assert bytes(frame) == b"x".ljust(16, b"\x00")


def test_a_frame_that_is_too_long_takes_no_more_memory() -> None:
    buffer = FrameBuffer()
    frame = next(buffer.feed(b"x\n"))
    # Python cannot resize a buffer of which a part is in use.
    assert fed(buffer, b"x" * 2 * limits.FRAME + b"\n") == [None]
    assert frame is not None


DIGITS = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("line", "tag"),
    [
        (f'{{"id":1}}{DIGITS}', DIGITS),
        (f"x{DIGITS}", DIGITS),
        (DIGITS, DIGITS),
        (DIGITS[:31], DIGITS[:31]),
        ("0", "0"),
        # Nothing is looked for but a digit at the end.
        ('{"id":1}' + 31 * "?" + "f", 31 * "?" + "f"),
        ('{"id":1}', ""),
        (f'{{"id":1}}{DIGITS} ', ""),
        (f'{{"id":1}}{DIGITS}\r', ""),
        (f'{{"id":1}}{DIGITS[:31]}F', ""),
        ('{"id":1}g', ""),
        ("\xe9", ""),
        ("", ""),
    ],
)
def test_a_tag_is_split_off_before_anything_is_parsed(line: str, tag: str) -> None:
    assert len(DIGITS) == TAG == 2 * 16, "half of an HMAC-SHA-256, in hexadecimal"
    text, found = split(memoryview(line.encode()))
    assert (bytes(text) + bytes(found), bytes(found)) == (line.encode(), tag.encode())


def fed(buffer: FrameBuffer, chunk: bytes) -> list[bytes | None]:
    """Return copies of the frames that `chunk` completes."""
    return [None if frame is None else bytes(frame) for frame in buffer.feed(chunk)]


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


def holding(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.lists(inner), st.dictionaries(PRINTABLE, inner))


ENCODED: st.SearchStrategy[object] = st.recursive(
    st.one_of(PRINTABLE, st.integers(), st.booleans(), st.none()), holding, max_leaves=8
)


@given(ENCODED, PRINTABLE.map(lambda text: text * 50))
def test_writes_json_in_pieces(value: object, long: str) -> None:
    pieces: list[bytes] = []
    message = {"value": value, "long": long}
    FrameWriter(lambda piece: pieces.append(bytes(piece))).send(message)
    frame = b"".join(pieces)
    assert frame.endswith(b"\n")
    assert json.loads(frame) == message
    assert len(frame) == Length(message).bytes + 1
    assert all(len(piece) == 256 for piece in pieces[:-1])


@pytest.mark.parametrize("value", [1.5, b"bytes", object()])
def test_what_has_no_json_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="no JSON"):
        Length(value)


@given(st.binary(max_size=800))
@example(bytes(range(145)))
def test_bytes_are_written_in_base64(data: bytes) -> None:
    pieces: list[bytes] = []
    FrameWriter(lambda piece: pieces.append(bytes(piece))).send({"sealed": memoryview(data)})
    assert json.loads(b"".join(pieces)) == {"sealed": base64.b64encode(data).decode()}


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
