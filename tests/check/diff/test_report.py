"""The summary of a comparison, and whether it has rows of a change."""

from __future__ import annotations

from collections import Counter

import pytest

from iamsql.check.diff.report import CHANGE_LABELS, DiffCounts


def counts(missing: int = 0, neither: int = 0, printed: int = 0, **rows: int) -> DiffCounts:
    return DiffCounts(Counter(rows), Counter({"new": printed} if printed else {}), missing, neither)


@pytest.mark.parametrize(
    ("change_counts", "findings", "line"),
    [
        (counts(), False, "No change."),
        (counts(), True, "0 opened, 0 resolved, 0 still open."),
        (counts(gone=1, newly_privileged=2, new=3), False, "2 newly privileged, 3 new, 1 gone."),
        (
            counts(1, 2, not_compared=9),
            False,
            "No change; 1 account not compared, 2 accounts not read in full in either run.",
        ),
        (counts(still_open=4, opened=1), True, "1 opened, 0 resolved, 4 still open."),
    ],
)
def test_changes_are_counted_in_their_order(change_counts: DiffCounts, findings: bool, line: str) -> None:
    assert change_counts.line(findings) == line


def test_a_change_is_met_by_its_rows_and_any_by_printed_rows() -> None:
    change_counts = counts(gone=1)
    assert change_counts.meets(["new", "gone"]) and not change_counts.meets(["new"]) and not change_counts.meets([])
    assert not change_counts.meets(["any"]) and counts(printed=1).meets(["any"])
    assert {*CHANGE_LABELS} >= {"opened", "resolved", "not_compared"}
