"""Division, rounding and casts of numbers."""

from __future__ import annotations

import pytest

from tests.dialect.database import value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7 / 2.0", 3.5),
        ("7::float / 2", 3.5),
        ("(select sum(id) / 4 from t)", 2.5),
        ("(select sum(length(word)) / 2 from t)", 4),
        ("(select count(*) / 3 from t)", 1),
        ("round(2.5)", 3),
        ("round(2.5::float8)", 2),
        ("2.5::int", 3),
        ("2.5::float8::int", 2),
        ("1 << 3 | 1", 9),
        ("(2.0)::numeric::int", 2),
    ],
)
def test_numbers(expression: str, expected: float) -> None:
    assert value(expression) == expected
