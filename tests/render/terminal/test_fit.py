"""The widths of columns on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.render.terminal.columns import LEAST, TextColumn
from iamsql.render.terminal.fit import GAP, fit_widths


def column(*cells: str, name: str = "x", kind: str = "VARCHAR") -> TextColumn:
    return TextColumn(name, list(cells), list(map(len, cells)), kind, False, False)


NAME, LONG, NUMBER = column("n" * 30), column("l" * 60), column("1234567890", kind="number")
SENTENCE = column("one two three four " * 5)
OUTLIER = column(*["n" * 20] * 9, "n" * 70)
SHORT = column("abc")
TYPED = column("access_key_never_used_yet", "root_mfa")


@pytest.mark.parametrize(
    ("columns", "width", "widths"),
    [
        ([NAME, LONG], 92, [30, 60]),  # all fits
        ([NAME, LONG], 91, [30, 59]),  # the widest shrinks first
        ([NAME, LONG], 60, [29, 29]),
        ([NAME, LONG, NUMBER], 60, [23, 23, 10]),  # a number is not cut
        ([NAME, LONG, SHORT], 31, [12, 12, 3]),
        ([NAME, SENTENCE], 70, [30, 38]),  # a sentence shrinks before a name
        ([NAME, SENTENCE], 50, [24, 24]),
        ([TYPED, LONG], 60, [25, 33]),
        ([TYPED, LONG], 40, [25, 13]),  # a name of a query or table shrinks last
        ([TYPED, LONG], 36, [22, 12]),
        ([OUTLIER, NAME], 60, [28, 30]),  # one long cell does not cost the other column anything
        ([NAME, LONG, NUMBER], 30, [14, 14]),  # the number does not fit
        ([NAME, LONG, NUMBER], 20, [20]),
        ([NUMBER], 5, [5]),
        ([column()], 40, [1]),
    ],
)
def test_fit(columns: list[TextColumn], width: int, widths: list[int]) -> None:
    assert fit_widths(columns, width, LEAST) == widths


CELLS = st.lists(st.text("a 1:", max_size=80), min_size=1, max_size=4)
KINDS = st.sampled_from(["VARCHAR", "number", "account", "JSON", "BOOLEAN"])


@pytest.mark.slow
@given(
    st.lists(st.builds(lambda cells, kind: column(*cells, kind=kind), CELLS, KINDS), min_size=1), st.integers(20, 200)
)
def test_the_columns_fit_and_use_the_room(columns: list[TextColumn], width: int) -> None:
    widths = fit_widths(columns, width, LEAST)
    needed = sum(widths) + GAP * (len(widths) - 1)
    natural = sum(item.natural for item in columns[: len(widths)]) + GAP * (len(widths) - 1)
    assert needed == min(natural, width)
    assert len(widths) == len(columns) or needed + GAP + columns[len(widths)].minimum(LEAST) > width or natural >= width
