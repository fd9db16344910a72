"""Frames that a hostile or broken program may send: handwritten, and seeded mutations of valid ones."""

from __future__ import annotations

import json
import random

from totpkey_protocol import limits

GOOD = [
    {"id": 1, "command": "hello"},
    {"id": 2, "command": "time"},
    {"id": 3, "command": "set_time", "time": limits.TIME_LEAST},
    {"id": 4, "command": "list", "start": 0},
    {"id": 5, "command": "rename", "account": "00000000", "issuer": "a", "label": "b"},
    {"id": 6, "command": "remove", "account": "00000000"},
    {"id": 7, "command": "code", "account": "00000000"},
    {"id": 8, "command": "add", "label": "x", "secret": "00" * 10, "proof": 0, "digits": 9},
]

BY_HAND = [
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\xfd",
    b"{",
    b"}",
    b"[]",
    b"null",
    b'{"id":1}',
    b'{"id":1,"command":7}',
    b'{"id":1,"command":"eval"}',
    b'{"id":1,"command":"__init__"}',
    b'{"id":1,"command":"hello","x":1}',
    b'{"id":1,"command":"hello","command":"done"}',
    b'{"id":1,"ok":{}}',
    b'{"id":1,"error":"busy"}',
    b'{"id":1,"command":"list","start":65536}',
    b'{"id":1,"command":"list","start":9}',
    b'{"id":1,"command":"list","start":-1}',
    b'{"id":1,"command":"list","start":1e9}',
    b'{"id":1e9,"command":"list"}',
    b'{"id":99999999999999999999999999,"command":"list"}',
    b"[" * 1000,
    b'{"a":' * 200,
    b'{"id":1,"command":"' + b"\\u0041" * 100 + b'"}',
    b'{"id":1,"command":"\\ud83d"}',
    b"x" * (limits.FRAME - 1),
    b"x" * limits.FRAME,
    b"x" * (4 * limits.FRAME),
    b"\x03",
    b"\x04",
    b"\r\r\r",
    b"import os",
    b"AT+GMM",
]


def mutated(seed: int, count: int) -> list[bytes]:
    """Return valid frames in which bytes were changed, deleted, duplicated or cut off."""
    source = random.Random(seed)
    frames = []
    for _ in range(count):
        frame = bytearray(json.dumps(source.choice(GOOD), separators=(",", ":")).encode())
        for _ in range(source.randint(1, 4)):
            at = source.randrange(len(frame))
            how = source.randrange(4)
            if how == 0:
                frame[at] = source.randrange(256)
            elif how == 1:
                del frame[at : at + source.randint(1, 5)]
            elif how == 2:
                frame[at:at] = frame[at : at + source.randint(1, 30)]
            else:
                del frame[max(at, 1) :]
            frame = frame or bytearray(b"{")
        frames.append(bytes(frame))
    return frames
