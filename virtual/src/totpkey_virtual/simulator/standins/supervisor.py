"""`supervisor`, `sys` and `traceback`, and `print`: CircuitPython about itself."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

from totpkey_virtual.boards import Identity
from totpkey_virtual.simulator.context import Context, NextCode, Outcome, Reload, constants, module
from totpkey_virtual.simulator.loader import describe
from totpkey_virtual.simulator.machine import MS
from totpkey_virtual.simulator.standins.python import sys_module

#: `ticks_ms` wraps here, for the first time about 65 s after a reset.
TICKS_PERIOD = 1 << 29
TICKS_START = TICKS_PERIOD - 65536

RunReason: Any = constants(
    "supervisor.RunReason", "STARTUP", "AUTO_RELOAD", "SUPERVISOR_RELOAD", "REPL_RELOAD"
)
SafeModeReason: Any = constants(
    "supervisor.SafeModeReason",
    *("NONE", "BROWNOUT", "FLASH_WRITE_FAIL", "GC_ALLOC_OUTSIDE_VM", "HARD_FAULT", "INTERRUPT_ERROR"),
    *("NLR_JUMP_FAIL", "NO_CIRCUITPY", "NO_HEAP", "PROGRAMMATIC", "SAFE_MODE_PY_ERROR", "STACK_OVERFLOW"),
    *("USB_BOOT_DEVICE_NOT_INTERFACE_ZERO", "USB_TOO_MANY_ENDPOINTS", "USB_TOO_MANY_INTERFACE_NAMES"),
    *("USER", "WATCHDOG"),
)


def ticks_ms(context: Context, moment: int | None = None) -> int:
    """Milliseconds since reset, now or at a `moment` of device time, wrapped to a small integer."""
    moment = context.machine.now if moment is None else moment
    return (TICKS_START + (moment - context.chip.booted_at) // MS) % TICKS_PERIOD


class Runtime:
    """`supervisor.runtime`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.autoreload = True

    @property
    def usb_connected(self) -> bool:
        self._context.call()
        return self._context.chip.usb.is_running()

    @property
    def run_reason(self) -> object:
        return getattr(RunReason, self._context.chip.run_reason)

    @property
    def safe_mode_reason(self) -> object:
        return getattr(SafeModeReason, self._context.chip.safe_mode or "NONE")


def print_function(context: Context) -> Callable[..., None]:
    """The built-in `print`, which returns at once because no console is open."""

    def write(*values: object, sep: str = " ", end: str = "\n", file: Any = None) -> None:
        context.call()
        text = sep.join(map(str, values)) + end
        if file is None:
            context.chip.print(text)
        else:
            file.write(text)

    return write


def modules(context: Context) -> list[ModuleType]:
    return [_supervisor(context), _traceback(context), sys_module(context)]


def _supervisor(context: Context) -> ModuleType:
    chip = context.chip

    def ticks() -> int:
        context.call()
        return ticks_ms(context)

    def reload() -> None:
        context.call()
        raise Reload

    def get_previous_traceback() -> str | None:
        return chip.previous_traceback or None

    def set_usb_identification(
        manufacturer: str | None = None, product: str | None = None, vid: int = -1, pid: int = -1
    ) -> None:
        """In code.py it is too late to have an effect."""
        context.call()
        if chip.usb.attached:
            return
        old = chip.usb.identity
        vendor_id, product_id = (vid if vid >= 0 else old.vendor_id), (pid if pid >= 0 else old.product_id)
        chip.usb.identity = Identity(
            vendor_id, product_id, manufacturer or old.manufacturer, product or old.product
        )

    return module(
        "supervisor",
        runtime=Runtime(context),
        RunReason=RunReason,
        SafeModeReason=SafeModeReason,
        ticks_ms=ticks,
        reload=reload,
        get_previous_traceback=get_previous_traceback,
        set_usb_identification=set_usb_identification,
        set_next_code_file=_set_next_code_file(context),
    )


def _set_next_code_file(context: Context) -> Callable[..., None]:
    def set_next_code_file(
        filename: str | None,
        *,
        reload_on_success: bool = False,
        reload_on_error: bool = False,
        sticky_on_success: bool = False,
        sticky_on_error: bool = False,
        sticky_on_reload: bool = False,
    ) -> None:
        """Applies to the next run, not to the one that calls it."""
        context.call()
        reload_on = {Outcome.DONE: reload_on_success, Outcome.FAILED: reload_on_error}
        sticky_on = {
            Outcome.DONE: sticky_on_success,
            Outcome.FAILED: sticky_on_error,
            Outcome.RELOAD: sticky_on_reload,
        }
        path = None if filename is None else context.path(filename)
        context.chip.next_code = NextCode(path, _chosen(reload_on), _chosen(sticky_on))

    return set_next_code_file


def _chosen(choices: dict[Outcome, bool]) -> set[Outcome]:
    return {outcome for outcome, chosen in choices.items() if chosen}


def _traceback(context: Context) -> ModuleType:
    def print_exception(
        exc: BaseException,
        value: BaseException | None = None,
        tb: TracebackType | None = None,
        limit: int | None = None,
        file: Any = None,
        chain: bool = True,
    ) -> None:
        """Prints like an uncaught exception; `exc` is the exception, or its type as in old Python."""
        context.call()
        text = describe(exc if value is None else value)
        if file is None:
            context.chip.print(text)
        else:
            file.write(text)

    return module("traceback", print_exception=print_exception)
