"""The built file: its size and content policy, that it is the same when built again, and that it waits.

The page waits for what it begins: nothing is shown, said or asked before what it follows from is done. A lost
`await` also hides a refusal. What is begun and meant to go on by itself has a `void` before it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

import build_page
import page_definition
import page_packages
from build_page import PAGE
from tests.page.scripts import run
from tests.support.judges import from_npm, html_errors


@pytest.fixture(scope="module")
@from_npm
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Built again from the sources."""
    return build_page.build(tmp_path_factory.mktemp("page") / "totpkey.html").read_text(encoding="utf-8")


class Parts(NamedTuple):
    """The page's parts, in their order; nothing else in it runs."""

    style: str
    script: str
    reader: str
    data: str
    library: str
    reader_library: str


def parts(page: str) -> Parts:
    found = re.fullmatch(
        r".*?<style>(.*?)</style>.*?<script type=\"module\">(.*?)</script>\s*"
        r"<script type=\"text/plain\" id=\"reader\">(.*?)</script>\s*"
        r"<script type=\"application/json\" id=\"data\">([^<]*)</script>\s*"
        r"<!--.*?-->\s*<script>(.*?)</script>\s*"
        r"<script type=\"text/plain\" id=\"reader-library\">(.*?)</script>\s*</body>\s*</html>\s*",
        page,
        re.DOTALL,
    )
    assert found
    return Parts(*found.groups())


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_its_script_is_short_enough_to_be_read(page: str) -> None:
    """Users trust the page with secrets. In bytes."""
    # 155,000 were enough until the page lent and borrowed accounts.
    assert len((parts(page).script + parts(page).reader).encode()) <= 190_000
    assert len(page.encode()) <= 958_000


def test_another_folder_gives_the_same_page(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release is built from a checkout of its own, whose path must not show."""
    copy = tmp_path / "elsewhere" / "page"
    shutil.copytree(build_page.PAGE, copy)
    monkeypatch.setattr(build_page, "PAGE", copy)
    monkeypatch.chdir(tmp_path)
    assert build_page.build(tmp_path / "again.html").read_text(encoding="utf-8") == page


@pytest.mark.slow
def test_the_nu_html_checker_finds_no_error(page: str, tmp_path: Path) -> None:
    path = tmp_path / "totpkey.html"
    path.write_text(page, encoding="utf-8")
    assert html_errors(path) == []


def test_its_policy_names_what_runs_by_hash_and_nothing_else(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    inlined = parts(page)
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("script-src") == f"{digest(inlined.script)} {digest(inlined.library)}"
    assert rules.pop("style-src") == digest(inlined.style)
    assert rules.pop("connect-src") == "ws://127.0.0.1:*"
    assert rules.pop("require-trusted-types-for") == "'script'"
    # The Worker's program is a blob, which no hash can name; this one policy makes its address.
    assert rules.pop("worker-src") == "blob:"
    assert rules.pop("trusted-types") == "reader"
    assert inlined.script.count("createPolicy(") == 1
    assert 'createPolicy("reader", { createScriptURL: () => address })' in inlined.script
    assert rules == {"img-src": "data:", "base-uri": "'none'", "form-action": "'none'"}


def test_its_data_is_data(page: str) -> None:
    assert json.loads(parts(page).data) == json.loads(json.dumps(page_definition.data()))


def test_it_is_one_file_and_names_what_it_inlines(page: str) -> None:
    assert not re.search(r"<(?:link|script|img)[^>]+(?:src|href)=[\"'](?!data:)", page)
    assert "The MIT License" in page
    for package in ("qr", "@noble/hashes"):
        assert re.search(rf"^{package} \d+\.\d+\.\d+, Copyright .*, npm sha512-", page, re.MULTILINE)


def test_our_own_code_can_be_read(page: str) -> None:
    script = f"{parts(page).script}\n{parts(page).reader}"
    assert "function readAccount(text, name" in script
    assert "function textsIn(picture" in script
    assert max(map(len, script.splitlines())) < 200
    modules = re.findall(r"^// (src/.*\.js)$", script, re.MULTILINE)
    assert sorted(set(modules)) == sorted(
        path.relative_to(build_page.PAGE).as_posix() for path in (build_page.PAGE / "src").rglob("*.js")
    )


def test_other_projects_code_is_apart(page: str) -> None:
    inlined = parts(page)
    libraries = {"argon2idAsync": inlined.library, "decodeQRBatch": inlined.reader_library}
    for name in libraries:
        assert [f"{name}:" in library for library in (inlined.library, inlined.reader_library)] == [
            library is libraries[name] for library in (inlined.library, inlined.reader_library)
        ], "the page and its Worker have each what they use, once"
        assert f"function {name}" not in inlined.script + inlined.reader


def test_a_machine_without_npm_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page_packages, "BUILD", page_packages.Packages(page_packages.PAGE, tmp_path / "npm"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(build_page.CannotBuild, match=r"needs npm"):
        build_page.libraries()


def test_a_catalogue_that_lacks_a_text_or_a_place_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    load = page_definition._load
    changes: tuple[dict[str, str | None], ...] = ({"back": None}, {"back": "{name}"})
    for change in changes:

        def changed(language: str, change: dict[str, str | None] = change) -> dict[str, object]:
            texts = load(language) | (change if language == "zh" else {})
            return {name: text for name, text in texts.items() if text is not None}

        monkeypatch.setattr(page_definition, "_load", changed)
        with pytest.raises(ValueError, match="back"):
            page_definition.catalogues()


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
