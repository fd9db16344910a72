"""A fixture shared by the tests of power cuts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def same_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a repeated change send identical frames, ids included, since the key mixes them into its salts."""
    monkeypatch.setattr("totpkey.link.conversation.os", SimpleNamespace(urandom=bytes))
