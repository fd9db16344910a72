"""A release's notes, for the people who download it: which file is for whom, what is new, how to check it."""

from __future__ import annotations

import re
from pathlib import Path

import provenance
import site_download

ROOT = Path(__file__).resolve().parent.parent
_HEADING = re.compile(r"^## .*$", re.MULTILINE)
_UNRELEASED = "(not released yet)"
_LEAD = """\
**Most people need two files:** the `.uf2` of their board, and `{page}`, the set-up page. Hold the
board's BOOT button, plug it in, and drag the `.uf2` onto the drive that appears. Then open the page in
Chrome, Edge, or Firefox 151 or later. On a key that has accounts, use the file that ends in
`-keep-vault.uf2`, or run `totpkey update`.

**多数人只要两个文件：** 自己那块开发板的 `.uf2`，和设置页面 `{page}`。\
按住开发板的 BOOT 按钮插上，把 `.uf2` 拖到出现的盘上，\
再用 Chrome、Edge 或 Firefox 151 以上打开设置页面。\
已有账户的钥匙，请用 `-keep-vault.uf2` 结尾的文件，或运行 `totpkey update`。
"""
_CHECK = """\
To check what you downloaded, put `SHA256SUMS` beside it and run `sha256sum --check --ignore-missing
SHA256SUMS`. `SHA256SUMS.minisig` is the signature of these checksums: `minisign -V -P KEY -m
SHA256SUMS` checks it with the project's public key, and `totpkey install --release` and `totpkey
update --release` do so before they write anything. `totpkey verify` compares a finished key with this
release.
"""


def write(target: Path, version: str) -> None:
    """Write the notes beside the files of a release in `target`.

    Provenance and checksums come later, so they are named before they are there. Signatures are not.
    """
    # Markdown, but no page of the site, whose download this is.
    notes = target / f"totpkey-{version}.notes.txt"
    there = {path.name for path in target.iterdir() if path.suffix not in (".sig", ".minisig")}
    names = sorted(there - {notes.name} | {"SHA256SUMS", provenance.name_of(version)})
    rows = [f"| `{name}` | {site_download.purpose(name, 'en')} |" for name in names]
    parts = [
        f"# totpkey {version}",
        _LEAD.format(page=f"totpkey-{version}.html").rstrip(),
        section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version),
        "## Files",
        "\n".join(["| file | for |", "|---|---|", *rows]),
        _CHECK.rstrip(),
    ]
    notes.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def section(changes: str, version: str) -> str:
    """What the list of changes says of a version, or else of the one that is not released yet."""
    found = {heading[0]: heading for heading in _HEADING.finditer(changes)}
    chosen = next((name for name in found if name.split()[1] == version), None)
    chosen = chosen or next(name for name in found if _UNRELEASED in name)
    begins = found[chosen].end()
    following = _HEADING.search(changes, begins)
    return "## What is new\n\n" + changes[begins : following.start() if following else None].strip()
