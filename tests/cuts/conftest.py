"""What the tests of cuts share."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def same_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that is made again has the same frames, ids included: the key stirs them into its salts."""
    monkeypatch.setattr("totpkey.link.conversation.os", SimpleNamespace(urandom=bytes))
