"""The text of values, and casts of text and JSON."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tags::text", '{"Team": "core"}'),
        ("cast(tags as varchar)", '{"Team": "core"}'),
        ("(tags -> 'Team')::text", '"core"'),
        ("doc ->> 'b'", '[1, 2, {"c": null}]'),
        ("word || ' ' || tags", 'abc {"Team": "core"}'),
        ("'n=' || id || share || flag", "n=11.5true"),
        ("word || null", None),
        ("'x' || doc ->> 'a'", "refused"),
        ("(doc -> 'a')::int + 1", 2),
        ("(doc ->> 'a')::numeric / 2", 0.5),
        ("(share * 2)::text", "3"),
        ("made::date::text", "2024-01-31"),
        ("made::time::text", "10:00:00"),
        ("word::varchar(2)", "ab"),
        ("length(tags::text)", 16),
    ],
)
def test_values_as_text(expression: str, expected: Any) -> None:
    if expected == "refused":  # || comes first, and a text has no members
        with pytest.raises(IamsqlError):
            rows(f"select {expression} from t where id = 1")
    else:
        assert rows(f"select {expression} from t where id = 1") == [(expected,)]


def test_separators_within_strings_are_left_alone() -> None:
    assert rows("select tags::text from t where id = 4") == [('{"é": [], "a b": "c, d: \\"e\\""}',)]
