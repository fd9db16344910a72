"""Fuzz one target with atheris: `python -m tests.fuzz.one NAME [libFuzzer's options and folders]`.

It runs in a process of its own, because it ends the process when it is done or has found something.
"""

from __future__ import annotations

import pkgutil
import sys

import atheris

#: All that are ours, so that none is forgotten.
PACKAGES = [found.name for found in pkgutil.iter_modules() if found.name.startswith("totpkey")]

# What is measured for coverage must be imported under its eyes.
with atheris.instrument_imports(include=PACKAGES):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    atheris.Setup([sys.argv[0], f"-max_len={target.most}", *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
