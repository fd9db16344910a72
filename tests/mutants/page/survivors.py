"""Mutants of the page's rules that no test can notice, and why."""

from __future__ import annotations

#: By the rule's file, the lines as they stand there, and as they became.
SURVIVORS: dict[tuple[str, str, str], str] = {}
