"""A second Pico as finger and plug of a jig: CircuitPython's own program (docs/guide/board-test.md).

GP2 presses the board's button and GP3 its BOOT button, both by pulling to ground. GP4 is high while the board
has power. A line on the serial port begins something, and is answered at once:

    hello                           totpkey-finger 1
    press COUNT DOWN UP             press the button so often, for DOWN ms, with UP ms in between
    cut AFTER OFF [ON OFF ...]      after AFTER ms no power for OFF ms, then power for ON ms, and so on
    boot                            power up with BOOT held
"""

import board
import digitalio
import supervisor
import usb_cdc

NAME = "totpkey-finger 1"
_BUTTON_BOOT_POWER = ("GP2", "GP3", "GP4")
#: The longest time and the most presses that a line may ask for.
_LONGEST, _MOST = 60000, 100
#: Longer lines are no commands.
_LINE = 80
#: For `boot`, in ms: without power, and until BOOT is let go.
_OFF, _HELD = 2000, 500
#: `supervisor.ticks_ms` wraps.
_WRAP = 1 << 29


class Lines:
    """The wires to the board under test."""

    def __init__(self) -> None:
        self.button, self.boot, self.power = [
            digitalio.DigitalInOut(getattr(board, name)) for name in _BUTTON_BOOT_POWER
        ]
        for line in (self.button, self.boot):
            line.switch_to_output(True, digitalio.DriveMode.OPEN_DRAIN)
        self.power.switch_to_output(True)

    def rest(self) -> None:
        """Nobody touches the board, and it has power."""
        self.button.value = self.boot.value = self.power.value = True


class Finger:
    """Carries out one line at a time. The next line ends what is under way."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        #: What is to come: how long to wait before, a line, and its level.
        self._steps: list[tuple[int, digitalio.DigitalInOut, bool]] = []
        self._since = 0

    def obey(self, text: str, now: int) -> str:
        """Begin what a line asks for. Returns the answer."""
        name, *words = text.split()
        numbers = [int(word) for word in words if word.isdigit() and int(word) <= _LONGEST]
        steps = self._asked(name, numbers) if len(numbers) == len(words) else None
        if name == "hello":
            return NAME
        if steps is None:
            return "no"
        self._lines.rest()
        self._steps, self._since = steps, now
        return "ok"

    def _asked(
        self, name: str, numbers: "list[int]"
    ) -> "list[tuple[int, digitalio.DigitalInOut, bool]] | None":
        lines = self._lines
        if name == "press" and len(numbers) == 3 and numbers[0] <= _MOST:
            count, down, up = numbers
            return [(0, lines.button, False), (down, lines.button, True), (up, lines.button, True)] * count
        if name == "cut" and len(numbers) >= 2 and len(numbers) % 2 == 0:
            return [(wait, lines.power, bool(place % 2)) for place, wait in enumerate(numbers)]
        if name == "boot" and not numbers:
            return [
                (0, lines.power, False),
                (0, lines.boot, False),
                (_OFF, lines.power, True),
                (_HELD, lines.boot, True),
            ]
        return None

    def turn(self, now: int) -> None:
        """Do what is due."""
        while self._steps and (now - self._since) % _WRAP >= self._steps[0][0]:
            wait, line, level = self._steps.pop(0)
            self._since = (self._since + wait) % _WRAP
            line.value = level


def _answer(finger: Finger, line: bytes, now: int) -> str:
    try:
        text = line.decode().strip()
    except UnicodeError:
        return "no"
    return finger.obey(text, now) if text else ""


def main() -> None:
    """Serve forever."""
    port = usb_cdc.data
    if port is None:
        raise RuntimeError("boot.py is missing on this drive")
    port.timeout = 0
    finger, heard = Finger(Lines()), b""
    while True:
        now = supervisor.ticks_ms()
        finger.turn(now)
        heard += port.read(port.in_waiting) if port.in_waiting else b""
        line, ended, rest = heard.partition(b"\n")
        if ended:
            heard = rest
            answer = _answer(finger, bytes(line), now)
            if answer:
                port.write(f"{answer}\n".encode())
        elif len(heard) > _LINE:
            heard = b""


main()
