"""A TROPIC01 secure element beside the chip: its wire, its session, its commands (docs/concepts/element.md).

Only `glance` is loaded by a key without one.
"""
