"""Small lakes: runs with a table, and files of events, as `iamsql lake add` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from iamsql.lake.files import lake_file
from iamsql.lake.manifest import commit
from iamsql.lake.manifest_json import run_files_text
from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest, RunFiles
from iamsql.lake.storage import Storage
from iamsql.sqltext import literal

ORG, OTHER = "o-exampleorgid", "111122223333"
EVENTS = "select unnest($events) as e"
COLUMNS = "e[1] as account_id, e[2] as event_id, e[3] as event_name, e[4]::timestamptz as event_time, e[5] as lake_run"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return a database for all tests: opening one takes longer than writing a small file."""
    return duckdb.connect(config={"threads": "1"})


def run_id(day: int) -> str:
    """Return the ID of the run that started at noon of a day of March 2026."""
    return f"202603{day:02}T120000Z-ab12"


def write_parquet(path: Path, select: str, values: Any = None) -> None:
    """Write the rows of a statement."""
    with _database().cursor() as connection:
        connection.execute(f"copy ({select}) to {literal(path)} (format parquet, compression zstd)", values)


def upload(storage: Storage, path: str, select: str, rows: int, values: Any = None) -> LakeFile:
    """Upload the rows of a statement as a Parquet file."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "x.parquet"
        write_parquet(source, select, values)
        storage.upload(source, path)
        return lake_file(source, path, rows)


def new_run(storage: Storage, day: int, organization: str = ORG, status: str = "complete") -> LakeRun:
    """Upload the files of a run with one table, and return its entry of the manifest."""
    run, nonce = run_id(day), token_hex(4)
    state = f"state/table=aws_iam_user/organization={organization}/run={run}/{nonce}.parquet"
    table = upload(storage, state, f"select '111122223333' as account_id, {literal(run)} as name", 1)
    content = run_files_text(RunFiles(run, {"aws_iam_user": (table,)}))
    path = f"runs/{organization}/{run}-{nonce}.json"
    assert storage.create(path, content)
    started = f"2026-03-{day:02}T12:00:00Z"
    times = {"started_at": started, "finished_at": started, "window_start": "", "window_end": "", "added_at": started}
    return LakeRun(
        run, organization, **times, status=status, iamsql_version="0.1.0", schema_fingerprint="f1", accounts=3, read=2,
        files=lake_file(content, path), size=table.size,
    )  # fmt: skip


def new_events(
    storage: Storage, day: int, run: int, ids: Iterable[str], organization: str = ORG, region: str = "us-east-1"
) -> EventFile:
    """Upload a file of events of a day of March 2026 that a run added, and return its entry of the manifest."""
    date = f"2026-03-{day:02}"
    path = f"events/organization={organization}/event_region={region}/event_day={date}/{run_id(run)}-{token_hex(4)}.parquet"
    rows = [["111122223333", name, f"Event{name[-1]}", f"{date}T10:00:00Z", run_id(run)] for name in ids]
    times = f"{date}T10:00:00Z"
    file = upload(storage, path, f"select {COLUMNS} from ({EVENTS})", len(rows), {"events": rows})
    return EventFile(file, organization, region, date, times, times, (run_id(run),))


def adding(runs: Iterable[LakeRun] = (), events: Iterable[EventFile] = ()) -> Any:
    """Return the change that adds runs and files of events to a manifest."""
    more = tuple(runs), tuple(events)
    return lambda manifest: replace(manifest, runs=manifest.runs + more[0], events=manifest.events + more[1])


def new_lake(storage: Storage, runs: Iterable[int] = (1, 2, 3)) -> Manifest:
    """Create a lake: runs of an organization, each with two events of its day and one of the first of March; and a run of OTHER."""
    states, events = [new_run(storage, 1, OTHER)], [new_events(storage, 1, 1, ["x-z"], OTHER)]
    for day in runs:
        states.append(new_run(storage, day))
        events += [new_events(storage, day, day, [f"{day}-a", f"{day}-b"]), new_events(storage, 1, day, [f"{day}-c"])]
    return commit(storage, adding(states, events))


def event_rows(storage: Storage, manifest: Manifest) -> list[tuple[str, str]]:
    """Return the ID and the run of each event that a manifest lists."""
    paths = [str(path) for path in storage.local_all([events.file for events in manifest.events])]
    with _database().cursor() as connection:
        select = f"select event_id, lake_run from read_parquet({paths!r}, hive_partitioning = false) order by all"
        return connection.execute(select).fetchall()
