"""The table of all edits that seal a CircuitPython image: what each is for, and what it changes where.

The listings are those of published images (docs/concepts/sealed-image.md says which were looked at). From
10.2 on they are built by another compiler, which takes other registers here and there.
Names are those of CircuitPython's and TinyUSB's sources. The text behind a semicolon is for readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from totpkey.i18n.translation import mark as _
from totpkey.sealing.listing import Listing, Place, callers
from totpkey_volume.circuitpython import SEALED

_MARK = SEALED.encode()


@dataclass(frozen=True)
class Change:
    """Bytes at an offset in flash, and what comes in their place."""

    at: int
    before: bytes
    after: bytes


class Part(Protocol):
    """A place that an edit changes."""

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        """The changes at each place that fits; with `edited`, at each that is changed already."""
        ...


@dataclass(frozen=True)
class Code:
    """A function. `calls`: how what it calls begins, by name; `called`: from how many places in the image."""

    text: str
    calls: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, int] = field(default_factory=dict)

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        listing = Listing.read(self.text)
        return [
            [Change(*change) for change in listing.changes(place)]
            for place in listing.find(image, edited)
            if self._calls_fit(place)
        ]

    def _calls_fit(self, place: Place) -> bool:
        return all(
            Listing.read(text).at(place.image, place.calls[name]) for name, text in self.calls.items()
        ) and all(
            len(callers(place.image, place.calls[name])) == times for name, times in self.called.items()
        )


@dataclass(frozen=True)
class AnyOf:
    """A function that compilers have built differently."""

    variants: tuple[Code, ...]

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        return [changes for variant in self.variants for changes in variant.find(image, edited)]


@dataclass(frozen=True)
class Version:
    """The date of the build in a text, behind the version: it makes room for the mark.

    `before` and `after`: what stands around it. A sealed image keeps the date's six digits.
    """

    before: bytes
    after: bytes

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        date = re.escape(_MARK) + rb" (\d\d)(\d\d)(\d\d)" if edited else rb" on 20(\d\d)-(\d\d)-(\d\d)"
        pattern = self.before + rb"\d+\.\d+\.\d+[-.\w]*(?P<date>" + date + rb")" + self.after
        return [[self._change(found)] for found in re.finditer(pattern, image)]

    @staticmethod
    def _change(found: re.Match[bytes]) -> Change:
        _date, year, month, day = found.groups()
        official = b" on 20%s-%s-%s" % (year, month, day)
        return Change(found.start("date"), official, _MARK + b" " + year + month + day)


@dataclass(frozen=True)
class Edit:
    """One edit. `door`: what stays open without it; `reason`: what it does, and why."""

    name: str
    door: str
    reason: str
    parts: tuple[Part, ...]

    def places(self, image: bytes, edited: bool = False) -> Iterator[list[Change]]:
        """For each part its changes; an empty list where it is not found exactly once."""
        for part in self.parts:
            found = part.find(image, edited)
            yield found[0] if len(found) == 1 else []


#: reset_usb_boot: asks the boot ROM for the function 'UB'.
_RESET_USB_BOOT = """
        2300                    ; movs r3, #0
        b570                    ; push {r4, r5, r6, lr}
        0004                    ; movs r4, r0
        000d                    ; movs r5, r1
        8a98                    ; ldrh r0, [r3, #20]
        ldr r1 = 00004255       ; 'U', 'B'
        8b1b                    ; ldrh r3, [r3, #24]
        4798                    ; blx r3
"""
#: A call of a function in SRAM.
_VENEER = """
        b401                    ; push {r0}
        ldr r0 = 20??????
        4684                    ; mov ip, r0
        bc01                    ; pop {r0}
        4760                    ; bx ip
"""
_GET_DEVICE = """
        b5f0                    ; push {r4, r5, r6, r7, lr}
        46d6                    ; mov lr, r10
        4646                    ; mov r6, r8
        464f                    ; mov r7, r9
        b5c0                    ; push {r6, r7, lr}
        ldr r3 = 20??????       ; how many devices there are
        4692                    ; mov r10, r2
        681b                    ; ldr r3, [r3]
        4698                    ; mov r8, r3
        2b00                    ; cmp r3, #0
        dd42                    ; ble: none
        2358                    ; movs r3, #88    ; the size of one
"""

_GET_DEVICE_10_2 = """
        b5f0                    ; push {r4, r5, r6, r7, lr}
        46d6                    ; mov lr, r10
        464f                    ; mov r7, r9
        4646                    ; mov r6, r8
        b5c0                    ; push {r6, r7, lr}
        ldr r3 = 20??????       ; how many devices there are
        468c                    ; mov r12, r1
        681b                    ; ldr r3, [r3]
        4692                    ; mov r10, r2
        4699                    ; mov r9, r3
        2b00                    ; cmp r3, #0
        dd3c                    ; ble: none
"""


def _with(text: str, instructions: Mapping[str, str]) -> str:
    """A listing in which some instructions, each of them there once, are others."""
    for before, after in instructions.items():
        text, count = re.subn(rf"(?m)^((?:\w+:)?\s*){before}\b", rf"\g<1>{after}", text)
        if count != 1:
            raise ValueError(f"{before} is there {count} times")
    return text


_LINE_STATE = Code(
    """
        b500                    ; push {lr}
        b083                    ; sub sp, #12
        2900                    ; cmp r1, #0      ; DTR
        bne connected
        4669                    ; mov r1, sp
        2000                    ; movs r0, #0     ; interface 0
        bl get_line_coding
        2396                    ; movs r3, #150
        9a00                    ; ldr r2, [sp]
        00db                    ; lsls r3, r3, #3 ; 1200
        429a                    ; cmp r2, r3
        beq reset => nop
leave:  b003                    ; add sp, #12
        bd00                    ; pop {pc}
connected: 2001                 ; movs r0, #1
        bl request_status_bar
        b leave
reset:  bl reset_to_bootloader
    """,
    {
        "get_line_coding": """
        0002                    ; movs r2, r0
        00d3                    ; lsls r3, r2, #3
        b510                    ; push {r4, lr}
        189b                    ; adds r3, r3, r2
        00db                    ; lsls r3, r3, #3
        0008                    ; movs r0, r1
        ldr r1 = 20??????
        189b                    ; adds r3, r3, r2
        00db                    ; lsls r3, r3, #3
        2207                    ; movs r2, #7     ; the size of a line coding
        1859                    ; adds r1, r3, r1
        bl memcpy
        bd10                    ; pop {r4, pc}
        """,
        "reset_to_bootloader": """
        2100                    ; movs r1, #0
        2000                    ; movs r0, #0
        b510                    ; push {r4, lr}
        bl reset_usb_boot
        """,
    },
    # The other one is Python's own: `microcontroller.on_next_reset`.
    {"reset_to_bootloader": 2},
)

_LINE_STATE_10_2 = replace(
    _LINE_STATE,
    calls={
        **_LINE_STATE.calls,
        "get_line_coding": """
        0003                    ; movs r3, r0
        0008                    ; movs r0, r1
        00d9                    ; lsls r1, r3, #3
        b510                    ; push {r4, lr}
        18c9                    ; adds r1, r1, r3
        00c9                    ; lsls r1, r1, #3
        18c9                    ; adds r1, r1, r3
        ldr r3 = 20??????
        00c9                    ; lsls r1, r1, #3
        2207                    ; movs r2, #7     ; the size of a line coding
        18c9                    ; adds r1, r1, r3
        bl memcpy
        bd10                    ; pop {r4, pc}
        """,
    },
)

_SAFE_MODE_WAIT = Code(
    """
        b5f8                    ; push {r3, r4, r5, r6, r7, lr}
        bl get_saved_word
        0006                    ; movs r6, r0
        ldr r3 = ad0000af       ; what guards a saved reason
        ldr r0 = ff0000ff
        4030                    ; ands r0, r6
        4298                    ; cmp r0, r3
        bne fresh
        0a37                    ; lsrs r7, r6, #8
        b2ff                    ; uxtb r7, r7
        2f00                    ; cmp r7, #0
        bne saved               ; a reason of its own: a hard fault, for example
fresh:  2200                    ; movs r2, #0
        ldr r3 = 20??????
        701a                    ; strb r2, [r3]
        bl get_reset_reason
        2806                    ; cmp r0, #6
        bhi none
        2355                    ; movs r3, #0x55  ; power-on, software, reset pin, unknown
        40c3                    ; lsrs r3, r0
        07db                    ; lsls r3, r3, #31
        bpl none => b none
        ldr r0 = ad0011af       ; safe mode by a person's wish, should a reset come now
        bl set_saved_word
        bl status_led_init
        bl ticks_ms
        0004                    ; movs r4, r0
        000d                    ; movs r5, r1
        2000                    ; movs r0, #0
        2100                    ; movs r1, #0
round:  22fa                    ; movs r2, #250
        2300                    ; movs r3, #0
        bl divide
        2b00                    ; cmp r3, #0
        bne dark
        2a7c                    ; cmp r2, #124
        bhi dark
        ldr r0 = ????????
        bl status_colour
        bl boot_button_pressed
        2800                    ; cmp r0, #0
        bne pressed
look:   bl ticks_ms
        1b00                    ; subs r0, r0, r4
        41a9                    ; sbcs r1, r5
        2900                    ; cmp r1, #0
        bne over
        23fa                    ; movs r3, #250
        009b                    ; lsls r3, r3, #2 ; 1000 ms
        4298                    ; cmp r0, r3
        bcc round
over:   2000                    ; movs r0, #0
        bl status_colour
        bl status_led_deinit
        0030                    ; movs r0, r6
        bl set_saved_word
none:   2700                    ; movs r7, #0     ; no safe mode
leave:  0038                    ; movs r0, r7
        bdf8                    ; pop {r3, r4, r5, r6, r7, pc}
dark:   2000                    ; movs r0, #0
        bl status_colour
        bl boot_button_pressed
        2800                    ; cmp r0, #0
        beq look
pressed: 2000                   ; movs r0, #0
        bl status_colour
        2711                    ; movs r7, #17
        bl status_led_deinit
        b leave
saved:  bl set_saved_word
        ldr r3 = 20??????
        701f                    ; strb r7, [r3]
        b leave
    """,
    {
        "get_reset_reason": """
        b510                    ; push {r4, lr}
        ldr r3 = 40064000       ; VREG_AND_CHIP_RESET
        689b                    ; ldr r3, [r3, #8] ; CHIP_RESET
        """
    },
)

#: The reason is in r4 in place of r7, so the function saves fewer registers.
_SAFE_MODE_WAIT_10_2 = replace(
    _SAFE_MODE_WAIT,
    text=_with(
        _SAFE_MODE_WAIT.text,
        {
            "b5f8": "b570",
            "0a37": "0a34",
            "b2ff": "b2e4",
            "2f00": "2c00",
            "2700": "2400",
            "0038": "0020",
            "bdf8": "bd70",
            "2711": "2411",
            "701f": "701c",
        },
    ),
)

_DOUBLE_RESET = Code(
    """
        b510                    ; push {r4, lr}
        ldr r4 = 20??????       ; three words of RAM that a reset leaves alone
        ldr r3 = f01681de
        6822                    ; ldr r2, [r4]
        429a                    ; cmp r2, r3
        bne arm => b disarm
        ldr r3 = bd729b29
        6862                    ; ldr r2, [r4, #4]
        429a                    ; cmp r2, r3
        bne arm
        ldr r3 = d359be7a
        68a2                    ; ldr r2, [r4, #8]
        429a                    ; cmp r2, r3
        bne arm
        2001                    ; movs r0, #1
        2300                    ; movs r3, #0
        2200                    ; movs r2, #0
        2100                    ; movs r1, #0
        4240                    ; negs r0, r0
        6023                    ; str r3, [r4]
        bl reset_usb_boot
arm:    ldr r3 = f01681de
        2100                    ; movs r1, #0
        6023                    ; str r3, [r4]
        ldr r3 = bd729b29
        ldr r0 = 00030d40       ; 200 000 us
        6063                    ; str r3, [r4, #4]
        ldr r3 = d359be7a
        60a3                    ; str r3, [r4, #8]
        bl busy_wait
disarm: 2300                    ; movs r3, #0
        6023                    ; str r3, [r4]
        bd10                    ; pop {r4, pc}
    """,
    {"reset_usb_boot": _RESET_USB_BOOT},
)

_SEND_REPORT = Code(
    """
        bl validate_length
        2500                    ; movs r5, #0
        bl ticks_ms
        00e4                    ; lsls r4, r4, #3 ; 250 * 8: 2000 ms
        1824                    ; adds r4, r4, r0
        414d                    ; adcs r5, r1
        b time
again:  2000                    ; movs r0, #0
        bl hid_ready
        2800                    ; cmp r0, #0
        bne send
wait:   bl background
time:   bl ticks_ms
        428d                    ; cmp r5, r1
        bhi again => bhi send
        bne send => bne busy
        4284                    ; cmp r4, r0
        bhi again => bls busy
send:   bl suspended
        2800                    ; cmp r0, #0
        bne wake => bne leave
        2000                    ; movs r0, #0
        bl hid_ready
        2800                    ; cmp r0, #0
        beq busy => beq wait
        003b                    ; movs r3, r7
        4642                    ; mov r2, r8
        0031                    ; movs r1, r6
        2000                    ; movs r0, #0
        bl hid_report
        2800                    ; cmp r0, #0
        bne leave
        ldr r1 = 10??????       ; USB error
        ldr r0 = 10??????
        bl raise
wake:   bl remote_wakeup
leave:  bc80                    ; pop {r7}
        46b8                    ; mov r8, r7
        bdf0                    ; pop {r4, r5, r6, r7, pc}
        2306                    ; movs r3, #6
        e7c6                    ; b
        2300                    ; movs r3, #0
        e7c4                    ; b
        2301                    ; movs r3, #1
        e7c2                    ; b
        2302                    ; movs r3, #2
        e7c0                    ; b
        2303                    ; movs r3, #3
        e7be                    ; b
        2304                    ; movs r3, #4
        e7bc                    ; b
busy:   ldr r1 = 10??????       ; USB busy
        ldr r0 = 10??????
        bl raise
    """,
    {
        "hid_ready": """
        b510                    ; push {r4, lr}
        0042                    ; lsls r2, r0, #1
        ldr r3 = 20??????
        1812                    ; adds r2, r2, r0
        0092                    ; lsls r2, r2, #2
        189b                    ; adds r3, r3, r2
        785c                    ; ldrb r4, [r3, #1] ; the endpoint
        bl mounted
        2800                    ; cmp r0, #0
        bne up
no:     2000                    ; movs r0, #0
        bd10                    ; pop {r4, pc}
up:     bl suspended
        2800                    ; cmp r0, #0
        bne no
        """,
        "suspended": """
        ldr r3 = 20??????
        7818                    ; ldrb r0, [r3]
        0740                    ; lsls r0, r0, #29
        0fc0                    ; lsrs r0, r0, #31
        4770                    ; bx lr
        """,
        "remote_wakeup": """
        b510                    ; push {r4, lr}
        ldr r2 = 20??????
        7813                    ; ldrb r3, [r2]
        075b                    ; lsls r3, r3, #29
        0fdc                    ; lsrs r4, r3, #31
        2b00                    ; cmp r3, #0
        bge leave
        2318                    ; movs r3, #24   ; the device offers it, and the computer allows it
        7812                    ; ldrb r2, [r2]
        4013                    ; ands r3, r2
        2b18                    ; cmp r3, #24
        beq do
        2400                    ; movs r4, #0
leave:  0020                    ; movs r0, r4
        bd10                    ; pop {r4, pc}
do:     ldr r3 = 20??????
        7818                    ; ldrb r0, [r3]
        bl dcd_remote_wakeup
        """,
    },
    {"remote_wakeup": 1},
)

_GET_REPORT = Code(
    """
        b530                    ; push {r4, r5, lr}
        b083                    ; sub sp, #12
        0008                    ; movs r0, r1     ; report id
        4669                    ; mov r1, sp
        8b0c                    ; ldrh r4, [r1, #24] ; how many bytes the computer asks for
        2102                    ; movs r1, #2
        001d                    ; movs r5, r3     ; where they are to go
        438a                    ; bics r2, r1
        2a01                    ; cmp r2, #1      ; an input or a feature report
        beq known
no:     2000                    ; movs r0, #0
leave:  b003                    ; add sp, #12
        bd30                    ; pop {r4, r5, pc}
known:  4669                    ; mov r1, sp
        aa01                    ; add r2, sp, #4
        bl get_device
        2800                    ; cmp r0, #0
        beq no
        9b01                    ; ldr r3, [sp, #4] ; which of the device's reports
        9a00                    ; ldr r2, [sp]    ; the device
        3302 => 1c99            ; adds r3, #2           => adds r1, r3, #2
        009b => 0089            ; lsls r3, r3, #2       => lsls r1, r1, #2
        5899 => 5889            ; ldr r1, [r3, r2]      => ldr r1, [r1, r2] ; the report's buffer
        2900 => 3346            ; cmp r1, #0            => adds r3, #70     ; in_report_lengths
        beq no => 5cd4          ;                       => ldrb r4, [r2, r3]
        0022                    ; movs r2, r4
        0028                    ; movs r0, r5
        bl memcpy
        0020                    ; movs r0, r4
        b leave
    """,
    {"get_device": _GET_DEVICE, "memcpy": _VENEER},
)

_GET_REPORT_10_2 = Code(
    _GET_REPORT.text.replace(
        _GET_REPORT.text.partition("        438a")[0],
        """
        b530                    ; push {r4, r5, lr}
        b083                    ; sub sp, #12
        001d                    ; movs r5, r3     ; where they are to go
        466b                    ; mov r3, sp
        8b1c                    ; ldrh r4, [r3, #24] ; how many bytes the computer asks for
        2302                    ; movs r3, #2
        0008                    ; movs r0, r1     ; report id
""",
    ).replace("438a                    ; bics r2, r1", "439a                    ; bics r2, r3"),
    {"get_device": _GET_DEVICE_10_2, "memcpy": _VENEER},
)

_SET_REPORT = Code(
    """
        b5f0                    ; push {r4, r5, r6, r7, lr}
        b083                    ; sub sp, #12
        001c                    ; movs r4, r3     ; the bytes that came
        466b                    ; mov r3, sp
        8c1d                    ; ldrh r5, [r3, #32] ; how many
        2300                    ; movs r3, #0
        0008                    ; movs r0, r1     ; report id
        466e                    ; mov r6, sp
        9300                    ; str r3, [sp]    ; no device
        af01                    ; add r7, sp, #4
        2900                    ; cmp r1, #0
        bne look
        003a                    ; movs r2, r7
        4669                    ; mov r1, sp
        2000                    ; movs r0, #0
        bl get_device
        2800                    ; cmp r0, #0
        bne without_id
first:  7820                    ; ldrb r0, [r4]   ; the first byte is the id
        3d01                    ; subs r5, #1
        3401                    ; adds r4, #1
        b2ad                    ; uxth r5, r5
        2800                    ; cmp r0, #0
        bne look => b look
        9b01                    ; ldr r3, [sp, #4]
        9a00                    ; ldr r2, [sp]
        3308                    ; adds r3, #8
        009b                    ; lsls r3, r3, #2
        5898                    ; ldr r0, [r3, r2]
take:   002a                    ; movs r2, r5
        0021                    ; movs r1, r4
        bl memcpy
        9a01                    ; ldr r2, [sp, #4]
        9b00                    ; ldr r3, [sp]
        189b                    ; adds r3, r3, r2
        2201                    ; movs r2, #1
        3338                    ; adds r3, #56
        701a                    ; strb r2, [r3]
leave:  b003                    ; add sp, #12
        bdf0                    ; pop {r4, r5, r6, r7, pc}
look:   003a                    ; movs r2, r7
        0031                    ; movs r1, r6
        bl get_device
        2800                    ; cmp r0, #0
        beq leave
        9b00                    ; ldr r3, [sp]
        2b00                    ; cmp r3, #0
        beq leave
        9901                    ; ldr r1, [sp, #4]
        000a                    ; movs r2, r1
        3208                    ; adds r2, #8
        0092                    ; lsls r2, r2, #2
        58d0                    ; ldr r0, [r2, r3]
        2800                    ; cmp r0, #0
        beq leave
        185b                    ; adds r3, r3, r1
        334c                    ; adds r3, #76
        781b                    ; ldrb r3, [r3]
        42ab                    ; cmp r3, r5
        bne leave
        b take
without_id: 9b00                ; ldr r3, [sp]
        2b00                    ; cmp r3, #0
        beq first
    """,
    {"get_device": _GET_DEVICE, "memcpy": _VENEER},
)

#: That r0 is 0 there is known: it is the report id.
_SET_REPORT_10_2 = Code(
    _SET_REPORT.text.replace("        2000                    ; movs r0, #0\n", ""),
    {"get_device": _GET_DEVICE_10_2, "memcpy": _VENEER},
)

EDITS = (
    Edit(
        "line-coding",
        _("while the key is in setup, any program can open its boot loader by the serial port (1200 baud)"),
        _("no reset to the boot loader by the serial port; Python's own request for it stays"),
        (AnyOf((_LINE_STATE, _LINE_STATE_10_2)),),
    ),
    Edit(
        "safe-mode",
        _("a second reset within a second of plugging in opens safe mode, with drive and console"),
        _("no wait of 1 s for a person who wishes safe mode; a crash still ends in safemode.py"),
        (AnyOf((_SAFE_MODE_WAIT, _SAFE_MODE_WAIT_10_2)),),
    ),
    Edit(
        "double-reset",
        _("a second reset within 0.2 s opens the boot loader"),
        _("no wait of 0.2 s for a second reset; the BOOT button stays"),
        (_DOUBLE_RESET,),
    ),
    Edit(
        "wake-up",
        _("a code that meets a computer just falling asleep waits 2 s and wakes it"),
        _("a report for a sleeping computer is dropped at once, and wakes nobody"),
        (_SEND_REPORT,),
    ),
    Edit(
        "get-report",
        _("a computer can read 55 bytes of the key's memory (GET_REPORT)"),
        _("GET_REPORT gives the report and no byte behind it"),
        (AnyOf((_GET_REPORT, _GET_REPORT_10_2)),),
    ),
    Edit(
        "set-report",
        _("a computer can crash the key (SET_REPORT without an id)"),
        _("SET_REPORT without an id is passed over, instead of being written through a null pointer"),
        (AnyOf((_SET_REPORT, _SET_REPORT_10_2)),),
    ),
    Edit(
        "name",
        _("the key cannot say that it is sealed"),
        _("CircuitPython's version says that it was changed"),
        (
            Version(rb"Adafruit CircuitPython ", rb"; "),
            Version(rb"(?<=\x00)", rb"\x00"),
        ),
    ),
)
