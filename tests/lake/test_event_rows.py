"""Days of events are written in groups that fit in memory."""

from __future__ import annotations

import pytest

from iamsql.lake import event_rows


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], []),
        ([("2026-03-01", 5)], [("2026-03-01", "2026-03-01")]),
        ([("2026-03-01", 50)], [("2026-03-01", "2026-03-01")]),  # a day is never divided
        ([("2026-03-01", 4), ("2026-03-02", 6), ("2026-03-03", 1)], [("2026-03-01", "2026-03-02"), ("2026-03-03", "2026-03-03")]),
        ([("2026-03-01", 9), ("2026-03-02", 9), ("unknown", 1)], [("2026-03-01", "2026-03-01"), ("2026-03-02", "unknown")]),
    ],
)  # fmt: skip
def test_groups_of_days(
    days: list[tuple[str, int]], expected: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_rows, "GROUP", 10)
    assert list(event_rows.groups(days)) == expected
