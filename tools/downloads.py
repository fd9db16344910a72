"""What the files of a release are for, in words for the people who download it.

Its notes say it, with what is new and how to check a file, and so does the site's page for downloads, with
the sizes and checksums of what lies in dist/.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import provenance

#: What a file is for, by what its name ends in; the first that fits. What fits none is listed without words.
_FOR = {
    "-keep-vault.uf2": ("firmware for a key whose accounts stay", "给已有账户的钥匙用的固件，账户会保留"),
    ".uf2": ("makes a key of that board, and erases its accounts", "把开发板做成钥匙；板上原有的账户会清除"),
    ".html": ("the set-up page: open it in a browser", "设置页面：用浏览器打开"),
    ".notes.txt": ("what is new, and which file is for whom", "新内容，以及每个文件的用途（英文）"),
    ".exe": ("the command for Windows, without Python", "Windows 命令行工具，不用装 Python"),
    ".whl": ("the command, for Python 3.11 or newer", "命令行工具，需要 Python 3.11 以上"),
    ".tar.gz": ("the sources", "源代码"),
    ".manifest.json": ("what `totpkey verify` compares a key with", "`totpkey verify` 用来比对钥匙的清单"),
    ".manifest.json.sig": ("the signature of that", "上述清单的签名"),
    ".cdx.json": ("a list of all that is inside (CycloneDX)", "全部组成部分的清单（CycloneDX）"),
    ".vex.json": (
        "what is known of holes in what is inside (CycloneDX VEX)",
        "各组成部分已知漏洞的影响说明（CycloneDX VEX）",
    ),
    ".third-party.txt": ("notices of what is inside and by others", "所含第三方组件的声明（英文）"),
    ".provenance.json": (
        "what all this was built from (in-toto, SLSA)",
        "以上文件由什么构建而成（in-toto、SLSA）",
    ),
    "SHA256SUMS.minisig": ("the signature of the checksums", "校验值的签名"),
    "SHA256SUMS": ("the checksums of all these", "以上所有文件的校验值"),
}
_FOR_NAMES = {
    r"totpkey-drive-.*\.zip": (
        "the files of a key's drive",
        "钥匙盘里的文件",
    ),
    r"totpkey-hardware-.*\.zip": ("what an order of the stick needs", "向工厂订做时要用的文件"),
}
_WORDS = {
    "en": {
        "title": "Download",
        "none": "Nothing is released yet. [How to build it from the sources](../{to}docs/guide/install.md).",
        "lead": "Most people need one file: the `.uf2` of their board. Drag it onto the drive that appears"
        " when the board is plugged in with BOOT held, then [set up the key]({setup}).",
    },
    "zh": {
        "title": "下载",
        "none": "还没有发布。[怎样从源代码安装](../{to}docs/guide/install.html)（英文）。",
        "lead": "多数人只要一个文件：自己那块开发板的 `.uf2`。按住 BOOT 插上开发板，把文件拖到出现的盘上，"
        "然后[设置钥匙]({setup})。",
    },
}
_HEADS = {"en": ("file", "for", "size", "SHA-256"), "zh": ("文件", "用途", "大小", "SHA-256")}


def lay(source: Path, trees: Path, site: Path) -> None:
    """Put the page into each language's tree, and the files of `source` beside the English one."""
    files = sorted(source.iterdir()) if (source / "SHA256SUMS").is_file() else []
    for language in _WORDS:
        page = trees / language / "download" / "index.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(_page(language, files), encoding="utf-8")
    (site / "download").mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, site / "download" / file.name)


def _page(language: str, files: list[Path]) -> str:
    words = _WORDS[language]
    up, beside = ("", "") if language == "en" else ("../", "../../download/")
    if not files:
        return f"# {words['title']}\n\n{words['none'].format(to=up)}\n"
    lead = words["lead"].format(setup=f"../{up}setup/index.html")
    lines = [f"# {words['title']}", "", lead, "", _row(_HEADS[language]), "|---|---|---|---|"]
    lines += [_row(_cells(file, language, f"{beside}{file.name}")) for file in files]
    return "\n".join(lines) + "\n"


def _cells(file: Path, language: str, address: str) -> tuple[str, ...]:
    content = file.read_bytes()
    size = f"{len(content) / 1000:,.0f} kB"
    return (
        f"[{file.name}]({address})",
        purpose(file.name, language),
        size,
        f"`{hashlib.sha256(content).hexdigest()}`",
    )


def purpose(name: str, language: str) -> str:
    """What a file of a release is for."""
    named = (words for pattern, words in _FOR_NAMES.items() if re.fullmatch(pattern, name))
    ended = (words for ending, words in _FOR.items() if name.endswith(ending))
    english, chinese = next(named, None) or next(ended, ("", ""))
    return english if language == "en" else chinese


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


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


def write_notes(target: Path, version: str) -> None:
    """Write the notes beside the files of a release in `target`.

    Provenance and checksums come later, so they are named before they are there. Signatures are not.
    """
    # Markdown, but no page of the site, whose download this is.
    notes = target / f"totpkey-{version}.notes.txt"
    there = {path.name for path in target.iterdir() if not is_signature(path)}
    names = sorted(there - {notes.name} | {"SHA256SUMS", provenance.name_of(version)})
    rows = [f"| `{name}` | {purpose(name, 'en')} |" for name in names]
    parts = [
        f"# totpkey {version}",
        _LEAD.format(page=f"totpkey-{version}.html").rstrip(),
        section((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version),
        "## Files",
        "\n".join(["| file | for |", "|---|---|", *rows]),
        _CHECK.rstrip(),
    ]
    notes.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def is_signature(path: Path) -> bool:
    return path.suffix in (".sig", ".minisig")


def section(changes: str, version: str) -> str:
    """What the list of changes says of a version, or else of the one that is not released yet."""
    found = {heading[0]: heading for heading in _HEADING.finditer(changes)}
    chosen = next((name for name in found if name.split()[1] == version), None)
    chosen = chosen or next(name for name in found if _UNRELEASED in name)
    begins = found[chosen].end()
    following = _HEADING.search(changes, begins)
    return "## What is new\n\n" + changes[begins : following.start() if following else None].strip()
