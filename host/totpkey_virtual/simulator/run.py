"""One run of Python on the chip."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from . import timing
from .ending import Outcome, Reload
from .loader import Loader, describe
from .standins import built_in_modules, open_function, print_function

if TYPE_CHECKING:
    from .chip import Chip


class Run:
    """One run of Python: what it holds of the chip goes when it ends."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.machine = chip.machine
        self.directory = "/"
        self.pins_in_use: set[str] = set()
        self.cleanups: list[Callable[[], None]] = []
        #: What this run has imported from the drive.
        self.loaded: dict[str, ModuleType] = {}
        self.modules = built_in_modules(self)
        functions = {"open": open_function(self), "print": print_function(self)}
        self.loader = Loader(chip.flash, chip.drive, self.modules, self.loaded, functions, self._spend_loop)

    def _spend_loop(self) -> None:
        self.machine.spend(timing.LOOP)

    def call(self) -> None:
        """Charge for one call into a module."""
        self.machine.spend(timing.CALL)

    def path(self, name: str) -> str:
        """A path of the drive, made absolute."""
        return posixpath.normpath(posixpath.join(self.directory, name)).replace("//", "/")

    def execute(self, path: str) -> tuple[Outcome, str]:
        """Run a file to its end; how it ended, and the traceback if it failed."""
        try:
            self.loader.run(path)
        except SystemExit:
            return Outcome.DONE, ""
        except Reload:
            return Outcome.RELOAD, ""
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - as CircuitPython's main loop does
            return Outcome.FAILED, describe(error)
        return Outcome.DONE, ""
