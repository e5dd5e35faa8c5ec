"""Names of time zones: PostgreSQL reads an abbreviation as a fixed offset, and the sign of an offset as POSIX does."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import literal_text, text
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError

# Hours east of Greenwich; DuckDB reads some of these names as zones with daylight saving time.
_ABBREVIATIONS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2, "eest": 3,
    "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_OFFSET = re.compile(r"([+-]?)(\d{1,2})(?::?00)?")


def duckdb_zone(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a time zone as DuckDB names it; the names of regions are the same. Raise IamsqlError for other names."""
    if types.of(node) == "interval":
        raise IamsqlError("AT TIME ZONE with an interval is not supported; name the zone, such as 'Europe/Berlin'.")
    name = literal_text(node)
    if name is None:
        return node.copy()
    hours = _ABBREVIATIONS.get(name.lower())
    if offset := _OFFSET.fullmatch(name):
        hours = int(offset[2]) * (1 if offset[1] == "-" else -1)
    elif hours is None and "/" not in name and (re.search(r"\d", name) or len(name) <= 4):
        raise IamsqlError(f"The time zone '{name}' is not supported; name a region, such as 'Europe/Berlin', or UTC.")
    if hours is None:
        return node.copy()
    return text("UTC" if hours == 0 else f"Etc/GMT{-hours:+d}")
