"""Whoever lacks the secret of a check does not pass it, whatever they send.

A check is a call of the one comparison of secrets: `equal` in the firmware, `compare_digest` in the
command. `CHECKS` names each by its file and function. Those of files that come from elsewhere have their
forgeries in tests of their own (`ELSEWHERE`).
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
from base64 import b64encode
from binascii import crc32
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from readers.tests import containers
from readers.tests.entries import PASSWORD, cbc
from totpkey.link.conversation import Session
from totpkey.locks.passphrase import proof_of, verifier_of
from totpkey.web.admission import Admission
from totpkey_firmware.crypto import gcm, siv, x25519
from totpkey_firmware.element.link import ElementError
from totpkey_firmware.element.session import Pairing, open_session
from totpkey_firmware.setup import channel, exchange, firmware_slots
from totpkey_firmware.setup.commands import backup, cloning, ends
from totpkey_firmware.vault import journal, key_slots, lock_changes
from totpkey_protocol.errors import Refusal
from totpkey_protocol.journal import UNKNOWN
from totpkey_protocol.words import PASSPHRASE
from totpkey_readers.formats import archives, bitwarden, keepass, locked, otp_auth
from totpkey_readers.records.problem import Problem
from totpkey_virtual.secure_element import Handshake, Memory

KEY, ANOTHER = bytes(range(1, 65)), bytes(range(65, 129))
SECRET, OTHERS = KEY[:32], ANOTHER[:32]


@dataclass(frozen=True)
class Check:
    """What passes it (None: nothing), whether some bytes do, and what is right elsewhere: in another
    session, for another key, place or account, or a moment before.
    """

    right: bytes | None
    passes: Callable[[bytes], bool]
    elsewhere: tuple[bytes, ...] = ()
    #: Whether any bytes but the right ones are a forgery.
    alone: bool = True

    @property
    def forgeries(self) -> list[bytes]:
        any_bytes = _other_bytes(self.right or SECRET) if self.alone else ()
        return [forged for forged in (*any_bytes, *self.elsewhere) if forged != self.right]


def _other_bytes(right: bytes) -> Iterator[bytes]:
    """Nothing, too little, too much, twice, in another case, type, order or place, and a bit changed."""
    yield from (b"\0", right + b"\0", b"\0" + right, right + right, right[::-1], right[1:] + right[:1])
    yield from (right.swapcase(), right.hex().encode(), bytes(len(right)), b"\xff" * len(right))
    for at in range(len(right)):
        yield from (right[:at], right[at + 1 :])
        yield right[:at] + bytes((right[at] ^ 1 << at % 8,)) + right[at + 1 :]


def _passes(call: Callable[[bytes], object], *refusals: type[Exception]) -> Callable[[bytes], bool]:
    """Whether a call returns something, where it raises one of `refusals` for what it refuses."""

    def passes(offered: bytes) -> bool:
        try:
            return call(offered) not in (None, False, "")
        except refusals:
            return False

    return passes


# Seals


def _siv() -> Check:
    def sealed(key: bytes = KEY, *names: bytes) -> bytes:
        return bytes(siv.seal(key, names, b"an account"))

    place = b"place", b"name"
    opens = _passes(lambda offered: siv.open_sealed(KEY, place, offered), siv.BadSeal)
    names = (), (b"other",), (b"name", b"place"), (b"place",), (b"placename",), (b"place", b"name", b"")
    elsewhere = [sealed(KEY, *others) for others in names]
    return Check(sealed(KEY, *place), opens, (sealed(ANOTHER, *place), *elsewhere))


def _gcm() -> Check:
    opens = _passes(lambda offered: gcm.open_sealed(SECRET, bytes(12), offered, b"name"), siv.BadSeal)
    elsewhere = [
        gcm.seal(OTHERS, bytes(12), b"result", b"name"),
        gcm.seal(SECRET, b"1" * 12, b"result", b"name"),
    ]
    return Check(
        gcm.seal(SECRET, bytes(12), b"result", b"name"),
        opens,
        (*elsewhere, gcm.seal(SECRET, bytes(12), b"result")),
    )


def _element() -> Check:
    """What an element answers to a handshake."""
    public = x25519.multiply(SECRET, x25519.BASE)
    memory, other = Memory(public), Memory(public)
    pairing, ephemeral = Pairing(1, SECRET, public, memory.public), OTHERS
    own = x25519.multiply(ephemeral, x25519.BASE)

    def opens(offered: bytes) -> object:
        link: Any = SimpleNamespace(request=lambda kind, data: offered)
        return open_session(link, pairing, bytearray(ephemeral))

    elsewhere = (
        Handshake(other, 1, public, own).reply,
        Handshake(memory, 2, public, own).reply,
        Handshake(memory, 1, public, public).reply,
        Handshake(memory, 1, own, own).reply,
    )
    return Check(Handshake(memory, 1, public, own).reply, _passes(opens, ElementError), elsewhere)


# Records of a session


def _line(request_id: int, secret: bytes = SECRET, **more: object) -> bytes:
    text = json.dumps({"id": request_id, **(more or {"command": "list"})}).encode()
    proof = channel.Proof(secret)
    proof.update(text)
    return text + proof.tag().encode()


def _record(begun: bool = True) -> Check:
    """A request to the key, in the session that began with 5, after the request 6."""

    def opens(offered: bytes) -> object:
        serial: Any = SimpleNamespace(write=None)
        opened = channel.Channel(serial, bytearray(32))
        if begun:
            opened.begin(SECRET, 5)
            opened.open(memoryview(_line(6)))
        request = opened.open(memoryview(offered))
        return request and request[2]

    right, tag = _line(7), _line(7)[-32:]
    elsewhere = (
        *(_line(5), _line(6), _line(7, OTHERS), _line(7, b""), _line(7, ok={}), _line(8)[:-32] + tag),
        *(tag, right[:-32], right[:-32] + b" " + tag, right[:-32] + tag.upper(), right + b"}", b"{}" + tag),
    )
    passes = _passes(opens, Refusal)
    return Check(right if begun else None, passes, (right, *elsewhere))


def _reply() -> Check:
    session, other = Session(), Session()
    text = b'{"id":7,"ok":{}}'
    right, tag = text + session.tag(text), session.tag(b'{"id":8,"ok":{}}')
    elsewhere = text, text + other.tag(text), text + tag, tag, session.tag(b"")[:-1], right + b"\r"
    return Check(right, _passes(session.opened), elsewhere)


# What a touch has allowed


def _stub(**grants: object) -> Any:
    vault = mock.MagicMock(state="open")
    vault.__len__.return_value = 1
    vault.account.return_value = SimpleNamespace(end=b"")
    key = SimpleNamespace(grants=SimpleNamespace(**grants), vault=vault)
    return SimpleNamespace(key=key, account=lambda: 0, start=lambda: 0)


def _untouched(handler: Callable[[Any], Any], request: Any, field: str) -> Callable[[bytes], bool]:
    """Whether a handler does without a touch what a request with that field asks."""

    def passes(offered: bytes) -> bool:
        request.data = lambda name: offered if name == field else b""
        return next(handler(request), None) is None

    return passes


def _export(granted: bytes = SECRET) -> Check:
    def passes(offered: bytes) -> bool:
        return _untouched(backup.export, _stub(export_for=granted), "derived")(offered)

    return Check(granted or None, passes, (OTHERS, SECRET))


def _clone() -> Check:
    clone = SimpleNamespace(sends=True, peer=SECRET, sealing=KEY)
    return Check(SECRET, _untouched(cloning.clone_send, _stub(clone=clone), "peer"), (OTHERS,))


def _owner() -> Check:
    """The answer of an end's owner to a challenge."""
    name, end, challenge = "01020304", b"x" * 12, KEY[:16]
    verifier = verifier_of(SECRET)
    account: Any = SimpleNamespace(identifier=int(name, 16), end=bytes(24) + verifier)

    def proves(offered: bytes) -> bool:
        request: Any = SimpleNamespace(data={"proof": offered, "end": end}.__getitem__)
        return ends._proves(request, challenge, account)

    elsewhere = (
        proof_of(verifier_of(OTHERS), challenge, name, end),
        proof_of(b"", challenge, name, end),
        proof_of(verifier, KEY[16:32], name, end),
        proof_of(verifier, b"", name, end),
        proof_of(verifier, challenge, "04030201", end),
        proof_of(verifier, challenge, "", end),
        proof_of(verifier, challenge, name, b""),
        proof_of(verifier, challenge, name, b"y" * 12),
        *(
            verifier,
            challenge,
            hashlib.sha256(challenge).digest(),
            hmac.digest(challenge, verifier, "sha256"),
        ),
    )
    return Check(proof_of(verifier, challenge, name, end), proves, elsewhere)


# What stands in flash, or goes there


def _data_key() -> Check:
    """The data key that a slot wraps, before another is wrapped under the same secret."""
    known: Any = SimpleNamespace(secret=lambda slot: SECRET)
    keys: Any = SimpleNamespace(present=bytearray(KEY))
    unused: Any = None
    changes = lock_changes.LockChanges(known, unused, unused, unused, keys)

    def opens(offered: bytes, secret: bytes = SECRET) -> bool:
        slot = key_slots.Slot(PASSPHRASE, SECRET[:16], 65536, 3, 4)
        slot.wrap(secret, bytearray(offered), True)
        return changes._opens(slot, True)

    assert not opens(KEY, OTHERS)
    return Check(KEY, opens, (ANOTHER,))


def _firmware() -> Check:
    content = bytes(range(256)) * 5

    def read_at(file: object, at: int, room: memoryview) -> None:
        room[:] = content[at : at + len(room)]

    def matches(offered: bytes) -> bool:
        with mock.patch.multiple(firmware_slots, kept_open=lambda name: None, read_at=read_at):
            return firmware_slots.matches("b", len(content), offered)

    elsewhere = (hashlib.sha256(b"").digest(), hashlib.sha256(content[:-1]).digest())
    return Check(hashlib.sha256(content).digest(), matches, elsewhere)


def _mark() -> Check:
    """The proof of a mark in NVM: whoever writes there may make the checksum right."""
    mark, right = bytes(10), SECRET[:8]
    log: Any = SimpleNamespace(counts=lambda mark: True, proof=lambda mark, how, at: right)

    def proves(offered: bytes) -> bool:
        seal = b"\x01" + offered
        return journal._how(log, mark + seal + bytes((crc32(seal) & 0xFF ^ 0xFF,)), 0) not in (UNKNOWN, 3)

    return Check(right, proves, (OTHERS[:8],))


def _shared() -> Check:
    """What two keys share: with a point of low order (RFC 7748 section 7), anybody knows it."""
    agrees = _passes(
        lambda offered: exchange.sealing_key(bytearray(SECRET), offered, b"", b"", "", None), Refusal
    )
    prime = (1 << 255) - 19
    low = (0, 1, prime - 1, prime, prime + 1)
    return Check(x25519.BASE, agrees, tuple(one.to_bytes(32, "little") for one in low), alone=False)


# The command's own door, and files of other apps


def _door() -> Check:
    door = Admission(8080)
    origin = "http://127.0.0.1:8080"
    passes = _passes(lambda offered: door.admits([origin], [offered.decode("latin-1")]))
    return Check(
        door.subprotocol.encode(), passes, (Admission(8080).subprotocol.encode(), door.token.encode())
    )


def _bitwarden() -> Check:
    iv, body = bytes(16), cbc(SECRET, bytes(16), b"secret")

    def opens(offered: bytes) -> object:
        text = "2." + "|".join(b64encode(part).decode() for part in (iv, body, offered))
        return bitwarden._open_string(text, "data", SECRET, OTHERS)

    elsewhere = hmac.digest(SECRET, iv + body, "sha256"), hmac.digest(OTHERS, body, "sha256")
    return Check(hmac.digest(OTHERS, iv + body, "sha256"), _passes(opens, Problem), elsewhere)


def _keepass() -> Check:
    """All behind the header. What follows the last block is no part of it."""
    data = containers.keepass().data
    header = keepass.read_header(data)
    derived = keepass.derive_key(header, PASSWORD)
    right = data[header.size :]

    def reads(offered: bytes) -> object:
        if offered != right and offered.startswith(right):
            return None
        return keepass._open_4(data[: header.size] + offered, header, derived)

    elsewhere = containers.keepass().data[header.size :]
    return Check(right, _passes(reads, Problem), (elsewhere,))


def _rncryptor() -> Check:
    """What OTP Auth has sealed."""
    body = cbc(locked.pbkdf2("password", bytes(8), otp_auth._RN_ROUNDS, "sha1"), bytes(16), b"{}")

    def sealed(password: str) -> bytes:
        text = otp_auth._RN_BEGINS + bytes(8) + SECRET[:8] + bytes(16) + body
        own = locked.pbkdf2(password, SECRET[:8], otp_auth._RN_ROUNDS, "sha1")
        return text + hmac.digest(own, text, "sha256")

    opens = _passes(lambda offered: otp_auth._open_rncryptor(offered, "password"), Problem)
    return Check(sealed("password"), opens, (sealed("another"), sealed("")))


def _zip() -> Check:
    """A file in an archive, encrypted by AES."""
    archive = archives.Archive(containers.zipped({"name": b"accounts"}, "password"))
    (info,) = archive._zip.infolist()
    right = archive._raw(info)

    def opens(offered: bytes) -> object:
        with mock.patch.object(archive, "_raw", return_value=offered):
            return archive._read_aes(info, "password")

    other = archives.Archive(containers.zipped({"name": b"accounts"}, "another"))
    return Check(right, _passes(opens, Problem), (other._raw(other._zip.infolist()[0]),))


#: By file and function: what makes its checks.
CHECKS: dict[str, tuple[Callable[[], Check], ...]] = {
    "totpkey_firmware/crypto/siv.py:_open": (_siv,),
    "totpkey_firmware/crypto/gcm.py:open_sealed": (_gcm,),
    "totpkey_firmware/element/session.py:open_session": (_element,),
    "totpkey_firmware/setup/channel.py:_proves": (_record, partial(_record, begun=False)),
    "totpkey_firmware/setup/commands/backup.py:export": (_export, partial(_export, b"")),
    "totpkey_firmware/setup/commands/cloning.py:clone_send": (_clone,),
    "totpkey_firmware/setup/commands/ends.py:_proves": (_owner,),
    "totpkey_firmware/setup/exchange.py:sealing_key": (_shared,),
    "totpkey_firmware/setup/firmware_slots.py:matches": (_firmware,),
    "totpkey_firmware/vault/journal.py:_how": (_mark,),
    "totpkey_firmware/vault/lock_changes.py:_opens": (_data_key,),
    "totpkey/link/conversation.py:opened": (_reply,),
    "totpkey/web/admission.py:_same": (_door,),
    "totpkey_readers/formats/bitwarden.py:_open_string": (_bitwarden,),
    "totpkey_readers/formats/keepass.py:_open_4": (_keepass,),
    "totpkey_readers/formats/otp_auth.py:_open_rncryptor": (_rncryptor,),
    "totpkey_readers/formats/archives.py:_read_aes": (_zip,),
}
#: Published files, whose forgeries are in these tests.
ELSEWHERE = {
    "totpkey/install/download.py:_fits": "tests/install/test_install.py::test_downloads_are_checked",
    "totpkey/install/signed_release.py:_content": "tests/install/test_signed_release.py"
    "::test_a_tampered_release_is_refused_by_name",
    "totpkey/install/verifying.py:_compare_slots": "tests/install/test_verify.py"
    "::test_a_changed_byte_is_named_by_file",
    "totpkey/locks/certificates.py:_authority": "tests/element/test_certificates.py::test_another_root",
}


ROOT = Path(__file__).resolve().parents[2]
#: The one comparison of secrets, in firmware and command.
COMPARISONS = ("equal", "compare_digest")
#: What is compared by these is compared by the one.
DIGESTS = ("digest", "hexdigest", "hmac")


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in (ROOT / "firmware/lib", ROOT / "host", ROOT / "readers/src"):
        for package in ("totpkey_firmware", "totpkey_protocol", "totpkey", "totpkey_readers"):
            for path in sorted((folder / package).rglob("*.py")):
                yield path.relative_to(folder).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _called(node: ast.AST) -> str:
    """The name of what a node calls, "" if it calls nothing."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", ""))


def checks() -> set[str]:
    """The file and the innermost function of each call of the one comparison."""
    found = set()
    for name, tree in _trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and any(
                _called(node) in COMPARISONS for node in ast.walk(function)
            ):
                found.add(f"{name}:{function.name}")
    return found


def test_each_check_has_forgeries() -> None:
    assert checks() == {*CHECKS, *ELSEWHERE}
    for reference in ELSEWHERE.values():
        path, _, test = reference.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_no_digest_is_compared_by_anything_else() -> None:
    """But for the hashes in other apps' files, which have no key and keep nobody out."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and "/formats/" not in name
        and any(_called(part) in DIGESTS for part in (node.left, *node.comparators))
    ]
    assert found == [], "use totpkey_firmware.crypto.siv.equal, or hmac.compare_digest"


MADE = [
    pytest.param(make, id=f"{name}-{place}") for name in CHECKS for place, make in enumerate(CHECKS[name])
]


@pytest.mark.parametrize("make", MADE)
def test_no_forgery_passes(make: partial[Check]) -> None:
    check = make()
    assert check.right is None or check.passes(check.right)
    assert len(check.forgeries) > 3
    assert [forged for forged in check.forgeries if check.passes(forged)] == []
