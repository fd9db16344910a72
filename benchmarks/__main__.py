"""Measure and print all tables; with --write, also save them in docs/reference/performance.md.

It fails if a figure is above its limit.

make bench
python -m benchmarks --write
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random
from unittest.mock import patch

from benchmarks import chip, emulation, host
from benchmarks.chip import INTERVAL, Bench, Typing
from benchmarks.host import COUNT, against_empty, command, of_imports, with_key, worst_imports
from tests.support.images import sealed_images
from totpkey_virtual.chip.images import NONE_AT_HAND
from written_parts import put

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "performance.md"
BEGIN, END = "<!--measured-->", "<!--end-->"
COUNTS = (1, 250)
#: What a key may take at most, and one press for all of its accounts, in ms.
LIMITS = {"first report": 370, "first answer": 800, "add": 190, "batch": 17_000}


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a Markdown table whose columns are also aligned in a terminal."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def limited(name: str, value: float, over: list[str]) -> str:
    """Return a figure; in `over` note one that is above its limit."""
    if value > LIMITS[name]:
        over.append(f"{name}: {ms(value)}, at most {ms(LIMITS[name])}")
    return ms(value)


def key_rows(bench: Bench, over: list[str]) -> list[list[str]]:
    """Return start, press and `add` figures for each number of accounts."""
    columns: list[list[str]] = []
    for count in COUNTS:
        # List and bucket are longer in a full vault, and AES takes 8 ms for each KB of them.
        alone = over if count == COUNTS[0] else []
        desk, adding = bench.provisioned(count)
        typing, inside = bench.typing(desk), bench.inside(count)
        ready, first = bench.ready(desk)
        columns.append(
            [
                ms(bench.configured(desk)),
                ms(ready),
                limited("first report", first, over),
                limited("first answer", bench.answer(desk), over),
                *typed(typing),
                limited("add", adding.milliseconds, alone),
                str(adding.erases),
                str(adding.programs),
                f"{inside['heap'] / 1000:.1f} kB",
            ]
        )
    names = [
        "power-on to configured by the computer",
        "power-on to the first press that types",
        "power-on to its first report",
        "restart into setup to its first answer",
    ]
    names += ["press edge to first report", "press edge to last report", "reports for six digits"]
    names += ["adding one more account", "flash sectors erased for it", "flash pages programmed for it"]
    names += ["heap free while running"]
    return [[name, *values] for name, values in zip(names, zip(*columns, strict=True), strict=True)]


def typed(typing: Typing) -> list[str]:
    return [ms(typing.first), ms(typing.last), str(typing.reports)]


def chip_tables(bench: Bench, over: list[str]) -> list[str]:
    lines = [f"Image: `{bench.image.name}`.", ""]
    lines += table(
        ["key, device time", *(f"{count} account{'s' * (count > 1)}" for count in COUNTS)],
        key_rows(bench, over),
    )
    lines += [
        "",
        f"Adding {COUNTS[-1]} accounts by one press takes"
        f" {limited('batch', bench.batch(COUNTS[-1]), over)} of device time.",
        f"A PIN opens such a key in {ms(bench.opening(COUNTS[-1]))}, from the release that ends it.",
    ]
    desk, _ = bench.provisioned(1)
    ours, theirs = bench.typing(desk), bench.common_way()
    limit = INTERVAL * ours.reports
    pairs = {
        "press edge to first report": (ours.first, theirs.first),
        "press edge to last report, median": (ours.last, theirs.last),
        "… at worst": (ours.worst, theirs.worst),
    }
    rows = [[name, ms(our), ms(their), f"{their / our:.1f} ×"] for name, (our, their) in pairs.items()]
    rows += [
        ["reports", str(ours.reports), str(theirs.reports), ""],
        [f"at worst / limit of {limit} ms", f"{ours.worst / limit:.2f}", f"{theirs.worst / limit:.2f}", ""],
    ]
    lines += ["", *table(["typing six digits", "totpkey", "the common way", "ratio"], rows)]
    inside = bench.inside(1)
    rows = [[name, f"{inside[name] / 1000:.2f} ms"] for name in ("SHA1", "SHA256", "SHA512")]
    lines += ["", *table(["one code, 20-byte secret", "device time"], rows)]
    rows = [[name, ms(took)] for name, took in chip.with_element(bench.image).items()]
    return [*lines, "", *table(["with a secure element", "device time"], rows)]


def host_tables() -> list[str]:
    rows = []
    for name, (ours, empty) in {
        "`totpkey --version`": against_empty(command("--version")),
        "`totpkey --help`": against_empty(command("--help")),
        "`totpkey list`, 10 accounts": with_key(
            lambda path: against_empty(command("--port", str(path), "list"))
        ),
    }.items():
        rows.append([name, ms(ours), ms(empty), f"{ours / empty:.1f} ×"])
    for name, (ours, empty) in host.of_reading().items():
        rows.append([f"reading {name} in a process of its own", ms(ours), ms(empty), f"{ours / empty:.1f} ×"])
    lines = table(["host, processor time", "median", "`python -c pass`", "ratio"], rows)
    return [
        *lines,
        "",
        *table([f"importing {COUNT} accounts", "processor time", "memory"], worst_imports(of_imports())),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="keep the tables in docs/reference/performance.md"
    )
    options = parser.parse_args()
    found = sealed_images()
    lines: list[str] = []
    over: list[str] = []
    for image in found:
        # Requests have random numbers, and the key is busy a little longer with some than with others.
        with patch("os.urandom", Random(1).randbytes):  # noqa: S311 - equal runs are to give equal figures
            lines += [*chip_tables(Bench(image), over), ""]
    if not found:
        print(f"The chip is not measured: {NONE_AT_HAND}.", file=sys.stderr)
    lines += [*table(emulation.HEAD, emulation.rows(found)), ""]
    lines += host_tables()
    print("\n".join(lines))
    if options.write and found:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(put(text, BEGIN, END, lines), encoding="utf-8")
    for figure in over:
        print(f"above its limit: {figure}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
