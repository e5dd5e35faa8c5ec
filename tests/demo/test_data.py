"""Times in the data files move to the day of reading, and nothing else does."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from iamsql.demo.data import STORY_START, Account, DataFiles, unique_id

ITEM: dict[str, Any] = {"Id": "1" * 12, "Name": "main", "State": "ACTIVE", "Arn": "arn:aws:organizations::x"}


class Texts:
    """Data files with given texts."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, path: str) -> str:
        return self._text


def text(written: str, day: date, number: int = 1) -> str:
    files = DataFiles(day, number)
    files._layers = Texts(written)  # type: ignore[assignment]
    return files.text("x")


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("2026-01-02T03:04:05Z", "2026-03-02T03:04:05Z"),
        ("2025-12-31T00:00", "2026-02-28T00:00"),
        ('"Version": "2012-10-17"', '"Version": "2012-10-17"'),
        ("Jan 2, 2026 3:04:05 AM", "Mar 2, 2026 3:04:05 AM"),
        ("Jan 2, 2026", "Jan 2, 2026"),
        ("x2026-01-02T03:04", "x2026-01-02T03:04"),
    ],
)
def test_a_date_with_a_time_moves(written: str, moved: str) -> None:
    assert text(written, date(2026, 3, 1)) == moved
    assert text(written, STORY_START) == written


def test_a_later_day_of_the_story_moves_by_the_first_day() -> None:
    assert text("2026-01-01T00:00", date(2026, 3, 3), number=3) == "2026-03-01T00:00"


def test_an_id_depends_on_the_text() -> None:
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", unique_id("AKIA", "a", "b"))
    assert unique_id("AKIA", "a", "b") == unique_id("AKIA", "a", "b") != unique_id("AKIA", "a", "c")
    assert len(unique_id("AROA", "a", size=17)) == 21


def test_items_are_found_by_a_member() -> None:
    account = Account(ITEM, DataFiles(STORY_START))
    account.iam = {"Users": [{"N": "a", "x": 1}, {"N": "b"}, {"N": "a", "x": 2}]}
    assert [item["x"] for item in account.matching("Users", "N", "a")] == [1, 2]
    assert account.matching("Users", "N", "c") == () and account.items("Roles") == ()


def test_an_operation_is_denied_everywhere_or_in_a_region() -> None:
    denied = [{"Operation": "A"}, {"Operation": "B", "Region": "eu-west-1"}]
    account = Account(ITEM | {"DeniedOperations": denied}, DataFiles(STORY_START))
    assert account.denies("A", "us-east-1") and account.denies("B", "eu-west-1")
    assert not account.denies("B", "us-east-1") and not account.denies("C", "eu-west-1")
    assert not Account(ITEM, DataFiles(STORY_START)).denies("A", "us-east-1")
