"""Print a table with tabulate. It takes 30 ms to import, so other formats and large tables do not load this module."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate


def simple_table(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> str:
    """Return a table in the format `simple`, with columns of numbers aligned to the right; the texts are printable ASCII."""
    sides = ["right" if number else "left" for number in numbers] if rows else None
    table: str = tabulate(rows, names, "simple", disable_numparse=True, colalign=sides, preserve_whitespace=True)
    return table + "\n"
