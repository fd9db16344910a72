"""The page's conversation with a key if one of them is slow."""

from __future__ import annotations

import pytest

from tests.link.scripted import HELLO
from tests.page.scripts import run

#: A transport that keeps what was written, and a clock that stands still until a timer is made to fire.
_BEFORE = """
    let due = null;
    globalThis.setTimeout = (action, wait) => (due = { action, wait });
    globalThis.clearTimeout = () => (due = null);
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    const fire = async () => { const { action, wait } = due; action(); await settled(); return wait; };
    const sent = [];
    const transport = {
      write: async (bytes) => sent.push(...new TextDecoder().decode(bytes).split("\\n").filter(Boolean)),
      close: async () => {},
    };
    const conversation = new Conversation(transport);
    const answer = async (line, ok) => {
      transport.onbytes(new TextEncoder().encode(JSON.stringify({ id: JSON.parse(line).id, ok }) + "\\n"));
      await settled();
    };
    let outcome = "waits";
    const follow = (promise) => promise.then((ok) => (outcome = ok), (problem) => (outcome = problem.name));
"""
_LATE = """
    follow(conversation.hello());
    await settled();
    for (let passed = 0; passed + due.wait <= given.late; ) passed += await fire();
    await answer(sent[0], given.hello);
    return outcome;
"""
_SILENT = """
    let passed = 0;
    follow(given.command ? conversation.ask(given.command) : conversation.hello());
    await settled();
    while (outcome === "waits") passed += await fire();
    return [outcome, passed];
"""
_ASLEEP = """
    follow(conversation.ask("time"));
    await settled();
    await fire();
    await answer(sent[0], given.reply);
    return outcome;
"""


@pytest.mark.parametrize("late", [400, 700, 4900])
def test_a_key_that_answers_each_hello_late_is_heard(late: int) -> None:
    assert run(("link/conversation",), _BEFORE + _LATE, {"late": late, "hello": HELLO}) == HELLO


@pytest.mark.parametrize("command", ["", "lock"])
def test_a_port_with_nobody_behind_it_is_given_up_after_5_s(command: str) -> None:
    assert run(("link/conversation",), _BEFORE + _SILENT, {"command": command}) == ["no_answer", 5000]


def test_a_browser_that_stood_still_does_not_give_up_the_key() -> None:
    """However late its timer fires, it counts for no more than it asked for."""
    reply = {"clock": "trusted", "time": 1800000000, "milliseconds": 3}
    assert run(("link/conversation",), _BEFORE + _ASLEEP, {"reply": reply}) == reply
