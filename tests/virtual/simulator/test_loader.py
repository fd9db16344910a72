"""How the drive's files are found, compiled and run, and what CircuitPython lacks."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from .conftest import MakeKey

Printed = Callable[..., list[str]]


def test_files_at_the_root_come_before_lib(printed: Printed) -> None:
    code = "import one, two; print(one.NAME, two.NAME)"
    files = {"one.py": "NAME = 'root'", "lib/one.py": "NAME = 'lib'", "lib/two.py": "NAME = 'lib'"}
    assert printed(code, files=files) == ["root lib"]


def test_packages_and_relative_imports(printed: Printed) -> None:
    package = {
        "lib/pack/__init__.py": "from .inner import VALUE\nfrom . import other",
        "lib/pack/inner.py": "VALUE = 1",
        "lib/pack/other.py": "from .deep.leaf import LEAF\nfrom . import inner as again",
        "lib/pack/deep/__init__.py": "",
        "lib/pack/deep/leaf.py": "from .. import inner\nfrom ..inner import VALUE\nLEAF = VALUE * 2",
    }
    code = """
import pack.deep.leaf
import pack.inner as inner
from pack.deep import leaf
print(pack.VALUE, pack.other.LEAF, pack.deep.leaf is leaf, inner is pack.other.again, __name__)
"""
    assert printed(code, files=package) == ["1 2 True True __main__"]


def test_a_module_is_executed_once(printed: Printed) -> None:
    code = "import noisy\nfrom noisy import X\nimport sys\nprint(X, 'noisy' in sys.modules)"
    assert printed(code, files={"noisy.py": "print('executed')\nX = 1"}) == ["executed", "1 True"]


def test_a_module_that_fails_can_be_tried_again(printed: Printed) -> None:
    code = """
for _ in range(2):
    try:
        import failing
    except ValueError:
        print('failed')
"""
    assert printed(code, files={"failing.py": "raise ValueError"}) == ["failed", "failed"]


@pytest.mark.parametrize(
    "name",
    [
        "typing",
        "dataclasses",
        "enum",
        "hmac",
        "secrets",
        "base64",
        "datetime",
        "asyncio",
        "logging",
        "threading",
    ],
)
def test_modules_the_chip_does_not_have(printed: Printed, name: str) -> None:
    assert printed(f"import {name}")[-1] == f"ImportError: no module named '{name}'"


@pytest.mark.parametrize(
    "expression",
    [
        "hashlib.sha1",
        "hashlib.new('sha1', b'').hexdigest",
        "hashlib.new('sha256', b'').copy",
        "time.perf_counter",
        "time.strftime",
        "os.path",
        "os.environ",
        "json.JSONDecodeError",
        "binascii.crc_hqx",
        "micropython.native",
        "sys.print_exception",
        "gc.get_objects",
        "random.Random",
        "math.comb",
    ],
)
def test_attributes_the_chip_does_not_have(printed: Printed, expression: str) -> None:
    module = expression.partition(".")[0]
    assert printed(f"import {module}\n{expression}")[-1].startswith("AttributeError")


@pytest.mark.parametrize(
    "name", ["vars", "breakpoint", "format", "ascii", "FileNotFoundError", "UnicodeDecodeError"]
)
def test_built_in_names_the_chip_does_not_have(printed: Printed, name: str) -> None:
    assert printed(name)[-1] == f"NameError: name '{name}' is not defined"


def test_annotations_are_never_evaluated(printed: Printed) -> None:
    module = """from __future__ import annotations
def f(x: unknown.Type | None) -> also.unknown: return x
class C:
    field: list[nothing] = None
value: missing = 5
"""
    code = "import annotated\nother: absent = 6\nprint(annotated.f(1), annotated.value, other)"
    assert printed(code, files={"annotated.py": module}) == ["1 5 6"]


def test_optional_typing_import_as_in_libraries(printed: Printed) -> None:
    assert printed("try:\n    from typing import Sequence\nexcept ImportError:\n    print('none')") == [
        "none"
    ]


def test_the_process_keeps_its_own_modules(make_key: MakeKey) -> None:
    before = set(sys.modules)
    key = make_key("import board, supervisor, helper\nprint(helper.X)", files={"helper.py": "X = 'done'"})
    key.run(5)
    assert key.console.endswith("done\n")
    assert {"board", "supervisor", "helper"}.isdisjoint(set(sys.modules) - before)


def test_compiled_libraries_cannot_run_here(make_key: MakeKey) -> None:
    key = make_key("import fast", files={"lib/fast.mpy": b"C\x06"})
    key.run(5)
    assert "fast.mpy: the simulator needs source/fast.py in the drive's folder" in key.console


def test_hashes(printed: Printed) -> None:
    code = """
import binascii, hashlib
h = hashlib.new('sha1', b'ab'); h.update(b'c'); h.digest()
print(h.digest_size, binascii.hexlify(h.digest()))
h.update(b'd')
print(h.digest() == hashlib.new('sha1', b'abcd').digest(), hashlib.new('sha256', b'').digest_size)
hashlib.new('sha512', b'')
"""
    lines = printed(code)
    assert lines[:2] == ["20 b'a9993e364706816aba3e25717850c26c9cd0d89d'", "True 32"]
    assert lines[-1] == "ValueError: Unsupported hash algorithm"


def test_json(printed: Printed) -> None:
    code = """
import json
print(json.dumps({'a': [1, None, True]}, separators=(',', ':')), json.loads(b'{"x": 1}'))
for text in ('{', 'NaN', ''):
    try:
        json.loads(text)
    except ValueError as error:
        print(error)
"""
    assert printed(code) == ["{\"a\":[1,null,true]} {'x': 1}"] + ["syntax error in JSON"] * 3


def test_the_interpreter_names_itself(printed: Printed) -> None:
    code = "import sys, os; print(sys.implementation.name, sys.platform, os.uname().machine)"
    assert printed(code) == ["circuitpython RP2040 Adafruit Trinkey QT2040 with rp2040"]


def test_a_caught_exception_goes_to_the_console_that_nobody_sees(printed: Printed) -> None:
    code = """
import io, traceback
try:
    1 / 0
except ZeroDivisionError as error:
    traceback.print_exception(error)
    text = io.StringIO()
    traceback.print_exception(type(error), error, error.__traceback__, file=text)
    print(text.getvalue().splitlines()[-1])
"""
    lines = printed(code)
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2:] == ["ZeroDivisionError: division by zero"] * 2
