"""`microcontroller`, `watchdog` and `alarm`: the chip itself, and memory that survives a reset."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

from totpkey_virtual.simulator import registers
from totpkey_virtual.simulator.context import Context, constants, module
from totpkey_virtual.simulator.machine import ChipReset
from totpkey_virtual.simulator.standins.pins import Pin, pin_of

WATCHDOG_MOST_SECONDS = 8
_RESET_REASONS = ("POWER_ON", "BROWNOUT", "SOFTWARE", "DEEP_SLEEP_ALARM", "RESET_PIN", "WATCHDOG", "UNKNOWN")
_RUN_MODES = ("NORMAL", "SAFE_MODE", "UF2", "BOOTLOADER")

ResetReason = constants("microcontroller.ResetReason", *_RESET_REASONS)
RunMode = constants("microcontroller.RunMode", *_RUN_MODES)
WatchDogMode = constants("watchdog.WatchDogMode", "RAISE", "RESET")


class ByteArray:
    """Memory with the interface of a bytearray, written through `store`."""

    def __init__(self, load: Callable[[], bytearray], store: Callable[[int, bytes], None]) -> None:
        self._load = load
        self._store = store

    def __len__(self) -> int:
        return len(self._load())

    def __getitem__(self, index: int | slice) -> int | bytearray:
        if isinstance(index, slice):
            return bytearray(self._load()[index])
        return self._load()[index]

    def __setitem__(self, index: int | slice, value: int | bytes | bytearray) -> None:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1 or isinstance(value, int):
                raise NotImplementedError("only slices with step=1 (aka None) are supported")
            if len(value) != max(0, stop - start):
                raise ValueError("Slice and value different lengths")
            self._store(start, bytes(value))
        elif isinstance(value, int):
            self._store(range(len(self))[index], bytes([value]))
        else:
            raise TypeError("can't convert to int")


class WatchDogTimer:
    """At most 8 s, and RESET only (ports/raspberrypi/common-hal/watchdog)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watchdog = context.chip.watchdog
        self._mode: object = None

    def feed(self) -> None:
        self._context.call()
        self._watchdog.feed()

    def deinit(self) -> None:
        self.mode = None

    @property
    def timeout(self) -> float:
        return self._watchdog.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        if not 0 <= int(seconds) <= WATCHDOG_MOST_SECONDS:
            raise ValueError("timeout must be <= 8")
        self._watchdog.timeout = float(seconds)
        self.feed()

    @property
    def mode(self) -> object:
        return self._mode

    @mode.setter
    def mode(self, mode: object) -> None:
        if mode is getattr(WatchDogMode, "RAISE"):  # noqa: B009 - made at run time
            raise NotImplementedError
        self._context.call()
        self._mode = mode
        self._watchdog.running = mode is not None
        self._watchdog.feed()


def modules(context: Context) -> list[ModuleType]:
    chip = context.chip

    def store_nvm(start: int, data: bytes) -> None:
        chip.flash.write_nvm(start, data, context.machine.hush)

    def store_sleep_memory(start: int, data: bytes) -> None:
        context.call()
        chip.sleep_memory[start : start + len(data)] = data

    numbered = registers.PinMemory(chip.wiring).pins
    processor = SimpleNamespace(
        uid=bytearray(chip.uid),
        reset_reason=getattr(ResetReason, chip.reset_reason),
    )
    controller = module(
        "microcontroller",
        cpu=processor,
        nvm=ByteArray(lambda: chip.flash.nvm, store_nvm),
        watchdog=WatchDogTimer(context),
        Pin=Pin,
        pin=SimpleNamespace(**{f"GPIO{number}": pin_of(name) for number, name in numbered.items()}),
        ResetReason=ResetReason,
        RunMode=RunMode,
        **_functions(context),
    )
    return [
        controller,
        module("watchdog", WatchDogMode=WatchDogMode),
        module("alarm", sleep_memory=ByteArray(lambda: chip.sleep_memory, store_sleep_memory)),
    ]


def _functions(context: Context) -> dict[str, Callable[..., None]]:
    chip = context.chip

    def reset() -> None:
        chip.drive.sync()
        context.machine.halt(ChipReset("SOFTWARE"))
        context.machine.spend(0)

    def on_next_reset(mode: object) -> None:
        names = {getattr(RunMode, name): name for name in _RUN_MODES}
        chip.next_safe_mode = "PROGRAMMATIC" if names[mode] == "SAFE_MODE" else None
        chip.next_is_bootloader = names[mode] in ("UF2", "BOOTLOADER")

    return {"reset": reset, "on_next_reset": on_next_reset}
