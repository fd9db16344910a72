"""Hides marked secrets in exports: as links or keys, anywhere in their text."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

#: How a secret may be written, by its base32 without padding.
FORMS: dict[str, Callable[[str], str]] = {
    "a link": lambda key: f"otpauth://totp/Hidden:me?secret={key}&issuer=Hidden",
    "a link in another's address": lambda key: (
        f"https://x.example/qr?a=otpauth%3A%2F%2Ftotp%2Fme%3Fsecret%3D{key}"
    ),
    "Steam's link": lambda key: f"steam://{key}",
    "a key": str,
    "a key in small letters": str.lower,
    "a key in groups": lambda key: " ".join(re.findall("....", key)),
    "a key with dashes": lambda key: "-".join(re.findall("....", key)),
}


def key_of(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def hidden(data: bytes, text: str, random: Random) -> bytes:
    """The file with `text` somewhere in it."""
    whole = data.decode()
    start = whole.lstrip()[:1]
    if start in ("{", "["):
        return json.dumps(
            _in_json(json.loads(whole), text, random), ensure_ascii=random.random() < 0.5
        ).encode()
    if start == "<":
        return _in_markup(whole, text, random).encode()
    if any("://" in line[:40] for line in whole.splitlines()[:3]) or "\n" not in whole.strip():
        lines = whole.splitlines()
        lines.insert(random.randrange(len(lines) + 1), random.choice(["", "# ", "note: "]) + text)
        return "\n".join(lines).encode()
    return _in_table(whole, text, random).encode()


def _in_json(document: Any, text: str, random: Random) -> Any:
    around = random.choice(list(_containers(document)))
    among = random.choice(["", "see ", "before\n", '"quoted" '])
    if isinstance(around, list):
        around.insert(random.randrange(len(around) + 1), among + text)
        return document
    texts = [name for name, value in around.items() if isinstance(value, str) and value and len(value) < 40]
    if texts and random.random() < 0.4 and not _matters(around):
        around[random.choice(texts)] += f" {among}{text}"
    elif random.random() < 0.2:
        around[text] = "x"
    else:
        around[random.choice(["note", "extra", "description", "zzz", "comment"])] = among + text
    return document


def _matters(around: dict[str, Any]) -> bool:
    """Whether a longer text would be another setting."""
    return any(name.lower() in ("type", "secret", "algorithm", "algo") for name in around)


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _containers(inner)
    elif isinstance(value, list):
        if all(isinstance(inner, str) for inner in value) and value:
            yield value
        for inner in value:
            yield from _containers(inner)


def _in_markup(whole: str, text: str, random: Random) -> str:
    ends = [found.end() for found in re.finditer(">", whole)][2:-1]
    at = random.choice(ends)
    text = text.replace("&", "&amp;")
    return whole[:at] + random.choice([f"<!-- {text} -->", f"<p>{text}</p>"]) + whole[at:]


def _in_table(whole: str, text: str, random: Random) -> str:
    rows = list(csv.reader(io.StringIO(whole, newline="")))
    row = random.choice(rows[1:])
    if random.random() < 0.5:
        row += ["", text]
    else:
        row[random.choice([place for place, cell in enumerate(row) if not _is_kept(cell)] or [0])] += (
            f" {text}"
        )
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()


def _is_kept(cell: str) -> bool:
    return "://" in cell or len(cell) > 15
