"""Values of a server become the values that DuckDB returns for the same type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from iamsql.lake.engines.arrow import converters

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("VARCHAR", "x", "x"),
        ("JSON", '{"a": 1}', '{"a": 1}'),
        ("BIGINT", Decimal(7), 7),
        ("HUGEINT", 7, 7),
        ("DOUBLE", 7, 7.0),
        ("DECIMAL(10,2)", 7, Decimal("7.00")),
        ("BOOLEAN", True, True),
        ("DATE", date(2026, 3, 1), date(2026, 3, 1)),
        ("TIMESTAMP", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1)),
        ("TIMESTAMP WITH TIME ZONE", datetime(2026, 3, 1, 1, tzinfo=BERLIN), datetime(2026, 3, 1, tzinfo=UTC)),
        ("TIMESTAMP WITH TIME ZONE", datetime(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)),
        ("INTERVAL", 1_500_000, timedelta(seconds=1.5)),
        ("BIGINT[]", [Decimal(1), None], [1, None]),
        ("STRUCT(a BIGINT, b VARCHAR[])", {"a": Decimal(1), "b": ["x"]}, {"a": 1, "b": ["x"]}),
        ("STRUCT(a BIGINT)[]", None, None),
    ],
)
def test_values_have_the_type_of_duckdb(kind: str, value: Any, expected: Any) -> None:
    (convert,) = converters([kind])
    assert convert(value) == expected
    assert type(convert(value)) is type(expected)
    assert convert(None) is None
