"""Runs the vendor's model of TROPIC01 with commands from standard input; see `vendor`.

It runs in the Python in which the model is installed, and imports nothing of ours.

    python tvl_model.py PRIVATE PAIRING     the chip's private key, and the public key in pairing slot 0

The commands are `select 0|1`, `power`, and `exchange HEX`, which prints the bytes received.
"""

import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tvl.targets.model.tropic01_model import Tropic01Model

private, pairing = (bytes.fromhex(argument) for argument in sys.argv[1:])
public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
model = Tropic01Model.from_dict(
    {
        "s_t_priv": private,
        "s_t_pub": public,
        "i_pairing_keys": {0: {"value": pairing}},
        # The part of a certificate that contains the public key: the end of the algorithm's name and a bit
        # string.
        "x509_certificate": bytes(300) + bytes.fromhex("06032b656e032100") + public,
        "busy_iter": [True, False, True, True, False],
    }
)
model.power_on()
for line in sys.stdin:
    command, *arguments = line.split()
    if command == "power":
        model.power_off()
        model.power_on()
    elif command == "select":
        model.spi_drive_csn_low() if arguments == ["1"] else model.spi_drive_csn_high()
    elif command == "exchange":
        print(model.spi_send(bytes.fromhex(arguments[0])).hex(), flush=True)
    else:
        raise SystemExit(f"unknown: {command}")
