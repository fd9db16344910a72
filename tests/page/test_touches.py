"""How often the owner of a new key with five accounts has to touch it, on the page: docs/concepts/consent.md.

Nobody presses the button unless a line says so. If the page asked for a touch, the walk would end there. The
page shows the light of the present request.
"""

from __future__ import annotations

from itertools import accumulate

import pytest
from playwright.sync_api import expect

from tests.page.seller import SHOWN, Seller
from tests.support.consent import announced, make, press, told
from totpkey_firmware.panel.light import ASKING
from totpkey_protocol import limits
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE

PIN = "31428"
#: Has the pitch of each tone noted in place of played.
_TONES = """() => {
  globalThis.tones = [];
  const tone = () => ({
    frequency: {},
    connect: (next) => next,
    stop: () => {},
    start() { tones.push(this.frequency.value); },
  });
  globalThis.AudioContext = class {
    currentTime = 0;
    createOscillator = tone;
    createGain = () => ({ gain: {}, connect: () => {} });
  };
}"""


def adds_five(seller: Seller) -> None:
    for number in range(5):
        # Each has a secret of its own; the page takes no account twice.
        seller.adds(SHOWN[:-1] + "ABCDE"[number], f"Shop {number}", "me@example.com")
    assert len(seller.accounts()) == 5
    assert seller.page.locator("dialog.touch").count() == 0


@pytest.mark.slow
def test_with_a_pin_they_take_one_hold(seller: Seller) -> None:
    seller.desk.plug_in()
    seller.sets_up("lock.pin")
    seller.sets_lock(PIN)
    seller.consents()
    seller.is_at("home.title")
    adds_five(seller)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1366, 768), (360, 720)])
def test_hands_that_fail_are_told_wait_and_are_asked_again(size: tuple[int, int], seller: Seller) -> None:
    """Each press is said, and sounds. The second try is the page's own; nobody is called another program."""
    seller.page.set_viewport_size({"width": size[0], "height": size[1]})
    seller.is_ready()
    seller.page.clock.install()
    seller.page.evaluate(_TONES)
    seller.adds(SHOWN, "Amazon", "shop")
    seller.opens("shop")
    seller.removes()
    seller.is_asked()
    first, second = (int(count) for count in told()[0])
    status = seller.page.locator("dialog.touch [role=status]")
    with seller.desk.bridge.lock:
        announced(seller.desk.key)
        press(seller.desk.key)
    expect(status).to_have_text(seller.text("touch.made", made=1, count=first))
    assert seller.page.evaluate("tones") == [660]
    seller.agrees("touch.sound_on")
    with seller.desk.bridge.lock:
        for _ in range(first - 1):
            press(seller.desk.key)
    expect(status).to_have_text(seller.text("touch.made_next", made=first, count=first, next=second))
    with seller.desk.bridge.lock:
        for _ in range(2):
            press(seller.desk.key)
    assert seller.page.evaluate("tones") == [660], "switched off"
    dialog = seller.page.get_by_role("dialog", name=seller.text("touch.failed"), exact=True)
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog).to_contain_text(seller.text("touch.again_in", seconds=10))
    with seller.desk.bridge.lock:
        seller.desk.key.run(limits.CALM)
    seller.page.clock.fast_forward(1000 * limits.CALM)
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")


@pytest.mark.slow
def test_who_has_enough_of_it_cancels_and_the_end_is_in_view(seller: Seller) -> None:
    seller.is_ready()
    adds_five(seller)
    seller.opens("Shop 0")
    seller.removes()
    seller.is_asked()
    with seller.desk.bridge.lock:
        announced(seller.desk.key)
        make(seller.desk.key, "".join(str(5 - int(count)) for count in told()[0]))
    seller.sees("touch.failed")
    seller.agrees("cancel")
    seller.is_told("problems.withdrawn")
    shown = seller.page.locator(".notice.bad")
    expect(shown).to_be_focused()
    expect(shown).to_be_in_viewport(ratio=1)
    expect(seller.page.locator(".notice.good")).to_have_count(0)


def asks_to(seller: Seller, consent: str) -> None:
    """Have the page ask for something of that class."""
    if consent in (USE, CHANGE):
        seller.adds(SHOWN, "Amazon", "shop")
        seller.adds(SHOWN, "Amazon", "office")
        seller.opens("shop")
        seller.presses("account.code" if consent == USE else "account.choose")
        return
    seller.presses("home.lock")
    if consent == EVERYTHING:
        seller.wipes()
        return
    seller.presses("lock.pin_add")
    seller.sets_lock(PIN)


@pytest.mark.slow
@pytest.mark.parametrize("consent", [USE, CHANGE, ACCESS, EVERYTHING])
def test_its_drawing_blinks_as_the_key_does(consent: str, seller: Seller) -> None:
    seller.page.emulate_media(reduced_motion="no-preference")
    seller.is_ready()
    asks_to(seller, consent)
    seller.sees("touch.light", light=seller.text(f"touch.light_{consent}"))
    shown = seller.page.evaluate(
        """[...document.querySelectorAll("dialog.touch .asks")].map((part) => {
             const [{ effect }] = part.getAnimations();
             const { duration, iterations } = effect.getTiming();
             const frames = effect.getKeyframes();
             return {
               duration,
               endless: iterations === Infinity,
               frames: frames.map(({ offset, fillOpacity }) => [offset * duration, fillOpacity]),
             };
           })"""
    )
    assert len(shown) == 2, "the light, and how it shines"
    steps = ASKING[consent].steps
    begins = (0, *accumulate(steps))
    for part in shown:
        assert part["endless"]
        assert part["duration"] == sum(steps)
        # On and off by turns; the last frame is the first of the next round.
        frames = sorted(part["frames"])
        assert [at for at, _ in frames] == pytest.approx(begins, abs=1)
        assert [lit for _, lit in frames] == ["1", "0"] * (len(steps) // 2) + ["1"]
    seller.agrees("cancel")
    expect(seller.page.locator("dialog")).to_have_count(0)
