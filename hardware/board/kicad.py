"""KiCad's command line: find it, run its checks, and export drawings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from hardware.board.sexpr import child, children, parse

HERE = Path(__file__).resolve().parent
SCHEMATIC, BOARD = HERE / "totpkey.kicad_sch", HERE / "totpkey.kicad_pcb"
MISSING = (
    "KiCad 9 is missing, so the board can be neither checked nor drawn. On Debian and Ubuntu: "
    "apt-get install --no-install-recommends kicad kicad-symbols kicad-footprints"
)
_LAYERS = "F.Cu,B.Cu,F.Paste,B.Paste,F.SilkS,B.SilkS,F.Mask,B.Mask,Edge.Cuts"
_LIBRARIES = {"KICAD9_SYMBOL_DIR": "symbols", "KICAD9_FOOTPRINT_DIR": "footprints"}


class Missing(RuntimeError):
    """KiCad is not installed."""


def found() -> bool:
    """Return whether KiCad 9 or later is installed. Earlier versions cannot read these files."""
    program = shutil.which("kicad-cli")
    return program is not None and _version(program) >= 9


@cache
def _version(program: str) -> int:
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    return int(version.partition(".")[0] or 0)


def run(*arguments: str | Path) -> None:
    """Run kicad-cli. Raise Missing, or RuntimeError with KiCad's message."""
    if not found():
        raise Missing(MISSING)
    with tempfile.TemporaryDirectory() as home:
        # Use a separate home, so that the user's library tables do not affect the result.
        places = {name: f"/usr/share/kicad/{folder}" for name, folder in _LIBRARIES.items()}
        environment = places | os.environ | {"KICAD_CONFIG_HOME": home}
        command = ["kicad-cli", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"kicad-cli {arguments[0]} {arguments[1]}: {done.stdout}{done.stderr}")


def rule_errors(schematic: Path = SCHEMATIC) -> list[str]:
    """Return what the electrical rules check finds in the schematic, including warnings."""
    report = _report(
        lambda out: run("sch", "erc", "--severity-all", "--format", "json", "-o", out, schematic)
    )
    return [_line(item) for sheet in report["sheets"] for item in sheet["violations"]]


def board_errors(board: Path = BOARD, parity: bool = True) -> list[str]:
    """Return the design rules check's violations and unconnected items.

    With `parity` also the differences from the schematic, which lies beside the board.
    """
    options = ("--severity-all", *(["--schematic-parity"] if parity else []), "--format", "json", "-o")
    report = _report(lambda out: run("pcb", "drc", *options, out, board))
    kinds = ("violations", "unconnected_items", "schematic_parity")
    return [_line(item) for kind in kinds for item in report[kind]]


def nets(schematic: Path = SCHEMATIC) -> dict[tuple[str, str], str]:
    """Return KiCad's own netlist: the net of each pin, by reference and number."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net"
        run("sch", "export", "netlist", "--format", "kicadsexpr", "-o", path, schematic)
        tree = parse(path.read_text(encoding="utf-8"))
    return {
        (str(child(node, "ref")[1]), str(child(node, "pin")[1])): str(child(net, "name")[1])
        for net in children(child(tree, "nets"), "net")
        for node in children(net, "node")
    }


def _report(write: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        write(path)
        return json.loads(path.read_text(encoding="utf-8"))


def _line(item: dict[str, Any]) -> str:
    return f"{item['severity']}: {item['description']}: " + "; ".join(i["description"] for i in item["items"])


def fabrication(board: Path, folder: Path, name: str) -> None:
    """Write gerbers and drill files of `board` to FOLDER/NAME and, zipped, to FOLDER/NAME.zip.

    Their origin is the board's lower left corner, as that of its positions.
    """
    gerbers = folder / name
    gerbers.mkdir(parents=True, exist_ok=True)
    layers = ("--layers", _LAYERS, "--subtract-soldermask", "--use-drill-file-origin")
    run("pcb", "export", "gerbers", *layers, "-o", f"{gerbers}/", board)
    drill = ("--format", "excellon", "--excellon-separate-th", "--drill-origin", "plot")
    run("pcb", "export", "drill", *drill, "-o", f"{gerbers}/", board)
    with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(gerbers.iterdir()):
            archive.write(path, path.name)
