"""The meanings of cells, which decide their colors."""

from __future__ import annotations

from typing import Any

import pytest

from iamsql.query.export.cell_colors import COLORS_BY_MEANING, MEANING_BY_VALUE, colored_columns, meanings_of_row


def test_each_meaning_has_a_color_and_unread_data_has_one_that_nothing_else_has() -> None:
    assert {*MEANING_BY_VALUE.values()} == COLORS_BY_MEANING.keys()
    assert len({*COLORS_BY_MEANING.values()}) == len(COLORS_BY_MEANING)
    unread = {value for value, meaning in MEANING_BY_VALUE.items() if meaning == "unknown"}
    assert {"error", "unknown", "denied", "assume_role_failed", "incomplete"} <= unread


@pytest.mark.parametrize(
    ("columns", "row", "meanings"),
    [
        (("name", "Severity"), ("x", "CRITICAL"), {1: "critical"}),
        (("status", "severity"), ("alarm", "high"), {0: "alarm", 1: "alarm"}),
        (("status", "severity"), ("ok", "high"), {0: "ok"}),
        (("status", "severity"), ("muted", "low"), {0: "inactive"}),
        (("status", "severity"), ("error", "low"), {0: "unknown", 1: "notice"}),
        (("verdict",), ("denied",), {0: "ok"}),
        (("outcome",), ("denied",), {0: "unknown"}),
        (("state",), (None,), {0: ""}),
        (("state",), ("=cmd",), {0: ""}),
        (("name",), ("alarm",), {}),
    ],
)
def test_a_cell_has_the_meaning_of_its_value(columns: tuple[str, ...], row: Any, meanings: dict[int, str]) -> None:
    assert meanings_of_row(colored_columns(columns), row) == meanings
