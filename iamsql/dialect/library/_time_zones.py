"""Names of time zones: PostgreSQL takes abbreviations for fixed offsets and reads the signs of offsets as POSIX does."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import literal, text
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

# hours east of Greenwich; DuckDB takes some of these names for zones with daylight saving time
ABBREVIATIONS = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2, "eest": 3,
    "msk": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
OFFSET = re.compile(r"([+-]?)(\d{1,2})(?::?00)?")


def zone_of(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Return the zone as DuckDB names it; the names of regions are the same."""
    if kinds.of(node) == "interval":
        raise IamsqlError("AT TIME ZONE with an interval is not supported; name the zone, such as 'Europe/Berlin'.")
    words = literal(node)
    if words is None:
        return node.copy()
    hours = ABBREVIATIONS.get(words.lower())
    if offset := OFFSET.fullmatch(words):
        hours = int(offset[2]) * (1 if offset[1] == "-" else -1)
    elif hours is None and "/" not in words and (re.search(r"\d", words) or len(words) <= 4):
        raise IamsqlError(f"The time zone '{words}' is not supported; name a region, such as 'Europe/Berlin', or UTC.")
    if hours is None:
        return node.copy()
    return text("UTC" if hours == 0 else f"Etc/GMT{-hours:+d}")
