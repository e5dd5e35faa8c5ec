"""SIMILAR TO."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'abc' similar to 'a%'", True),
        ("'a' similar to 'a%'", True),
        ("'a' similar to 'a_'", False),
        ("'abc' similar to '%(b|d)%'", True),
        ("'abc' similar to '(b|c)%'", False),
        ("'a.c' similar to 'a.c'", True),
        ("'abc' similar to 'a.c'", False),
        (r"'a%' similar to 'a\%'", True),
        ("'aaa' similar to 'a{2,3}'", True),
        ("word similar to 'a_c' from t where id = 3", None),
    ],
)
def test_similar_to(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_a_pattern_of_run_time_is_refused() -> None:
    with pytest.raises(IamsqlError, match="string literal"):
        rows("select 'a' similar to word from t")
