"""The changes since an earlier run of the same organization."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.model import IamsqlError
from iamsql.report.build import ReportRequest
from tests.check.diff.run_pairs import copy
from tests.report.pages import contents_of


@pytest.mark.slow
def test_the_changes_since_an_earlier_run(demo_run: Path, tmp_path: Path) -> None:
    old = copy(demo_run, tmp_path / "runs", 0, ["delete from aws_iam_user where name = 'carla.ops'"])
    new = copy(demo_run, tmp_path / "runs", 1)
    contents = contents_of(new, ReportRequest(("access_key_rotated",), since=old.stem, trend=0))
    assert contents.heading.earlier_run == old.stem
    assert contents.changes is not None
    columns = [contents.changes.columns.index(name) for name in ("change", "kind", "name")]
    changes = {tuple(row[index] for index in columns) for row in contents.changes.rows}
    assert ("new", "user", "carla.ops") in changes
    assert {kind for change, kind, _ in changes if change == "opened"} == {"finding"}
    assert contents.changes_summary.endswith("; 5 accounts not read in full in either run.")


@pytest.mark.slow
def test_runs_of_two_organizations_are_not_compared(demo_run: Path, tmp_path: Path) -> None:
    other = copy(demo_run, tmp_path / "runs", 0, ["update iamsql.run set organization_id = 'o-other'"])
    with pytest.raises(
        IamsqlError, match=f"{other.stem} is of o-other and {demo_run.stem} of o-demo123456: they cannot"
    ):
        contents_of(demo_run, ReportRequest(since=str(other)))
