"""A key's refusal is a problem with the name of its error, and of the field that was wrong."""

from __future__ import annotations

from tests.page.scripts import run


def test_a_refusal_names_error_and_field() -> None:
    body = """
        return [new Refused("busy"), new Refused("range", "label")]
          .map(({ name, values, code, field }) => [name, values, code, field]);
    """
    assert run(("rules/problem",), body, None) == [
        ["errors.busy", {"field": "request"}, "busy", ""],
        ["errors.range", {"field": "label"}, "range", "label"],
    ]
