"""Compare how each chip's error grows: `python -m hardware.clocks.drift FOLDER`.

It draws FOLDER/drift.svg and prints the table. A key is assumed to be carried: half of each day near a body
or in a warm room at 31 degrees, half in a room at 21.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parent / "chips.toml"
DAY = 86_400
YEAR = 365.25 * DAY
#: The share of the day at each temperature in degrees Celsius.
CARRIED = {21.0: 0.5, 31.0: 0.5}
#: A site accepts the code of the current time step and of one adjacent step (RFC 6238, 5.2); some accept
#: three adjacent ones.
WINDOWS = (30.0, 90.0)


def chips(table: Path = TABLE) -> list[dict[str, Any]]:
    return list(tomllib.loads(table.read_text(encoding="utf-8"))["chip"])


def worst(chip: dict[str, Any]) -> float:
    """Return the largest steady error in ppm of a chip that is carried, before ageing."""
    bend = sum(
        share * (temperature - chip.get("turnover", 25)) ** 2 for temperature, share in CARRIED.items()
    )
    return float(chip["ppm"] + abs(chip.get("curve", 0.0)) * bend)


def seconds(chip: dict[str, Any], days: float) -> float:
    """Return the largest error in s `days` after a setting; ageing grows evenly over the first year."""
    age: float = chip["ageing"] * min(days * DAY / YEAR, 1.0) / 2
    return days * DAY * (worst(chip) + age) * 1e-6


def days_within(chip: dict[str, Any], limit: float) -> int:
    """Return for how many whole days the error stays within `limit` seconds."""
    low, high = 0, 100_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if seconds(chip, middle) <= limit else (low, middle)
    return low


def cell_years(chip: dict[str, Any], capacity_mah: float = 35.0) -> tuple[float, float]:
    """Return a cell's life, worst and typical, in a key that is never plugged in; 35 mAh is a CR1220's."""
    hours = (capacity_mah * 1000 / current for current in reversed(chip["backup_ua"]))
    shortest, longest = (value * 3600 / YEAR for value in hours)
    return shortest, longest


def table() -> str:
    """Return the comparison as a Markdown table."""
    lines = [
        "| chip | worst when carried | after a year | within ±30 s | within ±90 s | cell (CR1220) | driver |",
        "|---|---|---|---|---|---|---|",
    ]
    for chip in chips():
        shortest, longest = cell_years(chip)
        # Ten years is about the shelf life of the cell itself.
        lasts = (
            f"{min(shortest, 10):.1f} to {min(longest, 10):.1f} years"
            if shortest < 10
            else "10 years and more"
        )
        first, second = (f"{days_within(chip, window)} days" for window in WINDOWS)
        error = f"{seconds(chip, 365.25):.0f} s"
        driver = "yes" if chip["driver"] else "not yet"
        lines.append(
            f"| {chip['name']} | {worst(chip):.1f} ppm | {error} | {first} | {second} | {lasts} | {driver} |"
        )
    return "\n".join(lines)


def plot(folder: Path) -> None:
    """Draw the error of each chip over a year."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "totpkey"
    figure, axes = pyplot.subplots(figsize=(9, 5))
    days = range(0, 366, 5)
    for chip, colour in zip(
        chips(), ("#0b7a4b", "#2f6fb7", "#222222", "#8a5fb0", "#d08a1d", "#b8372e"), strict=True
    ):
        errors = [seconds(chip, day) for day in days]
        axes.plot(days, errors, label=chip["name"], color=colour, linewidth=2)
    for window in WINDOWS:
        axes.axhline(window, color="#777777", linewidth=1, linestyle=":")
        axes.text(363, window + 2, f"±{window:.0f} s", ha="right", fontsize=9, color="#555555")
    axes.set(
        xlim=(0, 365), ylim=(0, 200), xlabel="days since the clock was set", ylabel="worst error in seconds"
    )
    axes.set_title("Worst error of a carried key that is never set again")
    axes.legend(frameon=False, loc=(0.33, 0.66))
    axes.spines[["top", "right"]].set_visible(False)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "drift.svg", metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    plot(Path(sys.argv[1]))
    print(table())
