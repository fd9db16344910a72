"""Damaged, truncated, unknown and hostile exports give exact errors, and nothing else.

A file that is recognized but cannot be read is named, and its user learns what to do instead.
No hostile file takes more than ten seconds of the processor and half a gigabyte, command and reader together.
The command reads each like any file: in a separate process. The system counts the time and memory of both.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readers.tests import containers, desktops, hostile, samples
from readers.tests.entries import AMAZON, COUNTED, ENTRIES, PASSWORD, PLAIN, Entry
from readers.tests.reading import entries, sample
from readers.tests.samples import SAMPLES
from tests.importers.reading import read, worded
from tests.support.cases import sampled
from totpkey import errors
from totpkey.cli.input import files as sources
from totpkey.importers.plan import fitting
from totpkey_readers.formats import files
from totpkey_readers.jail import wire
from totpkey_readers.records.problem import Problem


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret": None}, "info.secret is missing"),
        ({"secret": 5}, "info.secret is not a text"),
        ({"secret": "JBSWY3DP!HPK3PXP"}, "Character 9"),
        ({"secret": ""}, "0 bytes"),
        ({"digits": "six"}, "info.digits is not a whole number"),
        ({"digits": 99}, "digits is 99"),
        ({"period": 1.5}, "info.period is not a whole number"),
        ({"period": True}, "info.period is not a whole number"),
        ({"period": 0}, "period is 0"),
        ({"algo": "MD5"}, "algorithm"),
        ({"algo": []}, "info.algo is not a text"),
    ],
)
def test_a_damaged_entry_is_skipped_with_its_place_and_field(changes: dict[str, object], reason: str) -> None:
    contents = read(hostile.aegis(**changes))
    assert entries(contents) == PLAIN[1:]
    (skipped,) = contents.skipped
    assert skipped.place == "entry 1"
    assert skipped.name == "Amazon:shop@example.com"
    assert reason in skipped.reason
    assert "JBSWY3DP" not in skipped.reason


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "not a known export"),
        (b"hello", "not a known export"),
        (b"{}", "not a known export"),
        (b"[1]", "not a known export"),
        (b'{"db": {"entries"', "cut off"),
        (b'{"db": {]}', "line 1, column 9"),
        (b"[" * 100_000, "not JSON as"),
        (b'{"header": 5, "db": {}}', "header is not an object"),
        (b'{"header": {}, "db": {}}', "db.entries is missing"),
        (b'{"services": 7, "schemaVersion": 4}', "services is not a list"),
        (b'{"accounts": [], "folders": []}', "no accounts"),
        (b"otpauth-migration://offline?data=AAA%3Axx", "not base64"),
        (b"otpauth-migration://offline?data=CgU", "cut off"),
        (b"otpauth-migration://offline", "no data"),
        (b"AUTHENTICATORPRO1234", "cut off"),
        (b"AuthenticatorPro1234", "cut off"),
        (b"\xff\xd8", "not a known export"),
    ],
)
def test_what_cannot_be_read_at_all(data: bytes, cause: str) -> None:
    with pytest.raises(errors.Unreadable) as raised:
        read(data)
    assert cause in raised.value.cause


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("aegis encrypted", ("header", "slots", 2, "n"), 2**40),
        ("aegis encrypted", ("header", "slots", 2, "n"), 1000),
        ("aegis encrypted", ("header", "slots", 2, "p"), 10**6),
        ("bitwarden pbkdf2", ("kdfIterations",), 10**12),
        ("bitwarden argon2id", ("kdfMemory",), 10**6),
        ("bitwarden argon2id", ("kdfIterations",), 10**6),
        ("bitwarden argon2id", ("kdfParallelism",), 0),
        ("ente encrypted", ("kdfParams", "memLimit"), 2**50),
        ("ente encrypted", ("kdfParams", "opsLimit"), 0),
    ],
)
def test_a_hostile_file_costs_neither_memory_nor_the_day(
    name: str, path: tuple[str | int, ...], value: int
) -> None:
    document = json.loads(sample(name).data)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(errors.Unreadable):
        read(json.dumps(document).encode())


def test_names_that_a_key_cannot_take_are_changed_with_a_note() -> None:
    long = Entry("I" * 70, "l" * 64, b"E" * 20)
    control = Entry("Bell\x07", "me", b"F" * 20)
    nameless = Entry("Shop", "", b"G" * 20)
    contents = read(samples.aegis((long, control, nameless)).data)
    assert [found.account.name for found in contents.found] == [f"{'I' * 64}:{'l' * 64}", "Bell:me", "Shop"]
    notes = [found.notes for found in contents.found]
    assert "64 characters" in notes[0][0]
    assert "Invisible" in notes[1][0]
    assert notes[2] == ()


def test_a_secret_in_the_place_of_a_name_is_not_repeated() -> None:
    swapped = Entry(AMAZON.base32, "me", b"H" * 20, digits=99)
    (skipped,) = read(samples.aegis((swapped,)).data).skipped
    assert skipped.name == ""


@pytest.mark.parametrize(
    "text",
    [
        f"otpauth://totp/Shop:me?secret={AMAZON.base32}&digits=99",
        json.dumps([{"service": "Shop", "account": "me", "secret": AMAZON.base32, "digits": 99}]),
    ],
)
def test_what_no_key_takes_is_skipped_by_name(text: str) -> None:
    contents = read(text.encode())
    assert contents.found == []
    assert [skipped.name for skipped in contents.skipped] == ["Shop:me"]


def test_kinds_that_no_key_knows_are_skipped() -> None:
    document = json.loads(samples.stratum((AMAZON, COUNTED)).data)
    document["Authenticators"][0]["Type"] = 5
    contents = read(json.dumps(document).encode())
    assert "Yandex" in contents.skipped[0].reason
    assert entries(contents) == (COUNTED,)


def declared(data: bytes) -> None:
    """Read it; only what is declared may be raised, and no secret may be in it."""
    try:
        text = str([(s.name, s.reason) for s in read(data).skipped])
    except (errors.Unreadable, errors.WrongFilePassword) as error:
        text = f"{error.cause} {error.remedy} {error.__cause__!r}"
    assert not any(entry.base32[:24] in text for entry in (*ENTRIES, *PLAIN))


CHEAP = [name for name in SAMPLES if not name.startswith(("stratum ", "proton ", "2fas e", "andotp old"))]


#: What a file that ends too early is told: by a password that cannot be right, where only that can tell.
CUT_OFF = (
    "cut off",
    "not a known export",
    "does not have the length",
    "is missing",
    "password",
    "not base64",
    "no ",
)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_truncated_export_is_told_exactly(name: str) -> None:
    """A dozen lengths of every format; lists of lines lose what comes behind, and nothing else."""
    whole = sample(name)
    for share in range(1, 13):
        data = whole.data[: len(whole.data) * share // 13]
        try:
            contents = read(data)
        except (errors.Unreadable, errors.WrongFilePassword) as error:
            told = error.cause
            if data.lstrip().startswith((b"{", b"[")):
                assert "cut off" in told, (share, told)
            assert any(words in told for words in CUT_OFF), (share, told)
        else:
            assert not whole.encrypted
            found = entries(contents)
            # The last may be half there.
            sure = max(len(found) - 1, 0)
            assert found[:sure] == whole.entries[:sure]
            assert len(found) + len(contents.skipped) <= len(whole.entries)


COSTLY = [name for name in SAMPLES if name not in CHEAP]


@given(
    st.integers(1, 10_000), st.sampled_from(["aegis", "2fas", "freeotp+", "stratum", "proton", "bitwarden"])
)
def test_json_that_ends_anywhere_is_cut_off(length: int, name: str) -> None:
    data = sample(name).data
    with pytest.raises(errors.Unreadable, match="cut off"):
        read(data[: length % (len(data) - 1) + 1])


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(COSTLY), st.integers(0, 20_000), st.binary(min_size=1, max_size=3))
def test_mutated_exports_that_are_dear_to_open(name: str, place: int, new: bytes) -> None:
    data = bytearray(sample(name).data)
    at = place % len(data)
    data[at : at + len(new)] = new
    declared(bytes(data))


@settings(deadline=None)
# Its secret became a part of its name.
@example("uri list", [(215, b"", 3)])
@given(
    st.sampled_from(CHEAP),
    st.lists(
        st.tuples(st.integers(0, 20_000), st.binary(max_size=4), st.integers(0, 3)), min_size=1, max_size=4
    ),
)
def test_mutated_exports(name: str, changes: list[tuple[int, bytes, int]]) -> None:
    data = bytearray(sample(name).data)
    for place, new, removed in changes:
        at = place % len(data)
        data[at : at + removed] = new
    declared(bytes(data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _names_of_objects() -> st.SearchStrategy[str]:
    return st.sampled_from([name for name in CHEAP if sample(name).data.startswith(b"{")])


@settings(deadline=None)
@given(st.deferred(_names_of_objects), st.data())
def test_any_value_in_any_field(name: str, data: st.DataObject) -> None:
    document = json.loads(sample(name).data)
    inner: dict[str, object] | list[object] = document
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        value = inner[key]  # type: ignore[index, call-overload]
        if not isinstance(value, dict | list) or not value or data.draw(st.integers(0, 3)) == 0:
            inner[key] = data.draw(JSON)  # type: ignore[index, call-overload]
            break
        inner = value
    declared(json.dumps(document).encode())


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    declared(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_migration_message(message: bytes) -> None:
    declared(b"otpauth-migration://offline?data=" + base64.b64encode(message))


def costly_aegis(n: int, r: int, p: int, slots: int = 1) -> bytes:
    """An export whose every slot asks for that cost of scrypt, as the format lets a file do."""
    document = json.loads(sample("aegis encrypted").data)
    slot, *_ = [each for each in document["header"]["slots"] if each["type"] == 1]
    document["header"]["slots"] = [slot | {"n": n, "r": r, "p": p}] * slots
    return json.dumps(document).encode()


def test_a_file_of_a_gigabyte_is_refused_before_any_work_and_offers_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """1 GiB a pass, 16 passes, 8 slots: this ran past seven minutes."""
    done: list[int] = []
    monkeypatch.setattr("hashlib.scrypt", lambda *_, n, **__: done.append(n))
    with pytest.raises(errors.Unreadable) as raised:
        read(costly_aegis(2**20, 8, 16, 8))
    assert done == []
    assert "54 s" in raised.value.cause
    assert "1024 MiB" in raised.value.cause
    assert "--patient" in raised.value.remedy


def test_all_slots_of_a_file_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashlib.scrypt", lambda *_, **__: b"\x00" * 32)
    with pytest.raises(errors.WrongFilePassword):
        read(costly_aegis(2**19, 8, 8, 2))
    with pytest.raises(errors.Unreadable):
        read(costly_aegis(2**19, 8, 8, 3))


def test_patience_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hashlib.scrypt", lambda *_, **__: b"\x00" * 32)
    with pytest.raises(errors.WrongFilePassword):
        worded(costly_aegis(2**20, 8, 16, 8), lambda app: "password", patient=True)
    with pytest.raises(errors.Unreadable) as raised:
        worded(costly_aegis(2**23, 8, 1), lambda app: "password", patient=True)
    assert "8192 MiB" in raised.value.cause
    assert "--patient" not in raised.value.remedy


XML = "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n"
OTHER_DATABASE = containers._database("CREATE TABLE messages (body)", [("hello",)], "messages")


def table(*names: str) -> bytes:
    return f"{','.join(names)}\na,b,c\n".encode()


#: A file, what it is called, and what to do.
FILES = {
    "another database": (OTHER_DATABASE, "an app's own database", "Export the accounts in the app"),
    "gzip": (gzip.compress(samples.aegis().data), "packed by gzip", "gunzip"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(range(200)), "7-Zip", "Unpack"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + bytes(200), "RAR", "Unpack"),
    "an empty ZIP": (b"PK\x05\x06" + bytes(18), "empty ZIP", "Export it again"),
    "a spreadsheet": (
        containers.zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
        "office program",
        "",
    ),
    "a ZIP of one name twice": (
        containers.zipped({"a.txt": b"x", "b.txt": b"y"}).replace(b"b.txt", b"a.txt"),
        "the same name",
        "Export it again",
    ),
    "a ZIP of no name": (
        containers.zipped({"a.txt": b"x"}).replace(b"a.txt", b"\0.txt"),
        "or a file has none",
        "Export it again",
    ),
    "an app": (containers.zipped({"AndroidManifest.xml": b"x"}), "an app, not an export", ""),
    "a ZIP of photos": (containers.zipped({"a.jpg": b"\xff\xd8\xff"}), "no known export", ""),
    "Proton Pass under PGP": (
        containers.zipped({"Proton Pass/data.pgp": b"x"}),
        "encrypted for Proton Pass alone",
        "",
    ),
    "PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "encrypted by PGP", "gpg --decrypt"),
    "age": (b"age-encryption.org/v1\n-> x\n", "encrypted by age", "age --decrypt"),
    "KeePass 1": (bytes.fromhex("03d9a29a65fb4bb5") + bytes(300), "KeePass 1", "KeePassXC"),
    "KeePass 2 of old": (
        bytes.fromhex("03d9a29a67fb4bb500000200") + bytes(300),
        "version of KeePass' format",
        "",
    ),
    "Battle.net": (
        f'{XML}<map><string name="com.blizzard.messenger.AUTHENTICATOR_SERIAL">00</string></map>'.encode(),
        "Battle.net",
        "attach it again",
    ),
    "Raivo's page": (b"<html><title>Raivo OTP</title></html>", "Raivo's page", "raivo-otp-export.json"),
    "a page of QR codes": (
        b'<html><img src="data:image/png;base64,AA"></html>',
        "pictures of QR codes",
        "PDF",
    ),
    "a page": (b"<html>hello</html>", "a web page or an XML file", "Export it again"),
    "1PIF": (
        b'{"uuid":"x"}\n***5642bee8-a5ff-11dc-8314-0800200c9a66***\n{"uuid":"y"}\n',
        "1PIF",
        "1PUX",
    ),
    "Authy's servers": (b'{"authenticator_tokens": [], "success": true}', "Authy", "new QR code"),
    "Blur": (b'{"dntmeExport": true, "accounts": []}', "Blur", ""),
    "a backup of ours": (b'{"format": "totpkey backup", "version": 1}', "backup of a totpkey", "restore"),
    "passwords alone": (table("name", "url", "username", "password"), "without a column", "totpkey add"),
    "Steam Desktop Authenticator's list": (
        b'{"encrypted": true, "entries": [], "periodic_checking": false}',
        "pack the whole folder",
        "",
    ),
    "Authme, encrypted": (
        b'{"role": "backup", "encrypted": true, "codes": "", "date": "", "version": 2}',
        "only Authme can open it",
        "",
    ),
    # It was taken for Proton's.
    "steamguard-cli's list": (
        b'{"version": 1, "entries": [{"filename": "1.maFile", "steam_id": 1, "account_name": "x"}]}',
        "steamguard-cli",
        "",
    ),
    "WinAuth, encrypted": (
        b'<?xml version="1.0"?><WinAuth version="3.5"><data encrypted="y">00ff</data></WinAuth>',
        "only WinAuth can open it",
        "",
    ),
    "OTPClient of a later version": (b"OTPClient\0\0\0\x09" + bytes(80), "Its version is 9", ""),
    "OTPClient, cut off": (b"OTPClient\0\0\0\x03" + bytes(50), "cut off", ""),
}


@pytest.mark.parametrize("name", FILES)
def test_what_it_is_and_what_to_do(name: str) -> None:
    data, called, remedy = FILES[name]

    def ask(app: str) -> str:
        raise AssertionError(f"asked for a password of {app}")

    with pytest.raises(errors.Unreadable) as raised:
        worded(data, ask)
    assert called in raised.value.cause
    assert remedy in raised.value.remedy


@pytest.mark.parametrize("text", ["naïve café", "密码和动态码", "hello"])
@pytest.mark.parametrize("encoding", ["latin-1", "gb18030", "utf-16", "utf-16-le", "utf-8"])
def test_text_is_never_asked_for_a_password(text: str, encoding: str) -> None:
    with pytest.raises(errors.Unreadable, match="not a known export"):
        worded(text.encode(encoding, errors="replace"), lambda app: pytest.fail(app))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("andotp encrypted", "another app's encrypted file"),
        ("totp authenticator", "Steam Desktop Authenticator"),
        ("steam folder", "Wrong password"),
    ],
)
def test_a_wrong_password_names_what_else_it_may_be(name: str, told: str) -> None:
    with pytest.raises(errors.WrongFilePassword, match=told):
        read((SAMPLES.get(name) or desktops.steam_folder)().data, "something else")


def test_a_folder_of_steam_s_in_another_encryption_is_told() -> None:
    def lock(name: str) -> desktops.Lock:
        entry, key, iv = desktops.argon2id_lock(name)
        return entry | {"encryption": {"iv": "", "salt": "", "scheme": "Other"}}, key, iv

    with pytest.raises(errors.Unreadable, match="encrypted in an unknown way"):
        read(desktops.steam_folder(lock=lock).data)


def test_duo_s_own_accounts_are_skipped_by_name() -> None:
    document = json.loads(SAMPLES["duo"]().data)
    document[0] |= {"accountType": "DuoAccount"}
    contents = read(json.dumps(document).encode())
    assert [skipped.name for skipped in contents.skipped] == [AMAZON.label]
    assert "only the Duo app" in contents.skipped[0].reason
    assert len(contents.found) == len(PLAIN) - 1


MOST_SECONDS, MOST_MEMORY = 10, 500_000_000

#: Reads a file as the command does and prints what comes of it, and what the process that read it took.
_PROGRAM = """
import json, re, resource, sys
from pathlib import Path
from totpkey import errors
from totpkey.cli.input import files
result = {"found": 0, "cause": "", "remedy": ""}
try:
    contents = files.contents([sys.argv[1]], lambda app: sys.argv[2], patient="--patient" in sys.argv)
    result |= {"found": len(contents.found), "cause": " ".join(one.reason for one in contents.skipped[:9])}
except errors.TotpkeyError as error:
    result |= {"cause": error.cause, "remedy": error.remedy}
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
result |= {"seconds": sum(one.ru_utime + one.ru_stime for one in used)}
own, others = (one.ru_maxrss for one in used)
if sys.platform == "linux":
    # ru_maxrss has what the parent had before this program began, and this has not.
    own = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
result |= {"memory": (own + others) * (1 if sys.platform == "darwin" else 1024)}
print(json.dumps(result))
"""


def environment(language: str) -> dict[str, str]:
    return {**os.environ, "LANGUAGE": language}


def comes_of(file: Path, environment: dict[str, str], *options: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(file), PASSWORD, *options],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    result: dict[str, object] = json.loads(done.stdout)
    return result


#: One of each kind of limit: refused at its place, stopped for time, for memory, for its number of entries.
QUICK = (
    "a view that never ends",
    "a secret of 0.7 MB",
    "spaces after base64",
    "comments that do not end",
    "entities in a KeePass database in UTF-16",
    "5000 nested groups",
    "an entity from another file",
    "a long secret within an encrypted export",
    "a ZIP with an endless view before an export",
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell what a process took")
@pytest.mark.parametrize("name", sampled(hostile.FILES, QUICK))
def test_a_hostile_file_is_read_or_refused_within_bounds(name: str, tmp_path: Path) -> None:
    file = tmp_path / "export"
    file.write_bytes(hostile.FILES[name]())
    result = comes_of(file, environment("en"))
    assert float(str(result["seconds"])) < MOST_SECONDS
    assert int(str(result["memory"])) < MOST_MEMORY
    # Not all is hostile enough to be refused, but nothing is silent.
    assert result["found"] or result["cause"]
    assert "nobody foresaw" not in str(result["cause"])


#: Formats that hold many accounts of the usual kind. Those that differ in little but names take their time.
MANY = sampled(samples.WRITERS, ("aegis", "bitwarden", "andotp encrypted"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell what a process took")
@pytest.mark.parametrize("name", MANY)
def test_ten_thousand_accounts_take_less_than_200_mb(tmp_path: Path, name: str) -> None:
    # A database has another one in its history, and 10 000 entries are the most that are read.
    many = tuple(Entry(f"Shop {n}", f"user{n}@example.com", n.to_bytes(20, "big")) for n in range(9_990))
    file = tmp_path / "export"
    file.write_bytes(samples.WRITERS[name](many).data)
    result = comes_of(file, environment("en"), "--patient")
    assert result["found"] == len(many)
    assert 10_000_000 < int(str(result["memory"])) < 200_000_000


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell what a process took")
@pytest.mark.parametrize(
    ("language", "time", "memory", "patience"),
    [
        ("en", "took more than 8 s of work", "needed more than 360 MiB of memory", "--patient"),
        ("zh_CN", "处理时间超过 8 秒", "需要的内存超过 360 MiB", "--patient"),
    ],
)
def test_a_limit_is_named_with_the_file_in_the_reader_s_language(
    language: str, time: str, memory: str, patience: str, tmp_path: Path
) -> None:
    slow, large = tmp_path / "slow.zip", tmp_path / "large.json"
    slow.write_bytes(hostile.FILES["50 pages of TIFF"]())
    large.write_bytes(hostile.FILES["JSON of two million objects"]())
    for file, words in ((slow, time), (large, memory)):
        result = comes_of(file, environment(language))
        assert words in str(result["cause"])
        assert str(file) in str(result["cause"])
        assert patience in str(result["remedy"])


def answer(**changes: Any) -> dict[str, Any]:
    given = wire.of_contents(files.read(samples.aegis(PLAIN[:1]).data, str))
    given["found"][0]["account"] |= changes
    return given


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "motp"},
        {"algorithm": "MD5"},
        {"digits": 99},
        {"digits": True},
        {"period": 0},
        {"secret": "zz"},
        {"secret": ""},
        {"secret": "00" * 200},
        {"label": "x" * 65},
        {"label": "a\x1b[2J"},
        {"issuer": 5},
        {"counter": -1},
    ],
)
def test_an_answer_is_checked_as_any_input(changes: dict[str, Any]) -> None:
    """What no account is makes all of it false; what no key takes is skipped."""
    assert len(fitting(wire.to_contents(answer())).found) == 1
    with suppress(Problem):
        fit = fitting(wire.to_contents(answer(**changes)))
        assert [found.account.name.isprintable() for found in fit.found] or fit.skipped


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names in folders")
def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(errors.Unreadable, match="not a known export"):
        sources.contents([str(pipe)], str)
