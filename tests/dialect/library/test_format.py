"""format(), as PostgreSQL 15 documents it."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.model import IamsqlError
from tests.dialect.database import rows, value


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("format('%s|%s', null, 1)", "|1"),
        ("format('%I.%I', 'public', 'My table')", 'public."My table"'),
        ("format('%L, %L, %L', 'a''b', null, 3)", "'a''b', NULL, '3'"),
        ("format('%2$s %1$s %s', 'a', 'b')", "b a b"),
        ("format('[%6s][%-6s]', 'ab', 'cd')", "[    ab][cd    ]"),
        ("format('[%2s]', 'long')", "[long]"),
        ("format('100%%')", "100%"),
        ("format('%s', true)", "t"),
        ("format('%s', tags) from t where id = 1", '{"Team": "core"}'),
        ("format(null, 1)", None),
    ],
)
def test_format(call: str, expected: Any) -> None:
    assert value(call) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("format('%d', 1)", "does not know '%d'"),
        ("format('%s %s', 1)", "no argument 2"),
        ("format(word, 1) from t", "template"),
    ],
)
def test_unsupported_arguments_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(f"select {expression}")
