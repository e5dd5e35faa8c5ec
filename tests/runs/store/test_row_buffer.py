"""The row buffer estimates the memory of rows, and stores equal short texts once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.runs.store.row_buffer import SHORT_STRING, RowBuffer


def added(*rows: tuple[object, ...]) -> RowBuffer:
    """Add rows in one batch."""
    buffer = RowBuffer()
    buffer.add(rows)
    return buffer


def fresh(text: str) -> str:
    """Return an equal text that is another object."""
    return "".join(list(text))


def test_equal_short_texts_are_one_object() -> None:
    rows = added((fresh("arn:aws:iam"), 1), (fresh("arn:aws:iam"), 2))
    assert rows.rows == [("arn:aws:iam", 1), ("arn:aws:iam", 2)]
    assert rows.rows[0][0] is rows.rows[1][0]


def test_long_texts_count_each_time() -> None:
    text = "x" * (SHORT_STRING + 1)
    assert added(*[(fresh(text),)] * 64).bytes > 64 * len(text)


def test_short_texts_count_once() -> None:
    assert added(*[(fresh("x" * SHORT_STRING),)] * 64).bytes < added(*[(fresh("x" * (SHORT_STRING + 1)),)] * 64).bytes


def test_short_texts_in_a_list_count_each_time() -> None:
    names = [fresh("name") for _ in range(1000)]
    assert added((names,)).bytes > 1000 * len("name")
    assert added(({"names": names},)).bytes > 1000 * len("name")


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.text(min_size=60, max_size=70)
    | st.lists(st.text())
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.tuples(VALUES, st.none() | st.text(max_size=2), st.none() | st.integers()), min_size=1))
def test_rows_stay_as_they_are_and_equal_short_texts_are_one_object(rows: list[tuple[object, ...]]) -> None:
    buffer = added(*rows)
    assert buffer.rows == rows and [list(map(type, row)) for row in buffer.rows] == [
        list(map(type, row)) for row in rows
    ]
    first: dict[str, object] = {}
    for value in (value for column in zip(*buffer.rows, strict=True) for value in column):
        if isinstance(value, str) and len(value) <= SHORT_STRING:
            assert first.setdefault(value, value) is value
