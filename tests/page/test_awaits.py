"""The page waits for what it begins: nothing is shown, said or asked before what it follows from is done.

A lost `await` also hides a refusal. What is begun and meant to go on by itself has a `void` before it.
"""

from __future__ import annotations

import re
from itertools import chain

import pytest

from build_page import PAGE
from tests.page.scripts import run

#: A statement that is a call: what it is called on, and its name. The page's format has one on a line.
_CALL = re.compile(
    r"(?m)(?<!=>\n)^ *(?:(?:if|for) \(.*\) |(?:\} )?else )?"
    r"((?:[\w?]+\.)*)(?!(?:if|for|while|super)\b)(\w+)\(.*(?:[;(]|\(\{|=> \{)$"
)
#: What gives a promise, what hands on that of another, and what gives none.
_LATER = re.compile(r"\basync (?:function )?(\w+)\(|\b(\w+) = async\b")
_HANDS_ON = re.compile(r"(?m)^(?:export )? *(?:function )?(\w+)\(.*\) \{\n +return (?:\w+\.)*(\w+)\(")
_AT_ONCE = re.compile(r"(?<!async )\bfunction (\w+)\(|\b(\w+) = \(")
#: The browser's own, what is called back, and a name that also stands for something without a promise.
_OTHERS = set(
    re.findall(
        r"\w+",
        "setTimeout clearTimeout clearInterval addEventListener postMessage scrollTo resolve reject print"
        " onproved check onText take listener set withdraw opened",
    )
)
#: Whose methods give promises.
_OWNERS = re.compile(r"\b(?:this|key|target|transport|mine|bar)\??\.$")


def names(pattern: re.Pattern[str], text: str) -> set[str]:
    return {*chain.from_iterable(pattern.findall(text))} - {""}


def left_alone(sources: dict[str, str]) -> list[str]:
    """The calls whose promise nobody waits for, by file."""
    every = "\n".join(sources.values())
    later = names(_LATER, every) | {"inTurn", "answerTo"}
    for _ in range(3):
        later |= {name for name, other in _HANDS_ON.findall(every) if other in later}
    known = names(_AT_ONCE, every) - later | _OTHERS
    return [
        f"{path}: {call[0].strip()}"
        for path, text in sources.items()
        for call in _CALL.finditer(text)
        if (call[2] in later - _OTHERS if call[1] else call[2] not in known)
        and (not call[1] or _OWNERS.search(call[1]))
    ]


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    found = (PAGE / "src").rglob("*.js")
    return {path.relative_to(PAGE / "src").as_posix(): path.read_text(encoding="utf-8") for path in found}


def test_what_is_begun_is_waited_for(sources: dict[str, str]) -> None:
    assert left_alone(sources) == []


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("link/tabs", "mine.release()"),
        ("parts/account_input", "checkUnused(named, but)"),
        ("screens/home", 'state.key.ask("move"'),
    ],
)
def test_a_lost_await_is_noticed(sources: dict[str, str], path: str, call: str) -> None:
    text = sources[f"{path}.js"]
    assert text.count(f"await {call}") == 1
    assert len(left_alone({**sources, f"{path}.js": text.replace(f"await {call}", call)})) == 1


_SLOW = """
    const history = { replaceState() {}, pushState() {}, go() {} };
    Object.assign(globalThis, { history, addEventListener() {} });
    const shown = [];
    let end;
    const slow = () => new Promise((resolve) => (end = () => resolve({ title: "slow" })));
    startRouter({ slow, quick: () => ({ title: "quick" }) }, ({ title }) => shown.push(title));
    const first = restart("slow");
    await restart("quick");
    end();
    await first;
    return shown;
"""


def test_a_screen_that_was_slow_does_not_take_the_place_of_a_later_one() -> None:
    assert run(("ui/router",), _SLOW, None) == ["quick"]
