"""A run of a lake answers as the run file that was added, and reads only what the statement needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.lake.mount import Mount, ReadOptions, mount_lake
from iamsql.lake.open_storage import open_storage
from iamsql.lake.run_selection import Selection
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Query
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.source import Openable, run_path
from tests.lake.small_runs import add, event, make_run, sample_lake
from tests.open_queries import ask
from tests.tiers import slow_but_every

# A report and a control of each kind of table: typed tables, coverage, events, policies, and a list of texts.
QUICK = "stale_keys skipped_accounts root_activity event_summary api_calls console_login_without_mfa users".split()
QUERIES = [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]


@pytest.fixture(scope="module")
def lake() -> Storage:
    return sample_lake()


@pytest.fixture
def mount(lake: Storage) -> Iterator[Mount]:
    with mount_lake(lake, ReadOptions()) as opened:
        yield opened


def arguments(query: Query) -> dict[str, str]:
    return {param.name: "x" for param in query.params if param.required}


def answers(run: Openable, query: Query) -> object:
    """Return the answer of a query, or its error, without the path of the run."""
    with closing(open_run(run)) as reader:
        try:
            answer = ask(reader, query, arguments(query))
        except IamsqlError as error:
            return str(error).replace(str(run_path(run)), "")
        return answer.result, answer.caveats


def require_equal_answers(query: Query, demo_run: Path, mount: Mount) -> None:
    assert answers(mount.views[mount.folder / demo_run.name], query) == answers(demo_run, query)


@pytest.mark.parametrize(
    "query", slow_but_every(5, [query for query in QUERIES if query.name in QUICK]), ids=lambda query: query.macro
)
def test_a_query_has_the_answer_of_the_run_file(query: Query, demo_run: Path, mount: Mount) -> None:
    require_equal_answers(query, demo_run, mount)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.macro)
def test_every_query_has_the_answer_of_the_run_file(query: Query, demo_run: Path, mount: Mount) -> None:
    require_equal_answers(query, demo_run, mount)


@pytest.mark.slow
def test_every_table_has_the_columns_and_rows_of_the_run_file(demo_run: Path, mount: Mount) -> None:
    with closing(open_run(demo_run)) as reader, closing(open_run(mount.views[mount.folder / demo_run.name])) as other:
        assert other.columns() == reader.columns()
        for table in reader.columns():
            if table in ("iamsql.queries", "raw.cloudtrail_lookup_events") or table.startswith("pg_"):
                continue
            name = ".".join(f'"{part}"' for part in table.split("."))
            sql = f"select * from {name}"
            assert sorted(map(str, other.query(sql))) == sorted(map(str, reader.query(sql))), table


@pytest.mark.slow
def test_a_table_that_the_statement_does_not_need_cannot_be_read(lake: Storage, mount: Mount) -> None:
    (view,) = mount.views.values()
    with closing(open_run(view, sql="from aws_iam_user")) as reader:
        assert reader.query("select count(*) from aws_iam_user")[0][0] > 0
        for sql in ("select count(*) from aws_iam_role", "from aws_cloudtrail_event where event_name = 'x'"):
            with pytest.raises(IamsqlError, match=r"of the lake (was|were) not read"):
                reader.query(sql)
    with closing(open_run(view, sql="from aws_iam_role")) as reader:  # built again, with both tables
        assert reader.query("select count(*) > 0 from aws_iam_role, aws_iam_user") == [(True,)]


def test_sql_reads_no_other_file_of_the_lake_and_writes_none(lake: Storage, mount: Mount, demo_run: Path) -> None:
    file = next(item.path for item in lake.listing("state/table=aws_iam_role/"))
    for sql in (
        f"from '{lake.name}/{file}'",
        f"from glob('{lake.name}/**')",
        f"copy (select 1) to '{lake.name}/x.csv'",
        f"copy (select 1) to '{lake.name}/{next(item.path for item in lake.listing('state/table=aws_iam_user/'))}'",
    ):
        with (
            closing(open_run(mount.views[mount.folder / demo_run.name], sql="from aws_iam_user")) as reader,
            pytest.raises(IamsqlError, match=r"COPY cannot write|disabled by configuration"),
        ):
            reader.run(sql)


@pytest.mark.slow
def test_days_limit_the_events_and_the_window(lake: Storage, demo_run: Path) -> None:
    sql = "select count(*), min(event_time) >= any_value(as_of()) - interval 3 day from aws_cloudtrail_event"
    with mount_lake(lake, ReadOptions(Selection(days=3))) as mount:
        (view,) = mount.views.values()
        assert {file.day for file in view.events} <= {"2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"}
        answer = run_query(sql, {}, QueryRequest("latest", mount.runs))
    complete_answer = run_query(sql, {}, QueryRequest(str(demo_run), demo_run.parent))
    assert 0 < answer.result.rows[0][0] < complete_answer.result.rows[0][0]
    assert answer.result.rows[0][1]
    assert any("window 2026-02-27 12:00 to 2026-03-02 12:00" in note for note in answer.caveats)


@pytest.mark.slow
def test_a_statement_that_reads_too_much_is_refused_before_it_runs(lake: Storage) -> None:
    with mount_lake(lake, ReadOptions(max_bytes=100_000)) as mount:
        (view,) = mount.views.values()
        assert view.reads(["aws_iam_user"]).size < 100_000 < view.reads(["aws_cloudtrail_event"]).size
        run_query("from aws_iam_user", {}, QueryRequest("latest", mount.runs))
        with pytest.raises(IamsqlError, match=r"reads .* more than --max-bytes 100 KB"):
            run_query("select 1 from aws_cloudtrail_log limit 1", {}, QueryRequest("latest", mount.runs))


@pytest.mark.slow
def test_the_choice_of_a_run_opens_no_other_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(str(tmp_path / "lake"))
    runs = [make_run(tmp_path, f"2026-03-0{day}T00:00:00Z", [event("a", "2026-02-27")]) for day in range(1, 5)]
    add(storage, *runs)
    with mount_lake(storage, ReadOptions()) as mount:
        built = []
        for view in mount.views.values():
            monkeypatch.setattr(
                view,
                "prepare",
                lambda sql, limits=None, view=view, prepare=view.prepare: built.append(view.path.stem) or prepare(sql),
            )
        for name, expected in (
            ("latest", runs[3]),
            ("previous", runs[2]),
            (runs[0].stem, runs[0]),
            ("2026-03-02", runs[1]),
        ):
            built.clear()
            answer = run_query("select run_id from iamsql.run", {}, QueryRequest(name, mount.runs))
            assert answer.result.rows == [(expected.stem,)]
            assert expected.stem in built
            # The newest run determines the tables that the query needs.
            assert set(built) <= {expected.stem, runs[3].stem}


def test_errors_name_the_lake_and_not_the_temporary_folder(lake: Storage) -> None:
    with pytest.raises(IamsqlError) as error, mount_lake(lake, ReadOptions()) as mount:
        run_query("select 1", {}, QueryRequest("20200101", mount.runs))
    assert f"There is no run 20200101 in {lake.name}" in str(error.value)
    assert not mount.folder.exists()


def test_a_run_that_a_newer_version_added_is_refused(lake: Storage, mount: Mount) -> None:
    (view,) = mount.views.values()
    view.run = type(view.run)(**{**vars(view.run), "iamsql_version": "999.0", "schema_fingerprint": "other"})
    with pytest.raises(IamsqlError, match=r"was added by iamsql 999\.0, newer than this one\.\nTo read it, install"):
        run_query("from aws_iam_user", {}, QueryRequest("latest", mount.runs))


@pytest.mark.slow
def test_typed_tables_of_another_schema_are_computed_from_raw_items(
    lake: Storage, mount: Mount, demo_run: Path
) -> None:
    """An older lake has a newer iamsql's columns, because raw items are stored as well."""
    (view,) = mount.views.values()
    view.run = type(view.run)(**{**vars(view.run), "iamsql_version": "0.0.1", "schema_fingerprint": "older"})
    query = next(query for query in QUERIES if query.name == "stale_keys")
    require_equal_answers(query, demo_run, mount)
    with closing(open_run(mount.views[mount.folder / demo_run.name])) as reader:
        assert reader.metadata.schema_fingerprint == "older"
