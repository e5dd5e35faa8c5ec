"""The columns that fit a terminal, and their widths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.render.terminal.columns import TextColumn
from iamsql.render.terminal.fit import COLUMN_GAP, fit_widths, fitting_columns


def column(*cells: str, name: str = "x", column_type: str = "VARCHAR") -> TextColumn:
    return TextColumn(name, list(cells), list(map(len, cells)), column_type, False, False)


NAME, ARN, NUMBER = column("n" * 30), column(f"{'a' * 20}/{'b' * 30}"), column("1234567890", column_type="number")
SENTENCE = column("one two three four " * 5)
OUTLIER = column(*["one two three four five"] * 9, "one two three four " * 5)
SHORT, HEADING = column("abc"), column("123", name="days_without_use", column_type="number")


@pytest.mark.parametrize(
    ("columns", "width", "widths"),
    [
        ([NAME, ARN], 83, [30, 51]),  # all fits
        ([NAME, ARN], 82, [30, 50]),  # an ARN wraps
        ([NAME, ARN], 63, [30, 31]),
        ([NAME, SENTENCE], 70, [30, 38]),  # a sentence wraps
        ([ARN, SENTENCE], 85, [51, 32]),  # before an ARN does
        ([ARN, SENTENCE], 80, [46, 32]),
        ([SHORT, HEADING], 20, [3, 15]),  # a heading wraps first
        ([SHORT, HEADING], 13, [3, 8]),
        ([OUTLIER, NAME], 60, [28, 30]),  # one long cell does not cost the other column anything
        ([NUMBER], 5, [5]),
        ([column()], 40, [1]),
    ],
)
def test_widths(columns: list[TextColumn], width: int, widths: list[int]) -> None:
    assert fit_widths(columns, width) == widths


def test_columns_that_do_not_fit() -> None:
    assert fitting_columns([NAME, ARN, SHORT], 40) == ([NAME, SHORT], [ARN])
    assert fitting_columns([NAME, ARN, SHORT], 40, in_order=True) == ([NAME], [ARN, SHORT])
    assert fitting_columns([NAME, ARN, SHORT], 10) == ([NAME], [ARN, SHORT])
    assert fitting_columns([], 10) == ([], [])


CELLS = st.lists(st.text("a 1:", max_size=80), min_size=1, max_size=4)
KINDS = st.sampled_from(["VARCHAR", "number", "account", "JSON", "BOOLEAN"])


@pytest.mark.slow
@given(
    st.lists(st.builds(lambda cells, column_type: column(*cells, column_type=column_type), CELLS, KINDS), min_size=1),
    st.integers(20, 200),
)
def test_the_columns_fit_and_use_the_width(columns: list[TextColumn], width: int) -> None:
    fitting, remaining = fitting_columns(columns, width)
    widths = fit_widths(fitting, width)
    needed = sum(widths) + COLUMN_GAP * (len(widths) - 1)
    assert len(fitting) + len(remaining) == len(columns)
    assert needed == min(sum(item.natural_width for item in fitting) + COLUMN_GAP * (len(fitting) - 1), width)
    assert len(fitting) == 1 or all(size >= item.minimum for item, size in zip(fitting, widths, strict=True))
