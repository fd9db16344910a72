"""Nothing leaves the page, no secret stays in it, outside input is only text, and no firmware is written."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

import build_page
from tests.page.conftest import NewPage
from tests.page.seller import SHOWN, Seller
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
        seller.presses(f"home.{name}")
        seller.is_at(f"{name}.title")
        seller.goes_home()
    seller.presses("home.check")
    seller.is_at("check.title")
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
    """So no release passes through it. docs/decisions/0040-page.md says what it must check before it may."""
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
