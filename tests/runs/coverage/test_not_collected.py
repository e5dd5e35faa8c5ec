"""The tables that an answer depends on: policies of resources only if the run collected them."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.runs.coverage import not_collected
from iamsql.runs.coverage.not_collected import find_needed_tables
from iamsql.runs.store.reader import open_run
from tests.tiers import slow_after

POLICIES = "aws_resource_policy"
WHO_CAN = "select count(*) from who_can(action := 's3:GetObject', resource := 'arn:aws:s3:::x/y')"


@pytest.mark.parametrize(
    ("sql", "is_collected", "expected"),
    slow_after(
        2,
        [
            (WHO_CAN, False, False),
            (f"select count(*) from {POLICIES}", False, True),
            (WHO_CAN, True, True),
            ("select count(*) from external_access()", False, True),
            ("select count(*) from admins()", True, False),
        ],
    ),
)
def test_policies_of_resources(
    demo_run: Path, monkeypatch: pytest.MonkeyPatch, sql: str, is_collected: bool, expected: bool
) -> None:
    monkeypatch.setattr(
        not_collected, "find_uncollected", lambda _, names: {} if is_collected else dict.fromkeys(names, ())
    )
    reader = open_run(demo_run, sql=sql)
    assert (POLICIES in find_needed_tables(reader, sql)) == expected
    assert "aws_iam_principal" in find_needed_tables(reader, sql) or POLICIES in sql or "external" in sql
    reader.close()
