"""Mutants of code that no test can notice, with the reason."""

from __future__ import annotations

#: By the module's path, what stood there, and what replaced it.
SURVIVORS: dict[tuple[str, str, str], str] = {}
