"""A downloaded release is checked before a byte goes to a board: signature, checksums, contents, version."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import release
import release_key
from tests.install import boards, releases
from tests.install.boards import BOARD, Board, Files, at_desk, installed, interpreter, loader, written
from tests.install.conftest import Says
from tests.install.releases import PUBLISHER, SIGNATURE, STRANGER, SUMS, TAMPERINGS, Download
from tests.support.cases import sampled
from tests.support.chinese import english_in
from tests.support.terminal import World
from totpkey.cli.keys.given_release import is_older
from totpkey.cli.root import run
from totpkey.i18n import translation
from totpkey.install import release_keys, signature
from totpkey.install.signature import Malformed, PublicKey, Signature
from totpkey_protocol.version import __version__
from totpkey_volume import fat_reader, layout
from totpkey_volume.circuitpython import DRIVE_START, MB

NEWER = "9." + __version__
KEY = signature.public_key(PUBLISHER)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Download:
    """The right release of this version."""
    return releases.make(tmp_path_factory.mktemp("published") / "totpkey")


@pytest.fixture
def download(published: Download, tmp_path: Path) -> Download:
    """A copy of it, to do with as one likes."""
    return releases.copy_of(published, tmp_path / "Downloads" / "totpkey")


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command of a publisher who has a key."""
    monkeypatch.setattr(release_keys, "PINNED", (KEY.line,))
    monkeypatch.delenv("TOTPKEY_SIGNING_KEY", raising=False)


class Target:
    """Where a release would go: a board in its boot loader, a port, and a file. It sees what is written."""

    def __init__(self, folder: Path) -> None:
        self.board = loader(folder / "RPI-RP2")
        self.interpreter = folder / "circuitpython.uf2"
        self.interpreter.write_bytes(interpreter())
        self.made = folder / "made.uf2"
        self._line, self._end = os.openpty()
        tty.setraw(self._end)
        self.port = os.ttyname(self._end)

    def commands(self, release: Path) -> list[list[str]]:
        given = ["--release", str(release)]
        circuitpython = ["--circuitpython", str(self.interpreter)]
        return [
            ["install", "--to", str(self.board), "--yes", *given],
            ["install", "--to", str(self.board), "--yes", *circuitpython, *given],
            ["image", *circuitpython, "-o", str(self.made), *given],
            ["--port", self.port, "update", *given],
        ]

    def is_untouched(self) -> bool:
        os.set_blocking(self._line, False)
        try:
            sent = os.read(self._line, 1)
        except BlockingIOError:
            sent = b""
        on_board = [path.name for path in self.board.iterdir()]
        return not sent and on_board == ["INFO_UF2.TXT"] and not self.made.exists()

    def close(self) -> None:
        os.close(self._line)
        os.close(self._end)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    target = Target(tmp_path)
    yield target
    target.close()


@pytest.mark.parametrize("tampering", sampled(TAMPERINGS, list(TAMPERINGS)[::4]))
def test_a_tampered_release_is_refused_by_name(
    tampering: str, download: Download, target: Target, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    tamper, cause = TAMPERINGS[tampering]
    tamper(download)
    for command in target.commands(download.folder):
        told = says(command, 2)
        assert releases.expected(cause, download) in told
        assert told.count("\n") >= 2, "a remedy follows the cause"
        assert "Found" not in told
    chinese = translation.translator(["zh_CN"])
    monkeypatch.setattr(translation, "_current", lambda: chinese)
    names = [str(download.folder), *(path.name for path in download.folder.iterdir()), "code.py", "lib"]
    names += [BOARD, releases.OTHER_BOARD, "source", "settings2.toml", "passwd"]
    for command in target.commands(download.folder):
        told = says(command, 2)
        assert english_in(told, *names) == []
        assert any(character >= "\u4e00" for character in told)
    assert target.is_untouched()


def test_the_right_one_becomes_a_key(download: Download, world: World) -> None:
    """Without CircuitPython from elsewhere: the release has a whole image for this board."""
    blank = b"\x13" * (2 * MB)
    board = Board(installed(), world, blank)
    board.install("--release", str(download.folder)).ended(
        0, f"Release {__version__}: signed by key {KEY}.", "Raspberry Pi Pico is key"
    )
    drive = fat_reader.read(board.key.flash[DRIVE_START:])
    before = fat_reader.read(written(download[download.image], blank)[DRIVE_START:])
    assert {path: content for path, content in drive.items() if path != "boot_out.txt"} == before


def test_files_that_systems_leave_in_a_folder_are_no_part_of_it(download: Download, target: Target) -> None:
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        download[name] = b"x"
    assert run(target.commands(download.folder)[2]) == 0


@pytest.fixture
def later(newer: Files, tmp_path: Path) -> Download:
    """The release after this one."""
    return releases.make(tmp_path / "later", NEWER, newer)


def test_an_image_of_the_release_s_files(later: Download, target: Target, says: Says) -> None:
    """Not of the command's own: these are a newer version's."""
    assert f"Release {NEWER}" in says(target.commands(later.folder)[2])
    assert written(target.made.read_bytes(), bytes(2 * MB)) == written(later[later.image], bytes(2 * MB))


def test_a_board_with_circuitpython_gets_its_files(tmp_path: Path, newer: Files, later: Download) -> None:
    board = boards.circuitpython(tmp_path / "CIRCUITPY")
    assert run(["install", "--to", str(board), "--copy", "--yes", "--release", str(later.folder)]) == 0
    copied = {path: (board / path).read_bytes() for path in layout.on_a_key(newer)}
    assert copied == layout.on_a_key(newer)
    assert (board / "totpkey.html").read_bytes() == later[f"totpkey-{NEWER}.html"]


def test_a_newer_release_goes_onto_a_key_and_an_older_one_only_when_asked_for(
    tmp_path: Path, later: Download, world: World
) -> None:
    before = releases.make(tmp_path / "before")
    desk = at_desk(installed("adafruit_qt2040_trinkey"), world)
    desk.run("update", "--release", str(later.folder / later.drive), when_asked=desk.agree).ended(
        0, f"it will be updated to {NEWER}", f"Done: the key runs firmware {NEWER}"
    )

    flash = desk.key.flash
    for given in ([], ["--force"], ["--release", str(before.folder)]):
        desk.run("update", *given).ended(
            2, f"Firmware {__version__} is older than the key's ({NEWER})", "--older"
        )
        assert desk.key.flash == flash

    done = desk.run("update", "--release", str(before.folder), "--older", when_asked=desk.agree)
    assert done.code == 0, done.err
    assert f"Done: the key runs firmware {__version__}" in done.err


def test_an_older_release_is_taken_when_asked_for(tmp_path: Path, target: Target, says: Says) -> None:
    older = releases.make(tmp_path / "older", "0.0.9")
    command = target.commands(older.folder)[2]
    assert "Release 0.0.9 is older than this command" in says(command, 2)
    assert run([*command, "--older"]) == 0


@pytest.mark.parametrize(
    ("older", "newer"),
    [("0.1.0", "0.1.1"), ("0.9", "0.10"), ("1", "1.0.1"), ("0.1.0", "10"), ("1.9.9", "2")],
)
def test_which_version_is_older(older: str, newer: str) -> None:
    assert is_older(older, newer)
    assert not is_older(newer, older)
    assert not is_older(older, older)


def test_versions_that_have_no_order_are_not_taken_for_newer() -> None:
    assert not is_older("1.0", "1")
    assert not is_older("0.1.dev1", "0.1.dev1")
    for odd in ("0.1.dev1", "", "1.", "-1", "1.0\n", "٢.0", "1" * 5000):
        assert is_older("9.0", odd)
        assert is_older(odd, "0.0")


# One file of a release


def test_one_file_beside_the_sums_is_enough(
    download: Download, target: Target, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    """What else lies in the folder is neither needed nor looked at."""
    monkeypatch.setattr("click.prompt", lambda *_, **__: "n")
    (download.folder / download.drive).unlink()
    download["holiday.jpg"] = b"of the owner"
    given = ["install", "--to", str(target.board), "--release", str(download.folder / download.image)]
    told = says(given, 1)
    assert "signed by key" in told
    assert "Nothing was written" in told

    download.flip(download.image, 7000)
    assert f"{download.image} is not the published file" in says([*given, "--yes"], 2)
    (download.folder / download.image).rename(download.folder / "totpkey.uf2")
    renamed = [*given[:-1], str(download.folder / "totpkey.uf2"), "--yes"]
    assert "totpkey.uf2 is not a file of the release" in says(renamed, 2)
    assert target.is_untouched()


def test_one_file_for_another_purpose(download: Download, target: Target, says: Says) -> None:
    to = ["--to", str(target.board), "--yes"]
    image, kept, drive, listed = (
        ["--release", str(download.folder / name)]
        for name in (download.image, download.keeping_image, download.drive, download.manifest)
    )
    for command, cause in (
        (["install", *to, "--keep-vault", *image], "erases the accounts of a key"),
        (["install", *to, *kept], "leaves the accounts of a key alone"),
        (["install", *to, *drive], "is not an image for a board"),
        (["install", *to, *image, "--board", releases.OTHER_BOARD], "no image for board adafruit_kb2040"),
        (["install", *to, *image, "--unsealed"], "--unsealed goes with --circuitpython"),
        (["--port", target.port, "update", *image], "does not hold the files of a key's drive"),
        (["--port", target.port, "update", *listed], "does not hold the files of a key's drive"),
        (["--port", target.port, "update", "--unsigned"], "go with --release"),
    ):
        assert cause in says(command, 2)
    (download.folder / download.manifest).unlink()
    assert f"{download.manifest} is missing" in says(["--port", target.port, "update", *drive], 2)
    assert target.is_untouched()


@pytest.mark.slow
def test_of_several_boards_one_is_chosen(
    tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **__: "n")
    both = releases.make(tmp_path / "both", boards=(BOARD, releases.OTHER_BOARD))
    given = ["install", "--to", str(target.board), "--release", str(both.folder / SUMS)]
    assert "images for several boards" in says([*given, "--yes"], 2)
    for board in (BOARD, releases.OTHER_BOARD):
        assert "Nothing was written" in says([*given, "--board", board], 1)
    told = says([*given, "--board", "adafruit_macropad_rp2040", "--yes"], 2)
    assert "no image for board adafruit_macropad_rp2040" in told
    assert target.is_untouched()


def test_a_newer_release_may_have_boards_that_came_later(
    download: Download, target: Target, says: Says
) -> None:
    later = f"totpkey-future_board-{__version__}.uf2"
    download[later] = interpreter("future_board")
    download.publish()
    given = ["install", "--to", str(target.board), "--yes", "--release", str(download.folder / later)]
    assert f"{later} is for a board that this version does not know" in says(given, 2)
    assert target.is_untouched()
    assert run(target.commands(download.folder)[2]) == 0


# Who vouches


def test_a_command_without_a_key_says_that_nothing_vouches(
    download: Download, target: Target, monkeypatch: pytest.MonkeyPatch, says: Says
) -> None:
    monkeypatch.setattr(release_keys, "PINNED", ())
    for command in target.commands(download.folder):
        told = says(command, 2)
        assert all(words in told for words in ("knows no key", "nothing vouches", "--unsigned"))
    assert target.is_untouched()
    image = target.commands(download.folder)[2]
    assert f"Nothing vouches for release {__version__}" in says([*image, "--unsigned"])


def test_unsigned_takes_no_false_signature_nor_a_false_file(
    download: Download, target: Target, says: Says
) -> None:
    commands = [[*command, "--unsigned"] for command in target.commands(download.folder)]
    download.sign(STRANGER)
    for command in commands:
        assert run(command) == 2
    (download.folder / SIGNATURE).unlink()
    download.flip(download.drive, 99)
    for command in commands:
        assert "is not the published file" in says(command, 2)
    assert target.is_untouched()
    download.flip(download.drive, 99)
    assert "Nothing vouches" in says(commands[2])


def test_a_key_that_is_given_counts_instead_of_the_pinned_one(
    download: Download, target: Target, tmp_path: Path, says: Says
) -> None:
    image = target.commands(download.folder)[2]
    stranger = releases.public_key(tmp_path, signature.public_key(STRANGER))
    assert "signed by another key" in says([*image, "--public-key", str(stranger)], 2)
    download.sign(STRANGER)
    assert run(image) == 2
    assert run([*image, "--public-key", str(stranger)]) == 0
    pem = tmp_path / "stranger.pem"
    pem.write_bytes(STRANGER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert run([*image, "--public-key", str(pem)]) == 0
    for content in (b"", b"RWQ", b"\xff", b"-----BEGIN NOTHING-----"):
        pem.write_bytes(content)
        assert str(pem) in says([*image, "--public-key", str(pem)], 2)


def test_what_is_pinned_is_a_key_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert [key.line for key in release_keys.pinned()] == list(release_keys.PINNED)
    page = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "install.md").read_text(encoding="utf-8")
    assert ("This version has none" in page) == (not release_keys.PINNED)
    assert all(line in page for line in release_keys.PINNED)


# Other tools


def test_a_key_and_a_signature_in_the_words_of_minisign_s_documents() -> None:
    """The public key and the signature of https://jedisct1.github.io/minisign/, of the file `test`."""
    key = PublicKey.parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
    published = (
        b"untrusted comment: signature from minisign secret key\n"
        b"RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n"
        b"trusted comment: timestamp:1633700835\tfile:test\tprehashed\n"
        b"wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==\n"
    )
    assert str(key) == "E7620F1842B4E81F"
    assert Signature.parse(published).fits(b"test", key)
    assert not Signature.parse(published).fits(b"test\n", key)
    assert not Signature.parse(published.replace(b"file:test", b"file:tset")).fits(b"test", key)


@pytest.mark.parametrize("damage", [b"", b"\xff", b"x\n" * 4, b"untrusted comment: \n" * 4])
def test_what_is_no_signature(damage: bytes) -> None:
    with pytest.raises(Malformed):
        Signature.parse(damage)


def command(*arguments: str | Path, ok: bool = True) -> None:
    """Run another program. It succeeds, or fails where that is expected."""
    if not shutil.which(arguments[0]):
        pytest.skip(f"no {arguments[0]} here")
    ran = subprocess.run([str(part) for part in arguments], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == ok, ran.stderr


@pytest.mark.parametrize("program", ["minisign", "signify-openbsd", "openssl"])
def test_programs_of_others_check_ours(program: str, download: Download, tmp_path: Path) -> None:
    """openssl as docs/guide/release.md says: a signature's last 64 bytes are plain Ed25519."""
    sums, raw = download.folder / SUMS, tmp_path / "raw"
    raw.write_bytes(base64.b64decode(download[SIGNATURE].split(b"\n")[1])[-64:])
    public, secret = releases.public_key(tmp_path), releases.pem(tmp_path)
    check: dict[str, list[str | Path]] = {
        "minisign": ["-V", "-P", KEY.line, "-m", sums],
        "signify-openbsd": ["-V", "-p", public, "-x", download.folder / SIGNATURE, "-m", sums],
        "openssl": ["pkeyutl", "-verify", "-rawin", "-inkey", secret, "-sigfile", raw, "-in", sums],
    }
    command(program, *check[program])
    download.flip(SUMS, 0)
    command(program, *check[program], ok=False)


def test_ours_checks_minisign_s(download: Download, target: Target, tmp_path: Path, says: Says) -> None:
    sums, public, secret = download.folder / SUMS, tmp_path / "theirs.pub", tmp_path / "theirs.key"
    command("minisign", "-G", "-W", "-p", public, "-s", secret)
    for kind in ([], ["-l"]):
        command("minisign", "-S", *kind, "-s", secret, "-m", sums)
        image = [*target.commands(download.folder)[2], "--public-key", str(public)]
        assert f"signed by key {release_keys.read(public)}" in says(image)
        assert int(public.read_text().split()[5], 16) == int(str(release_keys.read(public)), 16)
        download.flip(SUMS, 0)
        assert run(image) == 2
        download.flip(SUMS, 0)


# The publisher


def test_the_sums_are_signed_where_there_is_a_key(
    download: Download, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And are the same with and without: so a build can be compared with a published one."""
    unsigned = download[SUMS]
    download[f"{download.manifest}.sig"] = bytes(64)
    monkeypatch.setenv("TOTPKEY_SIGNING_KEY", str(releases.pem(tmp_path)))
    release.finish(download.folder, __version__, releases.SOURCE)
    assert download[SUMS] == unsigned
    assert Signature.parse(download[SIGNATURE]).fits(unsigned, KEY)
    monkeypatch.delenv("TOTPKEY_SIGNING_KEY")
    release.finish(download.folder, __version__, releases.SOURCE)
    assert not (download.folder / SIGNATURE).exists(), "a signature of what was there before is none"


def test_the_line_to_pin_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = Ed25519PrivateKey.generate()
    assert release_key.main([str(releases.pem(tmp_path, key))]) == 0
    line, _, rest = capsys.readouterr().out.partition("\n")
    assert PublicKey.parse(line) == PublicKey.parse(rest) == signature.public_key(key)
    assert release_key.main([str(releases.public_key(tmp_path))]) == 0
    assert capsys.readouterr().out.splitlines()[0] == KEY.line
    assert release_key.main([str(tmp_path / "none")]) == 1
