"""Stryker's mutants of the page's rules: all of a file at once, each behind a switch."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import page_packages
from tests.page import scripts
from tests.page.scripts import Outcome

PACKAGES = page_packages.Packages(
    page_packages.PAGE / "mutants", page_packages.ROOT / "build" / "page" / "mutants"
)
RULES = page_packages.PAGE / "src" / "rules"
_INSTRUMENT = page_packages.PAGE / "mutants" / "instrument.js"
_INSTRUMENTER = PACKAGES.modules / "@stryker-mutator" / "instrumenter" / "dist" / "src" / "index.js"


@dataclass(frozen=True)
class Mutant:
    """One changed place: the switch's name, the rule's file, and the lines as they were and became."""

    switch: str
    rule: str
    line: int
    old: str
    new: str

    def is_reached(self, outcome: Outcome) -> bool:
        """Whether a run of this rule, with all switches off, got to that place.

        What is evaluated with the module is of no use to others until they run the module's code, unless they
        have the value itself.
        """
        if self.switch in outcome.loaded and not self.old.startswith("export const "):
            return bool(outcome.hits)
        return outcome.count(self.switch) > 0

    def __str__(self) -> str:
        return f"{self.rule}, line {self.line}: `{self.old}` becomes `{self.new}`"


def source_of(rule: str) -> str:
    return (RULES / f"{rule}.js").read_text(encoding="utf-8")


def plain(text: str) -> str:
    """Text of a program, without its lines' ends and indents."""
    return " ".join(text.split())


def instrumented(rules: Sequence[str]) -> tuple[dict[str, str], list[Mutant]]:
    """The sources of rules with switches, and the mutants behind them. Raises CannotBuild without npm."""
    PACKAGES.install()
    sources = {rule: source_of(rule) for rule in rules}
    done = subprocess.run(
        [scripts.node(), str(_INSTRUMENT), str(_INSTRUMENTER)],
        input=json.dumps({f"{rule}.js": source for rule, source in sources.items()}),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    changed = {name.removesuffix(".js"): source for name, source in found["sources"].items()}
    return changed, [_mutant(entry, sources) for entry in found["mutants"]]


def _mutant(entry: dict[str, Any], sources: dict[str, str]) -> Mutant:
    """A mutant as Stryker tells it: the file, from where to where, what comes instead."""
    rule, begin, end = (
        entry["fileName"].removesuffix(".js"),
        entry["location"]["start"],
        entry["location"]["end"],
    )
    lines = sources[rule].splitlines()[begin["line"] : end["line"] + 1]
    # Its columns are UTF-16 units. The rules have no characters outside the first plane.
    new = lines[0][: begin["column"]] + entry["replacement"] + lines[-1][end["column"] :]
    return Mutant(entry["id"], rule, begin["line"] + 1, plain("\n".join(lines)), plain(new))
