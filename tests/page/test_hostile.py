"""Nothing leaves the page, no secret stays in it, outside input is only text, and no firmware is written.

A program that has the key's port beside the page can interrupt the owner, and nothing else.
A Worker reads pictures. It is ended if it takes too long, and nothing else can replace it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import build_page
from readers.tests.entries import AMAZON, PLAIN
from readers.tests.migration import uri
from tests.page.browsers import PageDesk
from tests.page.conftest import AtPage, NewPage, Serve
from tests.page.seller import SHOWN, Seller, as_file, picture
from tests.support.judges import from_npm
from tests.support.records import message, tag
from totpkey.web import page_file
from totpkey_protocol.commands import COMMANDS

SQUEEZED = SHOWN.replace(" ", "")
_ASKED = re.compile(r"""\bask\(\s*["'`](\w+)["'`]""")
MARKUP = "<img src=x onerror=document.title='caught'>"


def stored(page: Page) -> Any:
    return page.evaluate(
        """async () => ({
          local: Object.entries(localStorage), session: Object.entries(sessionStorage),
          cookie: document.cookie, databases: await indexedDB.databases(),
          address: location.href, state: history.state, title: document.title,
        })"""
    )


def fields(page: Page) -> list[str]:
    values = page.evaluate("[...document.querySelectorAll('input, textarea')].map((field) => field.value)")
    return list(values)


def test_a_walk_asks_the_network_for_nothing_and_keeps_no_secret(seller: Seller) -> None:
    page = seller.page
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    seller.is_ready()
    seller.presses("home.add")
    seller.enters("add.secret", SHOWN)
    seller.presses("next")
    seller.is_at("add.name")
    assert SHOWN not in page.content() + " ".join(fields(page))
    seller.names("Amazon", "shop")
    seller.sees("add.saved", name="Amazon:shop")
    for name in ("backup", "restore", "lock", "clock"):
        seller.goes_to(name)
        seller.goes_home()
    seller.goes_to("check")
    page.locator("summary").click()
    log = page.locator("pre").inner_text()
    assert "add: ok" in log
    assert "Amazon" not in log
    assert not re.search(r"[0-9a-f]{16}|\b\d{6}\b", log)
    everything = f"{page.content()} {fields(page)} {stored(page)} {said}"
    assert SHOWN not in everything
    assert SQUEEZED not in everything
    told = stored(page)
    assert (told["local"], told["session"], told["cookie"], told["databases"]) == ([], [], "", [])
    assert asked == [page_file().as_uri()]
    assert said == []


def test_names_are_text(seller: Seller) -> None:
    seller.is_ready()
    seller.presses("home.add")
    seller.enters(
        "add.secret", f"otpauth://totp/{MARKUP.replace(' ', '%20')}?secret={SQUEEZED}&issuer=%3Cb%3EA"
    )
    seller.presses("next")
    seller.presses("add.save")
    seller.sees("add.saved", name=f"<b>A:{MARKUP}")
    # The page's own are the flashes of an account's light.
    assert seller.page.locator("main img, main b:not(.blinks b)").count() == 0
    assert seller.page.title() != "caught"


def test_the_token_is_gone_from_the_address_at_once(browser: Browser, new_page: NewPage) -> None:
    """The tab's own history entry keeps it, so that the page can be loaded again. Nothing else does."""
    token = "T" * 43
    page = new_page(browser)
    page.goto(f"{page_file().as_uri()}#token={token}&port=9")
    expect(page.locator("h1")).to_be_visible()
    kept = stored(page)
    assert kept["state"].pop("token") == f"{token}&port=9"
    assert token not in f"{page.url} {kept} {page.content()}"


def test_the_policy_holds(seller: Seller) -> None:
    seller.is_at("connect.title")
    broken = seller.page.evaluate(
        """async () => {
          const broken = [];
          const note = (event) => broken.push(event.effectiveDirective);
          document.addEventListener("securitypolicyviolation", note);
          await fetch("http://127.0.0.1:9/").catch(() => {});
          try { new WebSocket("ws://192.0.2.1/"); } catch {}
          new Image().src = "http://127.0.0.1:9/x.png";
          const script = document.createElement("script");
          try { script.textContent = "window.caught = true"; } catch { broken.push("trusted-types"); }
          try { document.body.innerHTML += "<i>"; } catch { broken.push("inner-html"); }
          document.head.append(script);
          await new Promise((resolve) => setTimeout(resolve, 200));
          return [window.caught === undefined, broken];
        }"""
    )
    assert broken[0]
    assert {"connect-src", "img-src", "trusted-types", "inner-html"} <= set(broken[1])


def test_no_module_makes_markup_of_text_or_keeps_or_logs_anything() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|localStorage|sessionStorage|indexedDB"
        r"|document\.cookie|console\.|fetch\(|XMLHttpRequest|sendBeacon|(?<!channel\.)(?<!worker\.)postMessage"
    )
    for path in sorted((build_page.PAGE / "src").rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        # The Worker's only words to the page.
        if path.name == "reader.js":
            text = text.replace("  postMessage(await textsIn(", "", 1)
        assert not forbidden.search(text), path.name


def test_the_page_asks_a_key_for_nothing_that_writes_firmware() -> None:
    """So no release passes through it. docs/decisions/page.md says what it must check before it may."""
    sources = [path.read_text(encoding="utf-8") for path in (build_page.PAGE / "src").rglob("*.js")]
    sent = set().union(*map(_ASKED.findall, sources))
    assert {"unlock_pin", "set_time"} <= sent <= {each.name for each in COMMANDS}
    of_firmware = {each.name for each in COMMANDS if each.name.partition("_")[0] == "update"}
    assert of_firmware == {"update", "update_data", "update_try", "update_keep"}
    assert not sent & of_firmware
    # Neither by a name that is put together elsewhere, nor by another way to a board.
    assert not [
        text for text in sources if re.search(r"""["']update(_\w+)?["']|navigator\.(usb|hid)\b""", text)
    ]


_KEY = bytes(range(32))
_DERIVED = "853f65617803a6e1f7a7de7ec596fb1fd2212077235246775124c4fca4be3772"


class Program:
    """It hears what the key says, keeps some of that from the page, and writes what it likes."""

    def __init__(self, desk: PageDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        self._desk = desk
        self._read = desk.key.read_serial
        self._rest = b""
        self._session = b""
        self.heard: list[dict[str, Any]] = []
        #: Whether the page does not get what the key says.
        self.takes: Callable[[dict[str, Any]], bool] = lambda _: False
        monkeypatch.setattr(desk.key, "read_serial", self._hear)

    def _hear(self) -> bytes:
        *lines, self._rest = (self._rest + self._read()).split(b"\n")
        said = [(line, message(line)) for line in lines]
        self.heard += [told for _, told in said]
        return b"".join(line + b"\n" for line, told in said if not self.takes(told))

    def writes(self, data: bytes) -> None:
        with self._desk.bridge.lock:
            self._desk.key.write_serial(data)

    def asks(self, number: int, name: str, **fields: str | int) -> None:
        text = json.dumps({"id": number, "command": name, **fields}).encode()
        self.writes(b"\n" + text + (tag(self._session, text) if self._session else b"") + b"\n")

    def begins(self, number: int) -> None:
        self._session = b""
        self.heard.clear()
        self.asks(number, "session", key=_KEY.hex())
        self._session = _KEY
        self._desk.until(lambda: any("ok" in told for told in self.heard))

    def request(self) -> dict[str, Any]:
        """What the key has told of a touch last: with the id of the request, and the gesture."""
        return [told for told in self.heard if told.get("notice") == "touch"][-1]


@pytest.fixture
def program(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A program beside a seller with one account."""
    seller.has_an_account()
    return Program(seller.desk, monkeypatch)


def test_what_it_answers_is_not_done_and_the_owner_is_told(seller: Seller, program: Program) -> None:
    seller.is_asked_to_remove("shop")
    number = program.request()["id"]
    program.asks(number, "hello")
    program.writes(b"x\n")
    seller.is_told("problems.stranger")
    told = seller.page.locator("dialog.touch").get_by_text(seller.text("problems.stranger.cause"))
    expect(told).to_be_visible()
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")
    assert seller.accounts() == []
    seller.is_told("problems.stranger")


@pytest.mark.parametrize("taken", [(), ("no_session",)])
def test_the_gesture_of_its_request_is_not_shown(
    taken: tuple[str, ...], seller: Seller, program: Program
) -> None:
    """Not with the owner's id, and not if it takes the answer that ends the owner's request."""
    program.takes = lambda told: told.get("error") in taken
    seller.is_asked_to_remove("shop")
    mine = program.request()
    program.begins(mine["id"] - 1)
    program.asks(mine["id"], "export", derived=_DERIVED, start=0)
    seller.desk.until(lambda: any("gesture" in told for told in program.heard))
    assert program.request()["id"] == mine["id"]
    seller.is_told("problems.no_longer_waits" if taken else "errors.no_session")
    if taken:
        seller.is_told("problems.stranger")
    expect(seller.page.locator("dialog")).to_have_count(0)
    # After that the owner's own request has its turn.
    seller.removes()
    seller.is_asked()


def test_a_key_that_says_no_more_is_not_called_erased(seller: Seller, program: Program) -> None:
    """Nor is it said that nothing was done. The computer's time passes faster than it does."""
    seller.presses("home.lock")
    seller.page.clock.install()
    seller.wipes()
    seller.is_asked()
    program.takes = lambda _: True
    seller.desk.agree()
    for _ in range(60):
        seller.page.clock.run_for(1000)
    seller.is_told("problems.outcome_unknown")


#: What the Worker does with a file of this name. In the second it does nothing, so it can be asked.
CHANGES = {"endless.png": "for (;;);", "silent.png": "await new Promise(() => {});"}
#: What the page waits for, in seconds.
LONGEST = 10


@pytest.fixture(scope="module")
@from_npm
def changed_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with a Worker that some pictures keep for ever."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(build_page.PAGE, folder / "sources")
    reader = folder / "sources" / "src" / "reader.js"
    text = reader.read_text(encoding="utf-8")
    head = re.search(r"^async function textsIn.*\n", text, re.MULTILINE)
    assert head
    lines = "".join(f'if (picture.name === "{name}") {{ {does} }}\n' for name, does in CHANGES.items())
    reader.write_text(text.replace(head[0], head[0] + lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_page, "PAGE", folder / "sources")
        return build_page.build(folder / "totpkey.html")


def drops(seller: Seller, name: str, text: str = "") -> None:
    seller.carries_files("drop", as_file(picture(text or uri(PLAIN)), name))


@pytest.mark.slow
def test_a_picture_that_never_ends_is_ended_and_named_and_the_page_goes_on(
    browser: Browser, at_page: AtPage, desk: PageDesk, serve: Serve, changed_page: Path
) -> None:
    server = serve(desk.keys, changed_page)
    # In one browser the file itself, in the other as it is served.
    opened = f"{changed_page.as_uri()}{server.admission.fragment}"
    address = opened if browser.browser_type.name == "chromium" else server.address
    seller = at_page(desk, address, browser=browser)
    page = seller.page
    seller.is_ready()
    seller.goes_to("add")
    page.clock.install()
    drops(seller, "endless.png")
    seller.sees("look.reading")
    # Meanwhile the page does what it is asked.
    seller.enters("add.secret", "JBSW")
    assert seller.field("add.secret").input_value() == "JBSW"
    expect(page.get_by_text("endless.png")).to_have_count(0)
    page.clock.fast_forward(LONGEST * 1000)
    seller.is_told("problems.slow_picture", file="endless.png", seconds=LONGEST)
    drops(seller, "good.png", uri((AMAZON, *PLAIN)))
    seller.is_at("many.title")
    # A browser takes a moment to end what is busy, and is heard only while it is asked.
    desk.until(lambda: page.evaluate("true") and not page.workers)


@pytest.mark.slow
def test_the_worker_reaches_nothing_and_no_other_code_becomes_one(
    at_page: AtPage, usb_desk: PageDesk, changed_page: Path
) -> None:
    seller = at_page(usb_desk, changed_page.as_uri())
    page = seller.page
    seller.is_ready()
    seller.presses("home.add")
    with page.expect_worker() as started:
        drops(seller, "silent.png")
    reached = started.value.evaluate(
        """async () => {
          const tried = {
            network: () => fetch("http://127.0.0.1:9/"),
            socket: () => new Promise((resolve, reject) => {
              const socket = new WebSocket("ws://192.0.2.1/");
              [socket.onopen, socket.onerror] = [resolve, reject];
            }),
            script: () => importScripts(URL.createObjectURL(new Blob(["self.caught = true"]))),
            text: () => eval("1"),
            worker: () => new Worker(URL.createObjectURL(new Blob(["self.caught = true"]))),
            page: () => document.title,
          };
          const reached = [];
          for (const [name, attempt] of Object.entries(tried)) {
            // A debugger's own call may do more than a script.
            await new Promise((resolve) => setTimeout(async () => {
              try { await attempt(); reached.push(name); } catch {}
              resolve();
            }));
          }
          return [reached, self.caught];
        }"""
    )
    assert reached == [[], None]
    started_others = page.evaluate(
        """() => {
          const other = URL.createObjectURL(new Blob(["postMessage(1)"]));
          const tried = {
            blob: () => new Worker(other),
            module: () => new Worker(other, { type: "module" }),
            shared: () => new SharedWorker(other),
            policy: () => trustedTypes.createPolicy("other", { createScriptURL: () => other }),
            again: () => trustedTypes.createPolicy("reader", { createScriptURL: () => other }),
          };
          return Object.keys(tried).filter((name) => {
            try { tried[name](); return true; } catch { return false; }
          });
        }"""
    )
    assert started_others == []


@pytest.mark.slow
def test_the_page_reads_pictures_itself_nowhere() -> None:
    """So that no picture can keep it busy."""
    script = re.search(r'<script type="module">(.*?)</script>', page_file().read_text(), re.DOTALL)
    assert script
    assert not re.search(r"decodeQR|getImageData|createImageBitmap\((?!video\))", script[1])
