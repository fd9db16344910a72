"""The page's conversation with a key: what counts as a message, and what became of a request in doubt.

The key here is a script, which proves what it says by code of its own. Another program may say anything.
To set a key's clock, the page asks what the command asks, and years go well so.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.link.scripted import BEGUN, HELLO
from tests.page.scripts import run
from tests.support.cases import slow
from tests.support.records import cover
from tests.support.years import follow, ordinary
from totpkey.clock import host_clock
from totpkey.clock.synchronise import synchronise
from totpkey.link.client import KeyClient
from totpkey_protocol import limits
from totpkey_virtual.key import VirtualKey

#: A transport that keeps what was written, a clock that stands still until a timer is made to fire, a key.
_BEFORE = """
    let due = null;
    let now = 0;
    globalThis.setTimeout = (action, wait) => (due = { action, wait });
    globalThis.clearTimeout = () => (due = null);
    Object.defineProperty(globalThis, "performance", { value: { now: () => now }, configurable: true });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const until = async (condition) => { while (!condition()) await turn(); };
    const fire = async () => {
      await until(() => due);
      const { action, wait } = due;
      now += wait;
      action();
      await turn();
      return wait;
    };
    const lines = [];
    const [notices, strangers] = [[], []];
    let shown = null;
    const text = (bytes) => new TextDecoder().decode(bytes);
    const transport = { write: async (bytes) => lines.push(text(bytes)), close: async () => {} };
    const listeners = {
      onnotice: (notice) => {
        shown = notice;
        if (notice) notices.push(notice);
      },
      onstranger: () => strangers.push(now),
      onlog: () => {},
    };
    const conversation = new Conversation(transport, listeners);
    const sent = () => lines.map((line) => JSON.parse(line.replace(/[0-9a-f]{32}\\n$/, "")));
    const last = () => sent().at(-1) ?? {};
    let outcome = "waits";
    const follow = (promise) => promise.then((ok) => (outcome = ok), (problem) => (outcome = problem.name));

    let secret = null;
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const tag = async (said, under = secret) => {
      const use = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", under, use, false, ["sign"]);
      const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(said));
      return hex(new Uint8Array(mac)).slice(0, 32);
    };
    const hear = async (...said) => {
      for (const line of said) transport.onbytes(new TextEncoder().encode(`${line}\\n`));
      await conversation.heard;
      await turn();
    };
    const say = async (message, under = secret) => {
      const said = JSON.stringify(message);
      await hear(said + (await tag(said, under)));
    };
    const begins = async (told = {}) => {
      const before = secret;
      await until(() => last().command === "session" && last().key !== before?.digits);
      secret = Uint8Array.from(last().key.match(/../g), (pair) => parseInt(pair, 16));
      secret.digits = last().key;
      await say({ id: last().id, ok: { ...given.begun, ...told } });
    };
    const asks = async (name, fields = {}) => {
      outcome = "waits";
      const before = lines.length;
      follow(conversation.ask(name, fields));
      if (!conversation.session) await begins();
      await until(() => lines.length > before && last().command === name);
      return last().id;
    };
    const ends = () => until(() => outcome !== "waits");
    const timesOut = async () => { while (last().command !== "session") await fire(); };
    const touch = (id) => ({ id, notice: "touch", gesture: "32", hold: 0, seconds: 30 });
    const account = "00000000";
"""


def talk(body: str, **given: Any) -> Any:
    return run(("link/conversation",), _BEFORE + body, {"begun": BEGUN, **given})


_LATE = """
    follow(conversation.hello());
    await until(() => lines.length);
    for (let passed = 0; passed + due.wait <= given.late; ) passed += await fire();
    await hear(JSON.stringify({ id: sent()[0].id, ok: given.hello }));
    await ends();
    return outcome;
"""
_SILENT = """
    let passed = 0;
    follow(given.command ? conversation.ask(given.command) : conversation.hello());
    await until(() => lines.length);
    while (outcome === "waits") passed += await fire();
    return [outcome, passed];
"""
_PATIENT = """
    await asks(given.command, given.fields);
    let passed = 0;
    while (last().command !== "session") passed += await fire();
    return passed / 1000;
"""
_ASLEEP = """
    const id = await asks("time");
    await fire();
    await say({ id, ok: given.reply });
    await ends();
    return outcome;
"""


@pytest.mark.parametrize("late", [400, 700, 4900])
def test_a_key_that_answers_each_hello_late_is_heard(late: int) -> None:
    assert talk(_LATE, late=late, hello=HELLO) == HELLO


@pytest.mark.parametrize("command", ["", "lock", "list"])
def test_a_port_with_nobody_behind_it_is_given_up_after_5_s(command: str) -> None:
    assert talk(_SILENT, command=command) == ["no_answer", 5000]


@pytest.mark.parametrize(
    ("command", "fields", "seconds"),
    [("time", {}, 5), ("card", {}, 60), ("loan_back", {"loan": 1}, 60), ("wipe", {}, 60)],
)
def test_a_key_that_rewrites_its_pages_is_given_a_minute(
    command: str, fields: dict[str, int], seconds: int
) -> None:
    assert talk(_PATIENT, command=command, fields=fields) == seconds


def test_a_browser_that_stood_still_does_not_give_up_the_key() -> None:
    """However late its timer fires, it counts for no more than it asked for."""
    reply = {"clock": "trusted", "time": 1800000000, "milliseconds": 3}
    assert talk(_ASLEEP, reply=reply) == reply


def test_each_frame_ends_what_another_program_has_begun_and_is_proved_in_a_session() -> None:
    body = """
        const id = await asks("remove", { account });
        const found = [await Promise.all(lines.map(async (line) => {
          const [, said, proof] = /^\\n(\\{.*\\})([0-9a-f]*)\\n$/.exec(line);
          return proof === (said.includes('"session"') ? "" : await tag(said));
        })), sent().map((each) => each.id - id)];
        await say({ id, ok: {} });
        await ends();
        return [...found, outcome];
    """
    assert talk(body) == [[True, True], [-1, 0], {}]


#: What anybody may say who lacks the session's key, made of what the key would say.
_FORGED = """
    const other = new Uint8Array(32).fill(7);
    const forgeries = async (message) => {
      const said = JSON.stringify(message);
      const proof = await tag(said);
      const head = said.slice(0, -1);
      return [
        said, "", " ", "null", proof, said + proof.slice(1), said + proof.slice(0, 31),
        `${said}0${proof.slice(1)}`, said + proof.toUpperCase(),
        said + (await tag(said, other)), said + (await tag(`${said} `)),
        `${said} ${proof}`, `${said}${proof}\\r`, `${said}${proof}00`, proof + said, said + said + proof,
        said + "0".repeat(32), said + "g".repeat(32), `${head},"mac":"${proof}"}`, `${head},"mac":""}`,
        `${head},"tag":"${proof}"}`, said.slice(0, 9), `${"x".repeat(5000)}${said}${proof}`,
        `{"id":null,"error":"no_session"}`, `{"id":${message.id},"command":"hello"}`,
      ].filter((line) => line !== said + proof);
    };
"""


def test_what_the_key_has_not_proved_is_no_message_and_is_told_once() -> None:
    body = (
        _FORGED
        + """
        let id = await asks("list");
        await say({ id, ok: { accounts: [], next: 0, total: 0, chosen: 0 } });
        await ends();
        const old = { id, error: "storage" };
        id = await asks("wipe");
        let count = 0;
        const wanted = [{ id, ok: {} }, { id, error: "not_agreed" }, touch(id), { id, notice: "agreed" }];
        for (const message of wanted) {
          const forged = await forgeries(message);
          count += forged.length;
          await hear(...forged);
        }
        // What it has proved of another request, and what it was asked itself.
        await say(old);
        await say({ id: id + 1, ok: {} });
        await hear(lines.at(-1).trim());
        const found = [outcome, notices.length, strangers.length, count];
        await say(touch(id));
        await say({ id, ok: {} });
        await ends();
        return [...found, outcome, notices.length];
    """
    )
    waits, shown, told, count, done, gestures = talk(body)
    assert (waits, shown, told, done, gestures) == ("waits", 0, 1, {}, 1)
    assert count > 90


def test_a_request_whose_gesture_failed_is_sent_again_with_fresh_fields() -> None:
    body = """
        const calms = [];
        conversation.oncalm = async (seconds) => calms.push(seconds);
        let time = 1800000000;
        await asks("set_time", () => ({ time: (time += 1), within: 0 }));
        const again = () => sent().filter(({ command }) => command === "set_time").length;
        const wanted = (count) => until(() => again() === count);
        await say({ id: last().id, error: "not_agreed" });
        await wanted(2);
        await say({ id: last().id, error: "calm", seconds: given.seconds });
        await wanted(3);
        const times = sent().map((each) => each.time).filter(Boolean);
        await say({ id: last().id, error: "not_agreed" });
        await ends();
        return [calms, times, outcome];
    """
    for seconds, calm in ((7, 7), (0, 1), (99, 10), ("x", 1)):
        assert talk(body, seconds=seconds) == [
            [10, calm],
            [1800000001, 1800000002, 1800000003],
            "errors.not_agreed",
        ]


def test_a_greeting_shows_no_gesture_and_no_error_and_nothing_is_told_before_the_session() -> None:
    """Whoever answers first decides which version is spoken, and nothing else."""
    body = """
        follow(conversation.hello());
        await until(() => lines.length);
        const { id } = last();
        await hear(JSON.stringify(touch(id)), JSON.stringify({ id, error: "storage" }), '{"id":null}', "x");
        const found = [outcome, notices.length];
        await hear(JSON.stringify({ id, ok: { protocol: 9 } }));
        await ends();
        return [...found, outcome, strangers.length];
    """
    assert talk(body) == ["waits", 0, {"protocol": 9}, 0]


_SETTLED = """
    const id = await asks(given.name, given.fields);
    const [, mine] = /([0-9a-f]{32})\\n$/.exec(lines.at(-1));
    if (given.shown) await say(touch(id));
    if (given.made) await say({ id, notice: "agreed" });
    if (given.cancelled) notices.at(-1).withdraw();
    else await timesOut();
    const told = { ...given.told };
    if (told.agreed === "mine") told.agreed = mine;
    const gone = notices.length;
    if (given.told) await begins(told);
    else while (outcome === "waits") await fire();
    await ends();
    return outcome;
"""
_REMOVE = {"name": "remove", "fields": {"account": "00000000"}}
_CHOOSE = {"name": "choose", "fields": {"account": "00000000"}}
_MINE = {"agreed": "mine"}
_NOTHING: dict[str, str] = {}
_ANOTHER = {"agreed": "ab" * 16}
_RESTARTED = {"start": "22" * 8}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # Without any word, with the gesture shown, and with it made.
        ({**_REMOVE, "told": _NOTHING}, "not_done"),
        ({**_REMOVE, "told": _MINE}, {}),
        ({**_REMOVE, "shown": True, "told": _NOTHING}, "no_longer_waits"),
        ({**_REMOVE, "shown": True, "made": True, "told": _MINE}, {}),
        ({**_REMOVE, "shown": True, "told": _MINE}, {}),
        ({**_REMOVE, "told": {**_MINE, "outcome": "storage"}}, "errors.storage"),
        ({**_REMOVE, "told": {**_MINE, "outcome": "busy"}}, "outcome_unknown"),
        # A touch that has allowed something else since hides whether one allowed this.
        ({**_REMOVE, "shown": True, "told": {**_ANOTHER, **_RESTARTED}}, "outcome_unknown"),
        ({**_REMOVE, "shown": True, "made": True, "told": _NOTHING}, "outcome_unknown"),
        # A key that began anew knows nothing of it. A touch changes its start, too.
        ({**_REMOVE, "told": _RESTARTED}, "outcome_unknown"),
        ({**_REMOVE, "shown": True, "told": {**_MINE, **_RESTARTED}}, {}),
        ({**_REMOVE, "shown": True, "told": None}, "outcome_unknown"),
        # What may need no touch may have been done without one.
        ({**_CHOOSE, "told": _NOTHING}, "outcome_unknown"),
        ({**_CHOOSE, "shown": True, "told": _NOTHING}, "no_longer_waits"),
        ({"name": "lock", "fields": {}, "told": _NOTHING}, "outcome_unknown"),
        # It is done, but the code that proves the account, or the file, has not come.
        ({"name": "make_card", "fields": {"name": "Anna"}, "told": _MINE}, "answer_lost"),
        # Withdrawn: before the gesture, across it, and with a key that says nothing.
        ({**_REMOVE, "shown": True, "cancelled": True, "told": _NOTHING}, "withdrawn"),
        ({**_REMOVE, "shown": True, "cancelled": True, "told": _MINE}, "done_already"),
        ({**_REMOVE, "shown": True, "cancelled": True, "told": _RESTARTED}, "outcome_unknown"),
        ({**_REMOVE, "shown": True, "cancelled": True, "told": None}, "outcome_unknown"),
    ],
)
def test_a_new_session_settles_what_became_of_a_request(case: dict[str, Any], expected: Any) -> None:
    assert talk(_SETTLED, **case) == expected


def test_an_answer_that_a_new_session_does_not_prove_settles_nothing() -> None:
    body = (
        _FORGED
        + """
        const id = await asks("wipe");
        const [, mine] = /([0-9a-f]{32})\\n$/.exec(lines.at(-1));
        await say(touch(id));
        await timesOut();
        await until(() => last().command === "session");
        const answer = { id: last().id, ok: { ...given.begun, agreed: mine } };
        // Under the key of the session before, too.
        await hear(...(await forgeries(answer)));
        await say(answer);
        const waits = outcome;
        while (outcome === "waits") await fire();
        return [waits, outcome];
    """
    )
    assert talk(body) == ["waits", "outcome_unknown"]


def test_what_only_reads_is_asked_once_more_in_a_new_session() -> None:
    body = """
        await asks("time");
        await timesOut();
        await begins();
        await until(() => last().command === "time");
        await say({ id: last().id, ok: given.reply });
        await ends();
        const names = sent().map(({ command }) => command);
        await asks("time");
        await timesOut();
        await begins();
        await until(() => last().command === "time");
        while (outcome === "waits") await fire();
        return [names, outcome];
    """
    reply = {"clock": "trusted", "time": 1800000000, "milliseconds": 3}
    assert talk(body, reply=reply) == [["session", "time", "session", "time"], "no_answer"]


def test_a_session_that_another_program_has_ended_is_begun_again() -> None:
    body = """
        const id = await asks("wipe");
        await say(touch(id));
        await say({ id, error: "no_session" });
        await ends();
        const found = [outcome];
        await asks("wipe");
        return [...found, sent().map(({ command }) => command)];
    """
    assert talk(body) == ["errors.no_session", ["session", "wipe", "session", "wipe"]]


@pytest.mark.parametrize(("kind", "seconds"), [("touch", 30), ("waits", 121), ("agreed", 121)])
def test_a_key_that_waits_without_an_end_is_asked_what_became_of_it(kind: str, seconds: int) -> None:
    body = """
        const id = await asks("wipe");
        await say(touch(id));
        const began = now;
        while (outcome === "waits" && last().command !== "session") {
          now += 1000;
          await say({ ...touch(id), notice: given.kind, counted: "3", presses: 1 });
        }
        return (now - began) / 1000;
    """
    assert talk(body, kind=kind) == seconds


def test_a_code_is_uncovered_with_the_session_s_key() -> None:
    body = """
        const session = new Session();
        session.key = fromHex(given.key);
        return session.uncovered(given.id, given.sealed);
    """
    key, code = bytes(range(32)), b"01234567"
    given = {"key": key.hex(), "id": 0x1234567, "sealed": cover(key, 0x1234567, code).hex()}
    assert run(("link/protocol", "rules/bytes"), body, given) == code.decode()


def test_what_a_false_key_says_is_cut_to_the_protocol() -> None:
    body = """
        const id = await asks("wipe");
        await say({ ...touch(id), gesture: "3<b>2".repeat(99), seconds: 1e9, hold: "1" });
        await say({ id, notice: "waits", counted: { x: 1 }, presses: -5 });
        await say({ id, error: "not_found\\u202e<b>", field: ["a\\ud800"] });
        await ends();
        return [notices.map(({ gesture, seconds, hold, counted, presses }) =>
          [gesture, seconds, hold, counted, presses]), outcome];
    """
    shown = [["3232", 600, False, "", 0], ["3232", 600, False, "", 0]]
    assert talk(body) == [shown, "errors.not_foundb"]


def test_a_gesture_is_shown_no_longer_than_the_key_waits() -> None:
    body = """
        const id = await asks("remove", { account });
        await say(touch(id));
        await until(() => shown);
        await say({ id, error: "press_timeout" });
        await ends();
        return [outcome, shown];
    """
    assert talk(body) == ["errors.press_timeout", None]


def test_of_three_questions_about_the_time_the_quickest_is_believed() -> None:
    body = """
        let now = 0;
        Date.now = () => now;
        const late = async () => (now += given.shift());
        return measureOffset({ ask: async () => late().then(() => ({ time: 0, milliseconds: 0 })) });
    """
    # The clock stands still here, so what was waited for before is the difference.
    assert run(("link/key",), body, [400, 20, 300]) == pytest.approx(-0.41)


@pytest.mark.parametrize("count", [1, limits.BATCH, limits.BATCH + 1, 2 * limits.BATCH + 7])
def test_each_touch_lets_in_no_more_than_is_left(count: int) -> None:
    body = """
        const asked = [];
        const key = { batch: async (count) => asked.push(count), add: async () => {} };
        await Key.prototype.addAll.call(key, Array(given).fill({}), () => {});
        return asked;
    """
    allowed = run(("link/key",), body, count)
    assert sum(allowed) == count
    assert max(allowed) <= limits.BATCH


#: A key that answers at once and keeps what it is asked, at a time that only waiting moves on.
_PAGE = """
    let now = given * 1000;
    Date.now = () => now;
    globalThis.setTimeout = (action, wait) => { now += wait; action(); };
    const asked = [];
    const time = () => ({ time: Math.floor(now / 1000), milliseconds: Math.floor(now % 1000) });
    await synchroniseClock({
      beginSession: async () => {},
      refresh: async () => {},
      ask: async (command, fields) => {
        if (command !== "time") asked.push({ command, ...(await fields()) });
        return time();
      },
    });
    return asked;
"""


def asked_by_page(now: float) -> list[dict[str, int]]:
    """Return what the page asks of a key to set its clock."""
    return cast("list[dict[str, int]]", run(("link/key",), _PAGE, now))


def test_page_and_command_ask_the_same_of_a_key() -> None:
    """A browser does not tell whether anything keeps the computer's clock right; nor do some systems."""
    asked: list[tuple[int, int]] = []
    now = [1_800_000_000.4]
    answer = SimpleNamespace(seconds=1_800_000_001.0)
    client = SimpleNamespace(
        hello=lambda: None, time=lambda: answer, set_time=lambda time, within: asked.append((time(), within))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host_clock, "status", lambda: host_clock.UNKNOWN)
        synchronise(cast(KeyClient, client), lambda: now[0], lambda seconds: now.append(now.pop() + seconds))
    (request,) = asked_by_page(1_800_000_000.4)
    assert request == {"command": "set_time", "time": asked[0][0], "within": asked[0][1]}
    assert asked == [(1_800_000_001, 2000)]


def by_page(key: VirtualKey, client: KeyClient) -> object:
    (request,) = asked_by_page(key.true_time)
    key.run(request["time"] - key.true_time)
    return client.set_time(request["time"], request["within"])


@pytest.mark.parametrize("name", ["DS3231", *map(slow, ("RV-3032", "RV-3028", "PCF8523"))])
def test_five_years_by_the_page(name: str) -> None:
    follow(ordinary(name, by_page))
