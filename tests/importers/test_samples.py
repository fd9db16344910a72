"""Every format is read as it was written; damaged ones give exact errors; nothing else ever comes out."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importers import bitwarden, migration, samples
from tests.importers.entries import AMAZON, COUNTED, ENTRIES, PASSWORD, PLAIN, Entry, Sample
from tests.importers.samples import SAMPLES
from totpkey import errors
from totpkey.importers import files
from totpkey.importers.contents import Contents

MIGRATION = migration.uri


def read(data: bytes, password: str = PASSWORD) -> Contents:
    return files.read(data, lambda app: password)


def entries(contents: Contents) -> tuple[Entry, ...]:
    """What was read, in the writers' terms."""
    return tuple(
        Entry(a.issuer, a.label, a.secret, a.algorithm, a.digits, a.period, a.type, a.counter)
        for a in (found.account for found in contents.found)
    )


@cache
def sample(name: str) -> Sample:
    return SAMPLES[name]()


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_written_is_read(name: str) -> None:
    contents = read(sample(name).data)
    assert entries(contents) == sample(name).entries
    assert contents.skipped == []
    assert contents.warnings == []


@pytest.mark.parametrize("name", [name for name in SAMPLES if sample(name).encrypted])
def test_a_wrong_password_is_told(name: str) -> None:
    with pytest.raises(errors.WrongFilePassword) as raised:
        read(sample(name).data, "something else")
    assert "password" in raised.value.cause
    assert PASSWORD not in raised.value.cause + raised.value.remedy


@pytest.mark.parametrize("name", [name for name in SAMPLES if not sample(name).encrypted])
def test_plain_exports_ask_for_no_password(name: str) -> None:
    def ask(app: str) -> str:
        raise AssertionError(app)

    assert files.read(sample(name).data, ask).found


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_each_schema_of_2fas(schema: int) -> None:
    assert entries(read(samples.two_fas(schema=schema).data)) == ENTRIES


def test_a_restricted_bitwarden_export_says_what_to_do() -> None:
    with pytest.raises(errors.InvalidImport, match="password protected"):
        read(bitwarden.restricted())


# Google Authenticator's batches

FIRST, SECOND = PLAIN[:1], PLAIN[1:]


def test_batches_come_together_in_any_order_and_twice() -> None:
    uris = [MIGRATION(SECOND, 1, 2, -77), MIGRATION(FIRST, 0, 2, -77), MIGRATION(SECOND, 1, 2, -77)]
    contents = read("\n".join(uris).encode())
    assert entries(contents) == PLAIN
    assert contents.warnings == []


@pytest.mark.parametrize(("index", "missing"), [(0, "number 2, 3"), (2, "number 1, 2")])
def test_missing_batches_are_named(index: int, missing: str) -> None:
    (warning,) = read(MIGRATION(FIRST, index, 3, 5).encode()).warnings
    assert missing in warning
    assert "3 QR codes" in warning


@pytest.mark.parametrize("pluses", [" ", "+", "-"])
def test_base64_that_was_mangled_on_the_way(pluses: str) -> None:
    entry = Entry("A", "b", b"\xfb\xef\xbe" * 7)
    uri = MIGRATION((entry,)).replace("%2B", pluses).replace("%3D", "")
    assert entries(read(uri.encode())) == (entry,)


def test_what_google_authenticator_has_and_a_key_has_not() -> None:
    odd = migration.field(1, b"D" * 20) + migration.field(2, b"md five") + migration.field(4, 4)
    message = migration.field(1, odd) + migration.field(1, migration.account(AMAZON))
    uri = "otpauth-migration://offline?data=" + base64.b64encode(message).decode()
    contents = read(uri.encode())
    assert entries(contents) == (AMAZON,)
    (skipped,) = contents.skipped
    assert (skipped.place, skipped.name) == ("code 1, entry 1", "md five")
    assert "algorithm" in skipped.reason


# Damage


def damaged_aegis(**changes: object) -> bytes:
    document = json.loads(samples.aegis((AMAZON, PLAIN[1])).data)
    document["db"]["entries"][1]["info"].update(changes)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret": None}, "info.secret is missing"),
        ({"secret": 5}, "info.secret is not a text"),
        ({"secret": "JBSWY3DP!HPK3PXP"}, "Character 9"),
        ({"secret": ""}, "0 bytes"),
        ({"digits": "six"}, "info.digits is not a whole number"),
        ({"digits": 99}, "digits = 99"),
        ({"period": 1.5}, "info.period is not a whole number"),
        ({"period": True}, "info.period is not a whole number"),
        ({"period": 0}, "period = 0"),
        ({"algo": "MD5"}, "algorithm"),
        ({"algo": []}, "info.algo is not a text"),
    ],
)
def test_a_damaged_entry_is_skipped_with_its_place_and_field(changes: dict[str, object], reason: str) -> None:
    contents = read(damaged_aegis(**changes))
    assert entries(contents) == (AMAZON,)
    (skipped,) = contents.skipped
    assert skipped.place == "entry 2"
    assert skipped.name == "GitHub:me"
    assert reason in skipped.reason
    assert "JBSWY3DP" not in skipped.reason


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "not an export"),
        (b"hello", "not an export"),
        (b"{}", "not an export"),
        (b"[1]", "not an export"),
        (b'{"db": {"entries"', "cut off"),
        (b'{"db": {]}', "line 1, column 9"),
        (b"[" * 100_000, "not JSON as"),
        (b'{"header": 5, "db": {}}', "header is not an object"),
        (b'{"header": {}, "db": {}}', "db.entries is missing"),
        (b'{"services": 7}', "services is not a list"),
        (b'{"accounts": []}', "no accounts"),
        (b"otpauth-migration://offline?data=AAA%3Axx", "not base64"),
        (b"otpauth-migration://offline?data=CgU", "cut off"),
        (b"otpauth-migration://offline", "no data"),
        (b"AUTHENTICATORPRO1234", "cut off"),
        (b"AuthenticatorPro1234", "cut off"),
        (b"\xff\xd8", "not an export"),
    ],
)
def test_what_cannot_be_read_at_all(data: bytes, cause: str) -> None:
    with pytest.raises(errors.InvalidImport) as raised:
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
    with pytest.raises(errors.InvalidImport):
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
    except (errors.InvalidImport, errors.WrongFilePassword) as error:
        text = f"{error.cause} {error.remedy} {error.__cause__!r}"
    assert not any(entry.base32[:24] in text for entry in (*ENTRIES, *PLAIN))


CHEAP = [name for name in SAMPLES if not name.startswith(("stratum ", "proton ", "2fas e", "andotp old"))]


@settings(deadline=None)
@given(st.sampled_from(CHEAP), st.integers(0, 20_000))
def test_truncated_exports(name: str, length: int) -> None:
    data = sample(name).data
    declared(data[: length % len(data)])


#: What a file that ends too early is told: by a password that cannot be right, where only that can tell.
CUT_OFF = (
    "cut off",
    "not an export",
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
        except (errors.InvalidImport, errors.WrongFilePassword) as error:
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
    with pytest.raises(errors.InvalidImport, match="cut off"):
        read(data[: length % (len(data) - 1) + 1])


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(COSTLY), st.integers(0, 20_000), st.binary(min_size=1, max_size=3))
def test_mutated_exports_that_are_dear_to_open(name: str, place: int, new: bytes) -> None:
    data = bytearray(sample(name).data)
    at = place % len(data)
    data[at : at + len(new)] = new
    declared(bytes(data))


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.sampled_from([name for name in CHEAP if sample(name).data.startswith(b"{")]), st.data())
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


#: Reads a file in a process of its own, so that nothing else counts: accounts found, then the most memory in
#: bytes. Linux keeps in ru_maxrss what the parent had before the program began, but not in VmHWM.
_MEASURE = """
import re, resource, sys
from pathlib import Path
from totpkey.importers import files
contents = files.read(Path(sys.argv[1]).read_bytes(), lambda app: sys.argv[2])
if sys.platform == "linux":
    most = 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
else:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(contents.found), most)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell how much memory a process took")
@pytest.mark.parametrize("name", samples.WRITERS)
def test_ten_thousand_accounts_take_less_than_200_mb(tmp_path: Path, name: str) -> None:
    many = tuple(Entry(f"Shop {n}", f"user{n}@example.com", n.to_bytes(20, "big")) for n in range(10_000))
    file = tmp_path / "export"
    file.write_bytes(samples.WRITERS[name](many).data)
    program = [sys.executable, "-c", _MEASURE, str(file), PASSWORD]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    count, most = map(int, done.stdout.split())
    assert count == len(many)
    assert 10_000_000 < most < 200_000_000
