"""Certified queries run on the engine; DuckDB runs the others, or they are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from iamsql import catalog
from iamsql.check.controls import run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import load_catalog
from iamsql.lake.engines.remote import RemoteQueries, column_types, shipped_queries
from iamsql.lake.mount import LakeRunView, Mount, ReadOptions, mount_lake
from iamsql.lake.remote import table_uris
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.execute import answer
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.runs.store.reader import open_run
from tests.lake.small_runs import sample_lake

CERTIFIED = ("stale_keys", "root_no_access_key")


class DuckDbEngine:
    """An engine that answers from another copy of the run, and records what it ran."""

    def __init__(self, run: Path) -> None:
        self._run, self.ran, self.is_closed = run, list[str](), False

    def refusal_reason(self, query: Query) -> str:
        return "" if query.name in CERTIFIED else "it was not compared"

    def run(self, query: Query, values: Mapping[str, Any], types: Sequence[tuple[str, str]]) -> Result:
        self.ran.append(query.name)
        with closing(open_run(self._run)) as reader:
            rows = answer(reader, query, values).result.rows
        return Result(tuple(name for name, _ in types), rows, tuple(kind for _, kind in types))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(scope="module")
def lake() -> Storage:
    return sample_lake()


@pytest.fixture
def engine(demo_run: Path) -> DuckDbEngine:
    return DuckDbEngine(demo_run)


def connected(lake: Storage, engine: DuckDbEngine, *, is_strict: bool) -> Any:
    def connect(_view: LakeRunView) -> RemoteQueries:
        return RemoteQueries(engine, is_strict=is_strict)

    return mount_lake(lake, ReadOptions(connect=connect, is_remote=is_strict))


@pytest.fixture
def remote(lake: Storage, engine: DuckDbEngine) -> Iterator[Mount]:
    with connected(lake, engine, is_strict=True) as mount:
        yield mount


@pytest.mark.slow
def test_a_certified_query_runs_on_the_engine_with_the_notes_of_the_run(
    remote: Mount, engine: DuckDbEngine, demo_run: Path
) -> None:
    answer = run_query("stale_keys", {"days": "30"}, QueryRequest("latest", remote.runs))
    expected = run_query("stale_keys", {"days": "30"}, QueryRequest(str(demo_run), demo_run.parent))
    assert (answer.result, answer.caveats) == (expected.result, expected.caveats)
    assert engine.ran == ["stale_keys"]


def test_other_queries_and_sql_are_refused(remote: Mount, engine: DuckDbEngine) -> None:
    for text, message in (
        ("user_mfa", "user_mfa is not offered on this engine: it was not compared.\nOmit --engine"),
        ("select 1", "The SQL is not offered on this engine: only queries that iamsql ships"),
    ):
        with pytest.raises(IamsqlError, match=message):
            run_query(text, {}, QueryRequest("latest", remote.runs))
    assert not engine.ran


@pytest.mark.slow
def test_a_check_runs_other_controls_in_duckdb_and_names_them(
    lake: Storage, engine: DuckDbEngine, demo_run: Path
) -> None:
    names = ["root_no_access_key", "root_mfa"]
    with connected(lake, engine, is_strict=False) as mount:
        remote_counts = counts(names, mount.runs, "latest")
        assert mount.local_queries() == {"root_mfa": "it was not compared"}
    assert remote_counts == counts(names, demo_run.parent, str(demo_run))
    assert engine.ran == ["root_no_access_key"]
    assert engine.is_closed


def counts(names: Sequence[str], folder: Path, run: str) -> list[tuple[Any, ...]]:
    with run_controls(load_catalog(()), names, Evaluation(run, folder)) as control_run:
        return [row for results in control_run.run() for row in results.rows()]


def test_a_run_with_other_tables_is_refused(remote: Mount) -> None:
    (view,) = remote.views.values()
    view.run = type(view.run)(**{**vars(view.run), "schema_fingerprint": "older", "iamsql_version": "0.0.1"})
    with pytest.raises(
        IamsqlError, match=r"was added by another version of iamsql, with other tables\.\nOmit --engine"
    ):
        run_query("stale_keys", {}, QueryRequest("latest", remote.runs))


@pytest.mark.slow
def test_types_match_the_query(demo_run: Path) -> None:
    query = next(query for query in shipped_queries().values() if query.macro == "stale_keys")
    values = catalog.bind(query, {})
    result = run_query("stale_keys", {}, QueryRequest(str(demo_run), demo_run.parent)).result
    assert column_types(query, values) == list(zip(result.columns, result.types, strict=True))


def test_files_match_the_run(lake: Storage, remote: Mount) -> None:
    (view,) = remote.views.values()
    files = table_uris(view)
    assert set(files) == {*view.tables, "iamsql.events"}
    assert all(Path(path).is_file() for paths in files.values() for path in paths)
