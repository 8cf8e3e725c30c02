"""Counts in sentences, as the launcher writes them (src/plural.ts). Standard library only, Python 3.9 and later."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """A count with its noun in the right number: "1 rank", "8 ranks", "100,000 optimizer steps"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
