"""Sections have their rows, or say what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.report.contents import Contents
from tests.conftest import query

pytestmark = pytest.mark.slow


def test_the_heading_describes_the_run(demo_contents: Contents, demo_run: Path) -> None:
    heading = demo_contents.heading
    assert (heading.run_id, heading.organization_id, heading.status) == (demo_run.stem, "o-demo123456", "incomplete")
    assert f"{heading.started_at:%Y-%m-%d %H:%M %Z}" == "2026-03-02 12:00 UTC"
    assert heading.caveats == [
        "181 controls could not be evaluated in full in 13 accounts. See: iamsql query skipped_accounts"
    ]


def test_the_risks_match_top_risks(demo_contents: Contents, demo_run: Path) -> None:
    assert demo_contents.risks.rows == query(demo_run, "from top_risks()")


def test_the_skipped_accounts_have_a_remedy(demo_contents: Contents, demo_run: Path) -> None:
    sql = "select account_id, account_name, state, outcome, reason, remediation from skipped_accounts()"
    actual = [tuple(vars(each).values()) for each in demo_contents.skipped]
    assert actual == query(demo_run, sql)


def test_an_incomplete_section_says_what_is_missing(demo_contents: Contents) -> None:
    assert {*demo_contents.missing} == set()
    assert {*demo_contents.incomplete} == {"escalation", "risks", "keys", "users", "principals", "events"}
    assert demo_contents.incomplete["keys"].startswith(
        "1 of 16 accounts not read in full: 1 AssumeRole failed (AccessDenied)"
    )
