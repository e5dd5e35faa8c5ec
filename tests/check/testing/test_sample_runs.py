"""The sample runs are made once for each version, on a fixed day, and a failure of the cache is an error with a next step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iamsql.check.testing import sample_runs
from iamsql.model import IamsqlError
from tests.check.testing.conftest import cache_in
from tests.conftest import query


@pytest.fixture
def _cache(cached_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cached_runs))


@pytest.mark.usefixtures("_cache")
def test_the_denied_run_lists_the_accounts_and_nothing_else() -> None:
    run = sample_runs.sample_run(sample_runs.DENIED_RUN)
    assert query(run, "select count(*) from iamsql.accounts") == [(16,)]
    assert query(run, "select distinct service from iamsql.coverage where status = 'ok' order by all") == [
        ("catalogue",),  # the facts that iamsql itself has
        ("organizations",),
        ("sts",),
    ]
    assert query(run, "select count(*) from aws_iam_user") == [(0,)]
    assert query(run, "select as_of()::varchar") == [("2026-03-02 12:00:00+00",)]


@pytest.mark.usefixtures("_cache")
def test_a_run_is_made_once() -> None:
    messages: list[str] = []
    first, second = (
        sample_runs.sample_run(name, messages.append) for name in (sample_runs.DENIED_RUN, sample_runs.SAMPLE_RUN)
    )
    assert messages == [] and first.parent == second.parent == sample_runs.cache_folder()


def test_a_missing_run_is_made_and_unused_ones_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_runs, "_build_run", _written)
    messages: list[str] = []
    with cache_in(tmp_path):
        folder = sample_runs.cache_folder()
        for name, days in (("0.0.1-a", 40), ("0.0.1-b", 1)):
            (folder.parent / name).mkdir(parents=True)
            os.utime(folder.parent / name, (0, tmp_path.stat().st_mtime - days * 86_400))
        path = sample_runs.sample_run(sample_runs.SAMPLE_RUN, messages.append)
    assert path.read_text() == "sample" and [other.name for other in folder.iterdir()] == ["sample.duckdb"]
    assert sorted(other.name for other in folder.parent.iterdir()) == sorted(["0.0.1-b", folder.name])
    assert messages == [f"Making the run sample of the sample organization in {folder}."]
    assert folder.stat().st_mode & 0o777 == 0o700


def _written(name: str, folder: Path) -> Path:
    path = folder / "run.duckdb"
    path.write_text(name)
    return path


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "iamsql").write_text("a file")
    with (
        cache_in(tmp_path),
        pytest.raises(IamsqlError, match=r"cannot write the sample runs .*\nSet another cache folder"),
    ):
        sample_runs.sample_run(sample_runs.SAMPLE_RUN)


@pytest.mark.slow
def test_the_sample_run_is_that_of_the_other_tests(tmp_path: Path, demo_run: Path) -> None:
    with cache_in(tmp_path):
        run = sample_runs.sample_run(sample_runs.SAMPLE_RUN)
    for table in ("aws_iam_user", "aws_iam_access_key", "aws_cloudtrail_event", "aws_organizations_policy"):
        rows = f"select (columns(lambda name: name not in ('_ctx', 'sp_ctx', 'synced_at')))::varchar from {table} order by all"
        assert query(run, rows) == query(demo_run, rows), table
