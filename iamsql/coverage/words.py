"""Counts and commands for sentences about missing data."""

from __future__ import annotations

from iamsql.store.metadata import RunMetadata

IMPORT_AGAIN = "iamsql import PATH…"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, such as `1 account` or `2 accounts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sync_of(facts: RunMetadata) -> str:
    """Return the command that collects a new run from the same source: AWS, or the sample organization."""
    return "iamsql sync --demo" if facts.options.get("demo") else "iamsql sync"
