"""Most tests of syncs fill no typed tables, because that takes a second of processor time; all else in the run file is equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fake_aws import ORG_TRAIL
from tests.sync.resume.compare_runs import content
from tests.sync.syncs import PAYMENTS, SyncedRun, run_sync


@pytest.mark.slow
def test_a_sync_without_typed_tables_sends_the_same_requests_and_writes_the_same_items(tmp_path: Path) -> None:
    def sync_with(typed: bool) -> SyncedRun:
        return run_sync(tmp_path / str(typed), typed=typed, accounts=(PAYMENTS,), trail=ORG_TRAIL)

    without, with_typed = sync_with(False), sync_with(True)
    assert without.aws.counts == with_typed.aws.counts
    rows, rows_with_typed = content(without.path), content(with_typed.path)
    compared = [name for name in rows_with_typed if not name.startswith("main.") or name == "main.aws_cloudtrail_event"]
    assert len(compared) > 20
    assert {name: rows[name] for name in compared} == {name: rows_with_typed[name] for name in compared}
    assert rows_with_typed["main.aws_iam_user"] and not rows["main.aws_iam_user"]
