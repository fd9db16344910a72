"""One run of Python on the chip."""

from __future__ import annotations

from . import timing
from .context import ChipState, Context
from .ending import Outcome, Reload
from .loader import Loader, describe
from .standins import built_in_modules, open_function, print_function


class Run:
    """One run of Python, with modules of its own."""

    def __init__(self, chip: ChipState) -> None:
        self.context = context = Context(chip)
        context.modules.update(built_in_modules(context))
        functions = {"open": open_function(context), "print": print_function(context)}
        self.loader = Loader(
            chip.flash, chip.drive, context.modules, context.loaded, functions, self._spend_loop
        )

    def _spend_loop(self) -> None:
        self.context.machine.pass_by(timing.LOOP)

    def execute(self, path: str) -> tuple[Outcome, str]:
        """Run a file to its end. Returns how it ended, and the traceback if it failed."""
        try:
            self.loader.run(path)
        except SystemExit:
            return Outcome.DONE, ""
        except Reload:
            return Outcome.RELOAD, ""
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - as CircuitPython's main loop does
            return Outcome.FAILED, describe(error)
        return Outcome.DONE, ""
