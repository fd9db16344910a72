"""The built file: its size, what it allows itself, and that building it again gives the same."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import zlib
from pathlib import Path

import pytest

import build_page
import page_definition


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Built anew from the sources."""
    try:
        return build_page.build(tmp_path_factory.mktemp("page") / "totpkey.html").read_text(encoding="utf-8")
    except build_page.CannotBuild as problem:
        pytest.skip(str(problem))


def block(page: str, name: str) -> str:
    found = re.search(rf'<script type="text/plain" id="{name}" data-length="(\d+)">([^<]*)</script>', page)
    assert found
    packed = base64.b85decode(found[2].replace(",", "<"))[: int(found[1])]
    return zlib.decompress(packed, -zlib.MAX_WBITS).decode()


def test_it_is_under_150_kb_and_the_same_every_time(page: str, tmp_path: Path) -> None:
    assert len(page.encode()) < 150_000
    assert build_page.build(tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_its_policy_names_the_scripts_by_their_hashes_and_nothing_else(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    hashes = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (script, block(page, "library"))
    ]
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("script-src") == " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert rules.pop("connect-src") == "ws://127.0.0.1:*"
    assert rules.pop("img-src") == "data:"
    assert rules == {
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "totpkey",
    }


def test_it_is_one_file_and_names_what_it_inlines(page: str) -> None:
    assert not re.search(r"<(?:link|script|img)[^>]+(?:src|href)=[\"'](?!data:)", page)
    assert "The MIT License" in page
    for package in ("qr", "@noble/hashes"):
        assert re.search(rf"^{package} \d+\.\d+\.\d+, Copyright .*, npm sha512-", page, re.MULTILINE)


def test_our_own_code_can_be_read(page: str) -> None:
    script = page.rpartition("<script>")[2]
    assert "function readAccount(text, name" in script
    assert max(map(len, script.splitlines())) < 200


def test_a_machine_without_npm_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build_page, "PACKAGES", tmp_path / "npm")
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
