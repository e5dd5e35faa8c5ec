"""How much of a run file each version of DuckDB reads, from the file that `make clients` writes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "clients.csv"
TEXTS = ("duckdb", "tested")


@dataclass(frozen=True)
class Compatibility:
    """A row of iamsql.compat: how many of the objects a range of versions reads as the newest version does.

    `tested` is the version that was tested for the range. Objects that were added later are not counted.
    """

    duckdb: str
    tested: str
    tables: int
    of_tables: int
    macros: int
    of_macros: int
    named_arguments: int
    of_named_arguments: int
    note: str | None

    def values(self) -> list[Any]:
        """Return the values in the order of the columns."""
        return list(astuple(self))


@cache
def compatibility() -> Sequence[Compatibility]:
    """Return the rows of iamsql.compat, from the oldest version to the newest."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(map(_parse_compatibility, csv.DictReader(stream)))


def _parse_compatibility(row: dict[str, str]) -> Compatibility:
    counts = {name: int(value) for name, value in row.items() if name not in (*TEXTS, "note")}
    return Compatibility(row["duckdb"], row["tested"], **counts, note=row["note"] or None)
