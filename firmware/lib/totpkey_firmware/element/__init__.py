"""A TROPIC01 secure element beside the chip: its wire, its session, its commands (docs/element.md).

Nothing of the key loads this yet; the tests do, on the key's own processor.
"""
