"""What the command tells of pictures that cannot be read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import features

from readers.tests.pictures.codes import code, saved
from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey_readers.pictures import qr


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_the_command_tells_of_a_damaged_avif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "code.avif"
    # Where in the file the picture lies is not told any more.
    file.write_bytes(saved(code(), "AVIF").replace(b"iloc", b"free"))
    for arguments in (["import", "-n", str(file)], ["add", "--qr", str(file)]):
        assert run(["--port", str(tmp_path / "none"), *arguments]) == exits.USAGE
        assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["zxingcpp", "PIL", "pypdfium2"])
def test_a_missing_library_is_told_with_a_remedy(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(code(), "PDF" if module == "pypdfium2" else "PNG")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(errors.LibraryMissing) as raised, errors.in_words():
        qr.read(data)
    assert "pip install" in raised.value.remedy
    assert "as text" in raised.value.remedy
