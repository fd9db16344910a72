"""Names of accounts as people write them: `issuer:label`, or a label alone."""

from __future__ import annotations


def join(issuer: str, label: str) -> str:
    """The name of an account."""
    return f"{issuer}:{label}" if issuer else label


def split(name: str) -> tuple[str, str]:
    """Issuer and label of a name, split at the first colon; without one there is no issuer."""
    prefix, colon, rest = name.partition(":")
    return (prefix.strip(), rest.strip()) if colon else ("", name.strip())
