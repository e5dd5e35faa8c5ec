"""A cell has one form as text and one as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from iamsql.render.cells import cell, json_text


@pytest.mark.parametrize(
    ("value", "text", "as_json"),
    [
        (None, "", "null"),
        ("", "", '""'),
        (True, "True", "true"),
        (0, "0", "0"),
        (2**100, str(2**100), str(2**100)),
        (1.0, "1.0", "1.0"),
        (float("nan"), "nan", "null"),
        (float("-inf"), "-inf", "null"),
        (Decimal("1.50"), "1.50", "1.50"),
        (Decimal("1E-10"), "0.0000000001", "0.0000000001"),
        (Decimal("NaN"), "NaN", "null"),
        (date(2026, 3, 1), "2026-03-01", '"2026-03-01"'),
        (time(1, 2, 3), "01:02:03", '"01:02:03"'),
        (datetime(2026, 3, 1, 10, 11, 12), "2026-03-01 10:11:12", '"2026-03-01T10:11:12"'),
        (datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC), "2026-03-01 10:11:12+00:00", '"2026-03-01T10:11:12+00:00"'),
        (timedelta(days=32), "32 days 00:00:00", '"32 days 00:00:00"'),
        (timedelta(seconds=-1, microseconds=-500000), "-00:00:01.500000", '"-00:00:01.500000"'),
        (timedelta(hours=12), "12:00:00", '"12:00:00"'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001", '"00000000-0000-0000-0000-000000000001"'),
        (b"a\x00\xff", "6100ff", '"6100ff"'),
        ([1, None, "x"], '[1, null, "x"]', '[1, null, "x"]'),
        ({"a": date(2026, 3, 1), "b": [True]}, '{"a": "2026-03-01", "b": [true]}', '{"a": "2026-03-01", "b": [true]}'),
        ({1: 2}, '{"1": 2}', '{"1": 2}'),
    ],
)
def test_a_cell_has_one_form(value: Any, text: str, as_json: str) -> None:
    assert cell(value) == text
    assert json_text(value) == as_json
    json.loads(as_json)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ('{"a": [1.10, 12345678901234567890]}', "JSON", '{"a": [1.10, 12345678901234567890]}'),
        ('{\n  "a": 1\r\n}', "JSON", '{   "a": 1  }'),
        ("NaN", "JSON", '"NaN"'),
        ("{broken", "JSON", '"{broken"'),
        ("[" * 100000, "JSON", json.dumps("[" * 100000)),
        ("[1]", "VARCHAR", '"[1]"'),
        (['{"a": 1}', None], "JSON[]", '[{"a": 1}, null]'),
    ],
)
def test_json_columns_are_embedded(value: Any, kind: str, expected: str) -> None:
    assert json_text(value, kind) == expected
