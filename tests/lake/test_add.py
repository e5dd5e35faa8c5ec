"""Runs are added to a lake: each event once, in any order of the runs that contain it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from iamsql.lake import add as adding
from iamsql.lake.add import add_runs, runs_to_add, table_of_added_runs
from iamsql.lake.manifest import read_manifest, read_run_files
from iamsql.lake.mount import ReadOptions, mount_lake
from iamsql.lake.open_storage import open_storage
from iamsql.lake.run_selection import Selection
from iamsql.lake.storage import Storage
from iamsql.lake.verify import verify
from iamsql.model import IamsqlError
from iamsql.runs.directory import run_file
from iamsql.runs.status import run_status
from iamsql.runs.store.reader import open_run
from iamsql.tables.compiler import compiler
from tests.conftest import query
from tests.lake.interrupted import Killed, at_each_write
from tests.lake.small_runs import ORGANIZATION, add, event, make_run


@pytest.fixture
def lake(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "lake"))


def stored_events(lake: Storage) -> list[tuple[str, str]]:
    """Return the ID and the run of each row of the event files."""
    paths = lake.local_all([event_file.file for event_file in read_manifest(lake).events])
    return sorted(duckdb.sql(f"select event_id, lake_run from read_parquet({[*map(str, paths)]})").fetchall())


def ids_at(lake: Storage, run: Path) -> list[str | None]:
    """Return the IDs of the events that a reader at a run sees."""
    with (
        mount_lake(lake, ReadOptions(Selection(at=run.stem))) as mount,
        open_run(mount.views[mount.folder / run.name]) as reader,
    ):
        return [event_id for (event_id,) in reader.query("select event_id from iamsql.events order by event_time, 1")]


@pytest.mark.slow
def test_an_event_of_several_runs_is_stored_once(storage: Storage, tmp_path: Path) -> None:
    lake = storage
    first = make_run(tmp_path, "2026-03-01T00:00:00Z", [event("a", "2026-02-27 10:00:00"), event("b", "2026-02-28")])
    second = make_run(tmp_path, "2026-03-08T00:00:00Z", [event("b", "2026-02-28"), event("c", "2026-03-05")])
    assert add(lake, first) == [2]
    assert add(lake, second) == [1]
    assert stored_events(lake) == [("a", first.stem), ("b", first.stem), ("c", second.stem)]
    assert ids_at(lake, first) == ["a", "b"]
    assert ids_at(lake, second) == ["a", "b", "c"]  # events are older than the run


@pytest.mark.slow
def test_an_earlier_run_that_is_added_later_sees_its_events(storage: Storage, tmp_path: Path) -> None:
    lake = storage
    first = make_run(tmp_path, "2026-03-01T00:00:00Z", [event("a", "2026-02-27"), event("b", "2026-02-28 01:00:00")])
    second = make_run(tmp_path, "2026-03-08T00:00:00Z", [event("b", "2026-02-28 01:00:00"), event("c", "2026-02-28")])
    add(lake, second)
    assert add(lake, first) == [3]  # the file of 28 February is written again: b is an event of the first run now
    assert stored_events(lake) == [("a", first.stem), ("b", first.stem), ("c", second.stem)]
    assert ids_at(lake, first) == ["a", "b"]
    assert ids_at(lake, second) == ["a", "c", "b"]
    assert {run for file in read_manifest(lake).events for run in file.runs} == {first.stem, second.stem}
    assert verify(lake).intact


@pytest.mark.slow
def test_events_of_other_accounts_and_without_an_id_are_other_events(lake: Storage, tmp_path: Path) -> None:
    rows = [event("a", "2026-02-27"), event("a", "2026-02-27") | {"account_id": "222222222222"}]
    rows += [event(None, "2026-02-27", number=1), event(None, "2026-02-27", number=2)]
    rows = [{key: value for key, value in row.items() if key != "number"} for row in rows]
    assert add(lake, make_run(tmp_path, "2026-03-01T00:00:00Z", rows)) == [4]
    assert add(lake, make_run(tmp_path, "2026-03-08T00:00:00Z", rows)) == [0]


@pytest.mark.slow
def test_a_column_that_an_older_run_lacks_is_read_from_the_record(lake: Storage, tmp_path: Path) -> None:
    events = [event("a", "2026-02-27", vpcEndpointId="vpce-1"), event("b", "2026-02-27")]
    record_only = [{name: value for name, value in row.items() if name != "vpcEndpointId"} for row in events]
    run = make_run(tmp_path, "2026-03-01T00:00:00Z", record_only)
    with duckdb.connect(str(run)) as connection:
        connection.execute("alter table iamsql.events drop column vpc_endpoint_id")
    assert add(lake, run) == [2]
    with mount_lake(lake, ReadOptions()) as mount, open_run(mount.views[mount.folder / run.name]) as reader:
        rows = reader.query("select event_id, vpc_endpoint_id from aws_cloudtrail_event order by 1")
    assert rows == [("a", "vpce-1"), ("b", None)]


@pytest.mark.slow
def test_the_record_is_text_in_the_file_and_json_in_a_run_file_over_it(lake: Storage, tmp_path: Path) -> None:
    run = make_run(tmp_path, "2026-03-01T00:00:00Z", [event("a", "2026-02-27")])
    add(lake, run)
    [file] = lake.local_all([event_file.file for event_file in read_manifest(lake).events])
    stored = duckdb.sql(f"select typeof(event) from read_parquet('{file}')").fetchall()
    assert stored == [("VARCHAR",)]
    with mount_lake(lake, ReadOptions()) as mount, open_run(mount.views[mount.folder / run.name]) as reader:
        assert reader.query("select typeof(event), event ->> '$.eventID' from iamsql.events") == [("JSON", "a")]


@pytest.mark.slow
def test_the_tables_of_an_older_run_have_the_fingerprint_of_this_version(lake: Storage, tmp_path: Path) -> None:
    run = make_run(tmp_path, "2026-03-01T00:00:00Z", [event("a", "2026-02-27")])
    with duckdb.connect(str(run)) as connection:
        connection.execute("update iamsql.run set schema_fingerprint = 'older'")
    add(lake, run)
    (added,) = read_manifest(lake).runs
    (path,) = lake.local_all(read_run_files(lake, added).tables["iamsql.run"])
    stored = duckdb.sql(f"select schema_fingerprint from read_parquet('{path}')").fetchall()
    assert stored == [(added.schema_fingerprint,)] == [(compiler.fingerprint(),)]


@pytest.mark.slow
def test_hostile_regions_and_times_do_not_choose_the_path(lake: Storage, tmp_path: Path) -> None:
    rows = [event("a", "2026-02-27", region="../../etc"), event("b", "2026-02-27", region="x'/\n"), event("c", None)]
    rows.append(event("d", "12026-02-27", region="US"))
    run = make_run(tmp_path, "2026-03-01T00:00:00Z", rows)
    assert add(lake, run) == [4]
    partitions = {(file.region, file.day) for file in read_manifest(lake).events}
    assert partitions == {("other", "2026-02-27"), ("us-east-1", "unknown"), ("other", "unknown")}
    assert sorted(ids_at(lake, run)) == ["a", "b", "c", "d"]
    assert {path.name for path in tmp_path.iterdir()} == {"lake", run.name}


@pytest.mark.slow
def test_organizations_share_a_lake(lake: Storage, tmp_path: Path) -> None:
    rows = [event("a", "2026-02-27")]
    runs = [make_run(tmp_path, "2026-03-01T00:00:00Z", rows, name) for name in (ORGANIZATION, "o-other00002")]
    assert add(lake, *runs) == [1, 1]  # the same event in two organizations is two events
    with pytest.raises(IamsqlError, match=r"has runs of .*\n.*--organization ID"), mount_lake(lake, ReadOptions()):
        pass
    with mount_lake(lake, ReadOptions(Selection(organization="o-other00002"))) as mount:
        assert [path.stem for path in mount.views] == [runs[1].stem]
    with (
        pytest.raises(IamsqlError, match="no runs of o-third"),
        mount_lake(lake, ReadOptions(Selection(organization="o-third"))),
    ):
        pass


def test_a_run_is_added_once(lake: Storage, tmp_path: Path) -> None:
    run = make_run(tmp_path, "2026-03-01T00:00:00Z")
    added, _lines = add_runs(lake, [run], lambda _line: None)
    assert table_of_added_runs(added).rows[0][:2] == (run.stem, ORGANIZATION)
    version = read_manifest(lake).version
    assert add_runs(lake, [run], lambda _line: None) == ([], [f"The lake {lake.name} has the run {run.stem} already."])
    assert read_manifest(lake).version == version


@pytest.mark.slow
def test_two_processes_that_add_runs_lose_nothing(lake: Storage, tmp_path: Path) -> None:
    days = range(1, 9)
    rows = [event(f"e{day}", f"2026-02-0{day}") for day in days]
    runs = [make_run(tmp_path, f"2026-03-0{day}T00:00:00Z", rows[: day + 1]) for day in days]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda run: add(lake, run), runs))
    manifest = read_manifest(lake)
    assert {run.run_id for run in manifest.runs} == {run.stem for run in runs}
    assert sum(file.file.rows for file in manifest.events) == len(rows)
    for run, day in zip(runs, days, strict=True):
        assert len(ids_at(lake, run)) == min(day + 1, len(rows))
    assert verify(lake).intact


@pytest.mark.slow
def test_an_interrupted_addition_changes_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    first, second = (
        make_run(tmp_path, f"2026-03-0{day}T00:00:00Z", [event("a", "2026-02-27"), event(f"{day}", "2026-02-28")])
        for day in (1, 2)
    )
    numbers = iter(range(1000))

    def new_lake() -> Storage:
        lake = open_storage(str(tmp_path / f"lake{next(numbers)}"))
        add(lake, first)
        return lake

    def act(lake: Storage, _write: int) -> None:
        before = read_manifest(lake)
        try:
            add(lake, second)
        except Killed:
            assert verify(lake).intact
            after = read_manifest(lake)
            assert after == before or second.stem in {run.run_id for run in after.runs}
            add(lake, second)
            assert ids_at(lake, second) == ["a", "1", "2"]
            raise

    assert at_each_write(act, new_lake) > 2


@pytest.mark.slow
def test_unfinished_runs_and_other_files_are_refused(lake: Storage, tmp_path: Path) -> None:
    run = make_run(tmp_path, "2026-03-01T00:00:00Z")
    other = tmp_path / "20260302T000000Z-other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("create table t (a int)")
    with pytest.raises(IamsqlError, match="is not a run of iamsql"):
        add(lake, other)
    partial = shutil.copyfile(run, tmp_path / f"20260303T000000Z-{ORGANIZATION}.duckdb.partial")
    with pytest.raises(IamsqlError, match="its status is partial"):
        add(lake, Path(partial))
    assert read_manifest(lake).version == 0


@pytest.mark.slow
def test_every_table_of_a_run_is_stored(lake: Storage, demo_run: Path) -> None:
    add(lake, demo_run)
    (run,) = read_manifest(lake).runs
    files = read_run_files(lake, run).tables
    names = query(demo_run, "select schema_name, table_name from duckdb_tables() where not internal")
    tables = {name if schema == "main" else f"{schema}.{name}": f'{schema}."{name}"' for schema, name in names}
    counts = {name: query(demo_run, f"select count(*) from {table}")[0][0] for name, table in tables.items()}
    left_out = {"iamsql.events", "iamsql.queries", "raw.cloudtrail_lookup_events"}
    assert {name: files[name][0].rows for name in files} == {
        name: rows for name, rows in counts.items() if rows and name not in left_out
    }
    # A list of texts is a list in the file, and JSON in a run file over the lake.
    (path,) = lake.local_all(files["aws_iam_role"])
    types = dict(duckdb.sql(f"select column_name, column_type from (describe from '{path}')").fetchall())
    assert (types["attached_policy_arns"], types["assume_role_policy"]) == ("VARCHAR[]", "JSON")


@pytest.mark.slow
def test_runs_are_named_as_elsewhere(tmp_path: Path) -> None:
    runs = [make_run(tmp_path, f"2026-03-0{day}T00:00:00Z") for day in (1, 2)]
    assert runs_to_add(tmp_path, (), every=False) == [runs[1]]
    assert runs_to_add(tmp_path, ("previous", "2026-03-01"), every=False) == [runs[0]]
    assert runs_to_add(tmp_path, (), every=True) == [runs[1], runs[0]]
    with pytest.raises(IamsqlError, match="no finished run"):
        runs_to_add(tmp_path / "none", (), every=True)


@pytest.mark.slow
def test_a_shard_is_refused(lake: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path, "2026-03-01T00:00:00Z")
    status = run_status(run_file(run))
    shard = replace(status, scope=replace(status.scope, shard="1/8"))
    monkeypatch.setattr(adding, "run_status", lambda _run: shard)
    with pytest.raises(
        IamsqlError, match=r"is a shard of a run\.\nMerge the shards, and add the run: iamsql runs merge"
    ):
        add(lake, run)


@pytest.mark.slow
def test_a_run_with_another_text_as_id_is_refused(lake: Storage, tmp_path: Path) -> None:
    """Such a run would make the runs of the lake unreadable, because their IDs are file names that sort by time."""
    run = make_run(tmp_path, "2026-03-01T00:00:00Z")
    run.chmod(0o600)
    with duckdb.connect(str(run)) as connection:
        connection.execute("update iamsql.run set run_id = 'zz/../x'")
    with pytest.raises(IamsqlError, match=r"zz/\.\./x is not the ID of a run\.\nUse the file that iamsql wrote"):
        add(lake, run)
    assert read_manifest(lake).version == 0
