"""The sample runs of the tests: the run of the other tests, and a run with denied calls that is made once for all workers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iamsql.check.testing import sample_runs
from tests.conftest import sample_run
from tests.fixtures import built_once

QUERY = "-- title: Users\nselect account_id, name, create_date from aws_iam_user\nwhere account_id = '111122223333' order by name\n"
CONTROL = """-- title: Users have a password
-- kind: control
select arn as resource, 'ok' as status, 'Fine.' as reason, account_id, 'global' as region from aws_iam_user order by arn
"""


@contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """Use a folder as the cache folder of the user."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    try:
        yield
    finally:
        del os.environ["XDG_CACHE_HOME"]
        os.environ |= {"XDG_CACHE_HOME": before} if before else {}


def _build(folder: Path) -> None:
    with cache_in(folder):
        sample_runs.sample_run(sample_runs.DENIED_RUN)
        shutil.copy(sample_run(), sample_runs.cache_folder() / f"{sample_runs.SAMPLE_RUN}.duckdb")


@pytest.fixture(scope="session")
def cached_runs() -> Path:
    """Return a cache folder with both runs."""
    return built_once("sample-runs", _build, Path(__file__))


@pytest.fixture
def queries(tmp_path: Path, cached_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder with an empty ./queries, and return the latter."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cached_runs))
    monkeypatch.chdir(tmp_path)
    folder = Path("queries")
    folder.mkdir()
    return folder


@pytest.fixture
def write(queries: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file of ./queries."""

    def written(name: str, text: str) -> Path:
        path = queries / name
        path.write_text(text, encoding="utf-8")
        return path

    return written
