"""Array literals, read at the time of translation."""

from __future__ import annotations

import pytest

from iamsql.dialect.literals import read_array
from iamsql.model import IamsqlError


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("{}", []),
        ("{a, b c ,NULL}", ["a", "b c", None]),
        ('{"a,b","NULL","q\\"\\\\"}', ["a,b", "NULL", 'q"\\']),
        ('{""}', [""]),
    ],
)
def test_array_literals(written: str, items: list[str | None]) -> None:
    assert read_array(written) == items


@pytest.mark.parametrize("written", ["a,b", "{{a},{b}}", "{a,,b}", "{a,}"])
def test_invalid_array_literals(written: str) -> None:
    with pytest.raises(IamsqlError, match="array literal"):
        read_array(written)
