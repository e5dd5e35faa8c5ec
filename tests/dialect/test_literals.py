"""Array literals, read at the time of translation."""

from __future__ import annotations

import pytest

from iamsql.dialect.literals import read_array
from iamsql.model import IamsqlError


@pytest.mark.parametrize(
    ("literal", "items"),
    [
        ("{}", []),
        ("{a, b c ,NULL}", ["a", "b c", None]),
        ('{"a,b","NULL","q\\"\\\\"}', ["a,b", "NULL", 'q"\\']),
        ('{""}', [""]),
    ],
)
def test_array_literals(literal: str, items: list[str | None]) -> None:
    assert read_array(literal) == items


@pytest.mark.parametrize("literal", ["a,b", "{{a},{b}}", "{a,,b}", "{a,}"])
def test_invalid_array_literals(literal: str) -> None:
    with pytest.raises(IamsqlError, match="array literal"):
        read_array(literal)
