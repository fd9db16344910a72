"""Accounts, and the bytes they are stored as."""

import struct

from totpkey_protocol.words import ALGORITHMS

from . import otp

#: identifier, algorithm, digits, period, lengths in bytes of issuer, label and secret.
_HEAD = "<IBBHHHB"
_HEAD_SIZE = 13


class Account:
    """One account: who issued it, for whom, and how its codes are made (RFC 6238)."""

    def __init__(
        self,
        identifier: int,
        issuer: str,
        label: str,
        secret: bytes,
        algorithm: str = "SHA1",
        digits: int = 6,
        period: int = 30,
    ) -> None:
        self.identifier = identifier
        self.issuer = issuer
        self.label = label
        self.secret = secret
        self.algorithm = algorithm
        self.digits = digits
        self.period = period

    @property
    def name(self) -> str:
        """The identifier as the protocol writes it: eight hexadecimal digits."""
        text = hex(self.identifier)[2:]
        return "0" * (8 - len(text)) + text

    def code(self, step: int) -> str:
        """The code for time step `step`."""
        return otp.hotp(self.algorithm, self.secret, step, self.digits)

    def pack(self) -> bytes:
        """The account as a record: the head, then issuer and label in UTF-8, then the secret."""
        issuer, label = self.issuer.encode(), self.label.encode()
        head = struct.pack(
            _HEAD,
            self.identifier,
            ALGORITHMS.index(self.algorithm),
            self.digits,
            self.period,
            len(issuer),
            len(label),
            len(self.secret),
        )
        return head + issuer + label + self.secret


def unpack(record: bytes) -> Account:
    """The account that `record` was packed from."""
    identifier, algorithm, digits, period, issuer, label, secret = struct.unpack(_HEAD, record[:_HEAD_SIZE])
    label_at = _HEAD_SIZE + issuer
    secret_at = label_at + label
    return Account(
        identifier,
        str(record[_HEAD_SIZE:label_at], "utf-8"),
        str(record[label_at:secret_at], "utf-8"),
        record[secret_at : secret_at + secret],
        ALGORITHMS[algorithm],
        digits,
        period,
    )
