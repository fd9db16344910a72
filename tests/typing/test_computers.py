"""What a key meets: sleep, wrong lights, echoing terminals, chargers, pulled cables, hangs."""

from __future__ import annotations

import pytest

from tests.support.desk import AMAZON, Desk
from tests.typing.typing_setups import ready, sit_down
from totpkey_virtual.key import VirtualKey

#: Time between two packets of the echo, in seconds.
_PACKET = 0.001


class EchoingTerminal:
    """An open terminal at which nobody types. `shown` is all that the key has sent."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self.shown = b""
        self.echoed = 0
        key.open_serial()

    def type(self, data: bytes) -> None:
        """Send `data` unchanged, as typed by a person or written by a program."""
        self._key.write_serial(data)

    def run(self, seconds: float) -> None:
        """Let time pass, and echo what the key sends."""
        end = self._key.uptime_ms + 1000 * seconds
        while self._key.uptime_ms < end:
            self._key.run(_PACKET)
            received = self._key.read_serial()
            self.shown += received
            for byte in received:
                # ICRNL reads a carriage return as a newline; ECHO and ONLCR send both back as CR LF.
                for sent in b"\r\n" if byte in b"\r\n" else bytes((byte,)):
                    self._key.write_serial(bytes((sent,)))
                    self._key.run(_PACKET)
                    self.echoed += 1

    def close(self) -> None:
        """Close in the middle of a line."""
        self._key.write_serial(b'{"id":9,"comm')
        self._key.run(_PACKET)
        self._key.close_serial()


def test_lights_that_lie_while_the_computer_wakes_up(desk: Desk) -> None:
    """NumLock is on all the time; before sleep its light goes off, and comes back late."""
    keyboard = sit_down(desk, num_lock=True)
    ready(desk)
    desk.computer.sleep()
    desk.key.run(2)
    desk.key.resume()
    desk.key.run(0.05)
    desk.away_from_the_boundary(AMAZON)
    before = len(desk.computer.text)
    # Now the key has been told "off", and nothing else yet.
    desk.key.press()
    desk.key.run(0.1)
    desk.key.set_host_leds(1)
    desk.key.run(1)
    assert desk.computer.text[before:] == desk.code(AMAZON)
    assert keyboard.num_lock
    desk.computer.sleep()
    desk.key.run(1)
    desk.computer.wake()
    desk.key.run(31)
    desk.expect_code(AMAZON)
    assert keyboard.num_lock


def test_an_echoing_terminal_is_no_conversation(desk: Desk) -> None:
    desk.plug_in()
    terminal = EchoingTerminal(desk.key)
    terminal.type(b'{"id":3,"command":"hello"}\n')
    terminal.run(1)
    assert terminal.shown.count(b"\n") == 1, "one question, one answer, however often that comes back"
    assert terminal.echoed > 100
    terminal.close()
    with desk.client() as client:
        assert client.hello().board == desk.key.board
        client.set_time(round(desk.key.true_time))
    assert desk.key.usb.reports == []


def test_at_a_charger_a_press_is_refused_and_nothing_is_kept_for_later(desk: Desk) -> None:
    ready(desk)
    desk.key.unplug()
    desk.key.at_a_computer = False
    desk.key.plug()
    desk.key.run(4)
    before = desk.key.uptime_ms
    desk.key.press()
    # Not for 2 s, as CircuitPython waits for a computer that is not there: the light answers at once.
    assert desk.key.run_until(lambda: any(desk.key.light), 0.2)
    assert desk.key.uptime_ms - before < 400
    assert desk.key.usb.reports == []
    desk.key.unplug()
    desk.key.at_a_computer = True
    desk.plug_in()
    desk.key.run(1)
    assert desk.computer.text == ""
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("taken", [0, 2])
def test_a_computer_that_hangs_within_a_code(desk: Desk, taken: int) -> None:
    """CircuitPython says "USB busy" after 2 s. The report that waits then is not to be taken later."""
    ready(desk)
    start = len(desk.key.usb.reports)
    if not taken:
        desk.key.set_polling(False)
    desk.key.set_button(True)
    assert desk.key.run_until(lambda: len(desk.key.usb.reports) - start >= taken, 1)
    desk.key.set_polling(False)
    desk.key.run(2.5)
    desk.key.set_button(False)
    before = desk.computer.text
    desk.key.set_polling(True)
    desk.key.run(6)
    assert desk.computer.text == before
    assert not desk.computer.stuck
    desk.key.run(31)
    desk.expect_code(AMAZON)
