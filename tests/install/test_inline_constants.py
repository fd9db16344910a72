"""Constants that are inlined: the compiled code does what its source says. CPython runs both."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_names import constants_of, inline

LIB = Path(__file__).resolve().parents[2] / "firmware" / "lib"

UNITS = """
MS = 1
SECOND = 1000 * MS
NAMES = ("a", "b")
LEAST, MOST = 1, 4 * SECOND
OFF, ON = range(2)
WORDS = {"a": SECOND}
"""
USER = """
from typing import Any

from pack import units
from pack.units import NAMES, SECOND as S
from pack.units import WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pack.nowhere import Nothing

_WAIT = 3 * S

def told(x: "Any"):
    from pack.units import ON
    return _WAIT, units.MOST, NAMES[x], NAMES, ON, WORDS["a"], units.WORDS
"""
SOURCES = {"pack": "", "pack.units": UNITS, "pack.user": USER}


def test_values_stand_in_the_place_of_names_and_the_names_are_gone() -> None:
    constants = constants_of(SOURCES)
    compiled = inline("pack.user", USER, constants)
    left = {node.id for node in ast.walk(ast.parse(compiled)) if isinstance(node, ast.Name)}
    assert not left & {"S", "_WAIT", "NAMES", "ON", "TYPE_CHECKING"}
    assert "nowhere" not in compiled
    assert "3000" in compiled
    assert ast.unparse(ast.parse(inline("pack.units", UNITS, constants))) == "WORDS = {'a': 1000}"


def test_it_does_the_same(tmp_path: Path) -> None:
    results: list[bytes] = []
    for user in (USER, inline("pack.user", USER, constants_of(SOURCES))):
        package = tmp_path / str(len(results)) / "pack"
        package.mkdir(parents=True)
        for module, source in (SOURCES | {"pack.user": user}).items():
            name = module.partition(".")[2] or "__init__"
            (package / f"{name}.py").write_text(source, encoding="utf-8")
        ask = "from pack.user import told; print(told(0), told(1))"
        command = [sys.executable, "-c", ask]
        results.append(subprocess.run(command, cwd=package.parent, capture_output=True, check=True).stdout)
    assert results[0] == results[1]
    assert results[0].startswith(b"(3000, 4000, 'a', ('a', 'b'), 1, 1000, {'a': 1000})")


def test_what_is_loaded_for_its_own_sake_stays_loaded() -> None:
    source = "from pack import units  # noqa: F401\nfrom pack.units import MS\n\ndef one(): return MS\n"
    compiled = inline("pack.other", source, constants_of(SOURCES | {"pack.other": source}))
    assert "from pack import units" in compiled
    assert "MS" not in compiled


@pytest.mark.parametrize("again", ["MS = 2", "def f():\n    MS = 2", "for MS in (1, 2): pass", "MS += 1"])
def test_what_is_assigned_to_twice_stops_the_build(again: str) -> None:
    with pytest.raises(ValueError, match="MS"):
        constants_of({"units": f"MS = 1\n{again}\n"})


def sums(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "|", "^", "&"])
    return st.builds("({} {} {})".format, inner, operators, inner)


@given(st.recursive(st.integers(0, 9).map(str), sums))
def test_sums_come_out_as_python_has_them(expression: str) -> None:
    found = constants_of({"m": f"FIRST = {expression}\nSECOND = FIRST + 1\n"})
    assert found["m"] == {"FIRST": eval(expression), "SECOND": eval(expression) + 1}  # noqa: S307


def test_every_constant_of_the_firmware_has_the_value_that_python_gives_it() -> None:
    """For the modules that both sides share, which CPython can load by themselves."""
    names = [path.stem for path in (LIB / "totpkey_protocol").glob("*.py") if path.stem != "__init__"]
    sources = {
        f"totpkey_protocol.{name}": (LIB / "totpkey_protocol" / f"{name}.py").read_text() for name in names
    }
    constants = constants_of(sources | {"totpkey_protocol": ""})
    assert sum(map(len, constants.values())) > 100
    for module, values in constants.items():
        loaded = importlib.import_module(module)
        assert values == {name: getattr(loaded, name) for name in values}
