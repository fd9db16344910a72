"""Every sign that a board test knows: what is seen, and what to do. Each is listed here and nowhere else.

A sign is bad where the board is at fault, and open where the test cannot tell. Beside these there are those
of `doctor` (circuitpython, drive, files), `typing-…`, and `…-not-tried` for what a bench cannot do.
"""

from __future__ import annotations

from totpkey.i18n.translation import mark as _

_MODULE = _("Replace the clock module.")
_JOINTS = _("Look at the joints of the clock and of its two wires, with a lens; bridge or crack?")
_AGAIN = _("Unplug the board, plug it in, and test it again; if it stays, try another port and cable.")
_BUTTON = _("Try another button.")
_LED = _("Look at the LED, its polarity and its resistors.")
_PACE = (
    _("{ppm} ppm against this computer's clock (± {within}), and its data sheet allows {limit}"),
    _("Compare with another computer. A DS3231M may have 5 ppm. Else chip, crystal or load is wrong."),
)
_LOCK = _("Not the board's fault if another keyboard's light does not follow, either.")
_REPORT = _("Install it again, and report this.")

SIGNS: dict[str, tuple[str, str]] = {
    # Does it live?
    "nothing-answers": (
        _("nothing answers on USB"),
        _(
            "Plug it in with BOOT held. If no RPI-RP2 appears, measure 3V3 at TP1; then look at the crystal,"
            " D+ and D−, and RUN. If it does, look at the flash and at the image."
        ),
    ),
    "boot-loader-only": (
        _("only the boot loader answers"),
        _("Write the image. If RPI-RP2 comes back by itself, the flash does not answer: look at its joints."),
    ),
    "firmware-silent": (
        _("its port is there, and no firmware of a key answers: {cause}"),
        _("Write the image of this board. If it stays, look at crystal and flash."),
    ),
    "several-boards": (_("there are several boards"), _("Test one after the other.")),
    "key-in-use": (
        _("a key in use, with accounts or a lock, is plugged in: a board test is for a new board"),
        _("Unplug your own key. `totpkey doctor` looks at a key that is in use."),
    ),
    "gone": (_("it stopped answering and did not come back: {cause}"), _AGAIN),
    "restarted": (
        _("it restarted by itself: {cause}"),
        _("Look for a short that this step closes, at its supply, at RUN and at its plug."),
    ),
    "broken-off": (_("it stopped answering, and came back: {cause}"), _AGAIN),
    # Its flash
    "flash-size": (
        _("{found} MB, and {board} has {wanted} MB"),
        _("Another chip was fitted, or the image is another board's."),
    ),
    "flash-unsteady": (
        _("two reads of the same place differ"),
        _("Look at the joints of the flash and its capacitor."),
    ),
    "flash-empty": (_("it is empty, so its size cannot be seen"), _("Write the image, then test again.")),
    "flash-not-seen": (
        _("no board in its boot loader was seen"),
        _("Plug it in with BOOT held; the computer needs `pip install 'totpkey[verify]'`."),
    ),
    "flash-forgets": (
        _("{count} of {all} places for accounts do not keep what is written: {places}"),
        _("Replace the flash."),
    ),
    # Its button
    "button-stuck": (
        _("it is down, and nobody was asked to press it"),
        _("It is stuck, or its wire touches ground."),
    ),
    "button-dead": (_("no press arrives"), _("Check its two wires: one to its pin, one to ground.")),
    "button-bounces": (
        _("{bounces} times in {presses} presses two edges came within 25 ms, at least {shortest} ms apart"),
        _BUTTON,
    ),
    "button-misses": (_("only {presses} of {count} presses arrive"), _BUTTON),
    "button-more": (
        _("{presses} presses arrive, and {count} were asked for"),
        _("Count again, or try another."),
    ),
    # The clock's wires
    "clock-line-short": (_("{line} is low even against a pull-up: it touches ground"), _JOINTS),
    "clock-line-supply": (_("{line} cannot be pulled low: it touches 3V3"), _JOINTS),
    "clock-lines-joined": (_("SCL and SDA go low together: they touch each other"), _JOINTS),
    "clock-line-open": (
        _("{line} floats, and the other line does not: its pull-up or its joint is open"),
        _JOINTS,
    ),
    "clock-no-pull-ups": (
        _("SCL and SDA float"),
        _("Plug the module in, or check its power; clock modules have pull-ups."),
    ),
    "clock-wires-exchanged": (
        _("SCL and SDA are exchanged: with the two swapped, {all} answers"),
        _("Swap these two wires, or turn the module round."),
    ),
    "clock-dead": (
        _("only {all} answers, which is the memory beside the clock on such modules: the clock does not"),
        _MODULE,
    ),
    "clock-wrong-address": (
        _("{all} answers, which is no clock that the firmware knows"),
        _("Another chip was fitted, or its address pins are set."),
    ),
    "clock-crowded": (_("{count} addresses answer, and no module has so many chips"), _JOINTS),
    "clock-missing": (_("both lines are sound, and nothing answers on them"), _JOINTS),
    "clock-unknown": (_("this version does not know the clock chip {chip}"), _("Update the command.")),
    # The clock itself
    "clock-answers-ones": (
        _("the {chip} answers, and every bit is 1"),
        _("Look at its supply and its joints; then replace it."),
    ),
    "clock-transfers": (_("{wrong} of {all} reads of the {chip} arrive wrong"), _JOINTS),
    "clock-nonsense": (
        _("what the {chip} says is no time, so nothing can be computed of it"),
        _("Unplug it, wait a minute, and test again; if it stays, replace the clock module."),
    ),
    "clock-not-set": (
        _("it could not be set: {cause}"),
        _("Put the computer's clock right; look at the module."),
    ),
    "clock-stands-still": (
        _("the {chip}'s time stands still"),
        _("Look at its crystal and its solder, or replace the module."),
    ),
    "clock-stop-flag-stays": (
        _("its flag for a stopped oscillator stays although the clock was set"),
        _MODULE,
    ),
    "clock-register-dead": (
        _("its register {register} gives back {kept} instead of {wanted}"),
        _MODULE,
    ),
    "clock-register-idle": (
        _("the register that corrects its pace makes {found} ppm (± {within}) of {wanted}"),
        _MODULE,
    ),
    "register-unsure": (
        _("{found} ppm (± {within}) of {wanted}, too little to tell whether it has its effect"),
        _("Compare for longer (`--minutes`)."),
    ),
    "thermometer-dead": (
        _("its thermometer says {celsius} °C, and no room has that"),
        _("Replace the clock module: it corrects its pace by what it measures."),
    ),
    "thermometer-still": (
        _("it goes on saying {celsius} °C under a finger"),
        _("Try again with a warmer finger; if it stays, replace the clock module."),
    ),
    "clock-fast": _PACE,
    "clock-slow": _PACE,
    "pace-unsure": (
        _("{ppm} ppm, known to {within} ppm alone, and its data sheet allows {limit}"),
        _("Compare for {minutes} minutes (`--minutes`), at a computer whose clock is kept right."),
    ),
    # Its cell
    "cell-low": (_("missing or nearly empty"), _("Put in a new one, then test again.")),
    "cell-off": (_("not used by the chip"), _("Unplug the board, plug it in, and test it again.")),
    "cell-dead": (
        _("the clock lost its time at each of {all} cuts"),
        _("Put in a cell, or a new one; look at its holder's springs and its polarity."),
    ),
    "cell-loose": (
        _("the clock lost its time at {count} of {all} cuts: {which}"),
        _("Look at the cell's holder: its springs, its joints, dirt."),
    ),
    "clock-off-after-cut": (
        _("the clock was off by up to {seconds} s after {count} of {all} cuts"),
        _("It does not count as it should on its cell: replace the clock module."),
    ),
    # What a person sees
    "light-dark": (_("it stays dark"), _LED),
    "light-dark-colour": (_("one colour stays dark: {seen}"), _LED),
    "light-exchanged": (
        _("colours are exchanged: {seen}"),
        _("The LED sits the wrong way round, or is one with another order of colours."),
    ),
    "light-wrong": (_("wrong colours: {seen}"), _LED),
    "typing-pauses": (_("{detail}"), _("This computer was busy, perhaps: test again.")),
    "numlock-not-reported": (_("the key did not see NumLock change"), _LOCK),
    "capslock-not-reported": (_("the key did not see CapsLock change"), _LOCK),
    "locks-not-reported": (
        _("the computer has not reported its lock keys; with all of them off, many do not"),
        _("Switch on NumLock, then test again."),
    ),
    "element-missing": (
        _("no secure element answers, and this board should have one"),
        _("Check its four wires and its supply."),
    ),
    # Power
    "sleep-not-seen": (_("the computer kept the key's port awake"), _("Try another port.")),
    "restarted-in-sleep": (_("it lost its power while the computer slept"), _("Try another port.")),
    "watchdog-dead": (
        _("the watchdog did not restart it"),
        _("Unplug the board and plug it in again. Report this: the chip has a watchdog of its own."),
    ),
    "watchdog-time": (
        _("the watchdog restarted it after {seconds} s instead of 8"),
        _("Look at the crystal: the chip's time follows it."),
    ),
    "not-back-after-watchdog": (_("the watchdog bit, and it did not come back"), _AGAIN),
    "not-back-after-cut": (_("after cut {number} it did not come back"), _REPORT),
    "files-damaged-by-cut": (_("after cut {number} a file of its firmware is damaged"), _REPORT),
    "accounts-after-cut": (_("after cut {number} it is no new key any more"), _REPORT),
    "cuts-not-done": (_("{done} of {count}: it was not pulled out"), _("Test it again.")),
}
#: Bad signs of a board with which no conversation begins.
DEAD_SIGNS = ("nothing-answers", "boot-loader-only", "firmware-silent")
