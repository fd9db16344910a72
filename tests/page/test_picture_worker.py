"""A Worker reads pictures. It is ended if it takes too long, and nothing else can replace it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import build_page
from readers.tests.entries import AMAZON, PLAIN
from readers.tests.migration import uri
from tests.page.conftest import AtPage, Serve
from tests.page.desk import PageDesk
from tests.page.seller import Seller, as_file, picture
from tests.support.judges import from_npm
from totpkey.web import page_file

pytestmark = pytest.mark.slow

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
    seller.presses("home.add")
    seller.is_at("add.title")
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


def test_the_page_reads_pictures_itself_nowhere() -> None:
    """So that no picture can keep it busy."""
    script = re.search(r'<script type="module">(.*?)</script>', page_file().read_text(), re.DOTALL)
    assert script
    assert not re.search(r"decodeQR|getImageData|createImageBitmap\((?!video\))", script[1])
