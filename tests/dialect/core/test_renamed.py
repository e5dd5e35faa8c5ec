"""Functions that DuckDB has under another name, or after a conversion of an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from iamsql.dialect.core.renamed import FUNCTIONS
from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("jsonb_typeof('1')", "number"),
        ("json_typeof(doc -> 'a') from t where id = 3", None),
        ("jsonb_array_length(doc) from t where id = 2", 4),
        ("jsonb_array_length('{}')", None),
        ("jsonb_pretty('{\"a\":[]}')", '{\n    "a": [\n    ]\n}'),
        ('jsonb_strip_nulls(\'{"a": null, "b": [null]}\')', '{"b":[null]}'),
        ("char_length('zoë') + character_length('a') + length('')", 4),
        ("octet_length('zoë')", 4),
        ("octet_length(null::text)", None),
        ("ltree2text(null::ltree)", None),
        ("ltree2text('a.b'::ltree) || '/c'", "a.b/c"),
        ("every(flag) from t", False),
        ("clock_timestamp() >= now()", True),
        ("to_timestamp(1.5)", datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC)),
    ],
)
def test_renamed_functions(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_another_number_of_arguments_is_refused(name: str) -> None:
    if name != "ltree2text":
        with pytest.raises(IamsqlError, match=rf"{name}\(\) is not supported with 3 arguments"):
            rows(f"select {name}(word, word, word) from t")
