"""Days of events are written in groups that fit in memory."""

from __future__ import annotations

import pytest

from iamsql.lake import event_rows


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], []),
        ([("03-01", 5, 3)], [("03-01", "03-01", 3)]),
        ([("03-01", 50, 20)], [("03-01", "03-01", 20)]),  # a day is never divided
        ([("03-01", 4, 3), ("03-02", 6, 2), ("03-03", 1, 1)], [("03-01", "03-02", 3), ("03-03", "03-03", 1)]),
        ([("03-01", 9, 4), ("03-02", 9, 5), ("unknown", 1, 1)], [("03-01", "03-01", 4), ("03-02", "unknown", 5)]),
    ],
)
def test_groups_of_days(
    days: list[tuple[str, int, int]], expected: list[tuple[str, str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_rows, "MAX_GROUP_EVENTS", 10)
    assert list(event_rows.group_days(days)) == [event_rows.DayGroup(*group) for group in expected]


@pytest.mark.parametrize(
    ("events", "rows"), [(0, 2_048), (1, 2_048), (16_384, 2_048), (40_000, 4_096), (131_072, 16_384), (9**9, 16_384)]
)
def test_a_file_has_about_eight_row_groups_of_a_limited_size(events: int, rows: int) -> None:
    assert event_rows.row_group_rows(events) == rows
