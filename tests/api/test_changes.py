"""Two runs are compared by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

import iamsql
from tests.check.diff.run_pairs import pair


@pytest.mark.slow
def test_a_comparison_has_the_runs_and_the_summary_as_its_provenance(demo_run: Path, tmp_path: Path) -> None:
    pair(demo_run, tmp_path / "runs", ["delete from aws_iam_user where name = 'hugo'"])
    old, new = sorted(path.stem for path in (tmp_path / "runs").glob("*.duckdb"))
    with iamsql.open(runs=tmp_path / "runs") as run:
        answer = run.diff(old)
        assert (answer.title, answer.run_id) == (f"Changes from run {old} to run {new}", new)
        changes = {(row["change"], row["kind"], row["name"]) for row in answer.dicts()}
        assert ("gone", "user", "hugo") in changes and answer.caveats[-1].startswith(f"{len(answer)} ")
        assert run.diff(old, sql="select count(*) as n from diff").rows == [(len(answer),)]
        with pytest.raises(iamsql.IamsqlError, match="no run 20200101"):
            run.diff("20200101")
