"""Rows of many types, and rows as text."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

from iamsql import render
from iamsql.model import Result

TYPED = Result(
    ("user", "age", "ratio", "active", "made", "policy", "tags", "n"),
    [
        ("ann", 91, 1.5, True, datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC), '{"Effect": "Allow"}', ["a", "b"], None),
        ("", -7, None, False, None, None, [], Decimal("2.50")),
        ("=cmd|' /C calc'!A0", 1200, 0.25, None, datetime(2026, 3, 1, 10, 11, 12, 500000, UTC), "[1, 2]", None, None),
        ("a|b `c` <script> _x_\x1b[2J\nnext\u202eevil\x9b", 0, 0.0, True, None, "null", ["x,y"], Decimal("-1")),
        ("ünïcode", 5, 1e20, True, None, '"text"', ['"'], Decimal("1E+2")),
    ],
    ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "JSON", "VARCHAR[]", "DECIMAL(9,2)"),
)


def written(result: Result, fmt: str, csv_safe: bool = False) -> str:
    """Return rows in a format."""
    stream = io.StringIO(newline="")
    render.write(result, fmt, stream, csv_safe)
    return stream.getvalue()
