"""ISO texts of the timestamps in responses."""

from __future__ import annotations

import pytest

from iamsql.aws.timestamps import iso_time


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-11-25T08:00:00Z", "2026-11-25T08:00:00Z"),
        ("", ""),
        (0, "1970-01-01T00:00:00Z"),
        (1764057600, "2025-11-25T08:00:00Z"),
        (1764057600.25, "2025-11-25T08:00:00.250Z"),
        ("1764057600", "2025-11-25T08:00:00Z"),
        ("1764057600.5", "2025-11-25T08:00:00.500Z"),
    ],
)
def test_texts_stay_and_seconds_become_texts(value: object, text: str) -> None:
    assert iso_time(value) == text
