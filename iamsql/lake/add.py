"""Add runs to a lake: upload the Parquet files of their tables and of new events, then commit the manifest.

A run becomes visible with the manifest, which is written last. A process that is killed leaves files that no manifest lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from iamsql.escaping import printable
from iamsql.lake.event_rows import StagedEvents, event_partitions, write_events
from iamsql.lake.files import lake_file
from iamsql.lake.manifest import commit, read_manifest
from iamsql.lake.manifest_json import run_files_text
from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest, RunFiles
from iamsql.lake.paths import RUN_ID_PATTERN, path_part
from iamsql.lake.run_tables import write_tables
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError, Result
from iamsql.query.compat import open_compatible
from iamsql.runs.coverage.item_counts import differences_clause, differences_from_rows, items_select
from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.directory import RunFile, run_file
from iamsql.runs.run_names import resolve
from iamsql.runs.status import FINISHED_STATUSES, RunStatus, iter_finished, run_status, status_text
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_tables
from iamsql.version import __version__

COLUMNS = {
    "run": "VARCHAR",
    "organization": "VARCHAR",
    "table_bytes": "BIGINT",
    "new_events": "BIGINT",
    "event_files": "BIGINT",
}


@dataclass(frozen=True)
class AddedRun:
    """A run that was added: its rows and bytes of tables, and its events that the lake lacked."""

    run: LakeRun
    events: int
    files: int


def runs_to_add(folder: Path, names: Sequence[str], *, every: bool) -> list[Path]:
    """Return the run files of names, of every finished run, or of the newest run. Raise IamsqlError for an unknown name."""
    if every:
        paths = [run.path for run, status in iter_finished(folder) if status.status in FINISHED_STATUSES]
        if not paths:
            raise IamsqlError(f"There is no finished run in {folder}.\nMake a run with: iamsql sync")
        return paths
    return list(dict.fromkeys(resolve(folder, name) for name in names or ("latest",)))


def table_of_added_runs(added: Sequence[AddedRun]) -> Result:
    """Return a row for each run that was added: its tables in bytes, and the events that the lake lacked."""
    rows = [(entry.run.run_id, entry.run.organization, entry.run.size, entry.events, entry.files) for entry in added]
    return Result(tuple(COLUMNS), rows, tuple(COLUMNS.values()))


def add_runs(
    storage: Storage, runs: Sequence[Path], progress: Callable[[str], None]
) -> tuple[list[AddedRun], list[str]]:
    """Add run files to a lake, the oldest first. Return what was added, and a line for each run that the lake has already.

    Raise IamsqlError for a file that is not a finished run of this or an earlier version; the runs before it stay added.
    """
    added_runs: list[AddedRun] = []
    already_present_lines: list[str] = []
    run_ids = {run.run_id for run in read_manifest(storage).runs}
    for path, status in sorted((_check_run(path) for path in runs), key=lambda checked: checked[1].run_id):
        if status.run_id in run_ids:
            already_present_lines.append(f"The lake {storage.name} has the run {status.run_id} already.")
            continue
        progress(f"Adding run {status.run_id}")
        with TemporaryDirectory(prefix="iamsql-") as folder:
            added_runs.append(_Addition(storage, path, status, Path(folder)).commit())
        run_ids.add(status.run_id)
    return added_runs, already_present_lines


def _check_run(path: Path) -> tuple[Path, RunStatus]:
    """Return a run file with its status. Raise IamsqlError for a file that cannot be added."""
    run: RunFile | None = run_file(path)
    status = run_status(run) if run else None
    if status is None or not status.run_id:
        raise IamsqlError(f"{path} is not a run of iamsql.\nList the runs with: iamsql runs")
    if not RUN_ID_PATTERN.fullmatch(status.run_id):
        raise IamsqlError(
            f"{path} is not added: {printable(status.run_id[:80])} is not the ID of a run.\nUse the file that iamsql wrote."
        )
    if status.status not in FINISHED_STATUSES:
        raise IamsqlError(f"{path} is not added: its status is {status.status}.\nList the runs with: iamsql runs")
    if status.scope and status.scope.shard:
        raise IamsqlError(f"{path} is a shard of a run.\nMerge the shards, and add the run: iamsql runs merge")
    return path, status


@dataclass
class _Addition:
    """A run that is added. The files of events are uploaded again if the events of the manifest changed."""

    storage: Storage
    path: Path
    status: RunStatus
    folder: Path
    organization: str = ""
    run: LakeRun | None = None
    _partitions: frozenset[tuple[str, str]] = frozenset()
    _merged_event_paths: frozenset[str] | None = None  # the event files of the last manifest
    _events: tuple[list[EventFile], frozenset[str]] = field(default_factory=lambda: ([], frozenset()))

    def commit(self) -> AddedRun:
        """Upload the files and commit the manifest."""
        (self.folder / "tables").mkdir(mode=0o700)
        with closing(
            open_compatible(self.path, sql=_sql_of_every_table(), write_under=self.folder / "tables")
        ) as reader:
            if is_newer(reader.metadata):
                raise IamsqlError(
                    f"{self.path} was made by iamsql {reader.metadata.iamsql_version}, newer than this one."
                    "\nInstall a newer version of iamsql."
                )
            if differences := differences_from_rows(reader.query(items_select(reader.stored_columns()))):
                raise IamsqlError(
                    f"{self.path} is not added: {differences_clause(differences)}.\nUse the file that iamsql wrote, or sync again."
                )
            self.organization = path_part(reader.metadata.organization_id or self.status.run_id.partition("-")[2])
            self.run = self._upload_tables(reader)
            self._partitions = frozenset(event_partitions(reader))
        commit(self.storage, self._manifest_with_run)
        files, _ = self._events
        rows = sum(file.file.rows for file in files)
        return AddedRun(self.run, rows, len(files))

    def _manifest_with_run(self, manifest: Manifest) -> Manifest:
        """Return the manifest with the run and its events."""
        assert self.run  # noqa: S101
        if any(run.run_id == self.run.run_id for run in manifest.runs):
            return manifest  # another process has added it
        present_files = [
            file
            for file in manifest.events
            if file.organization == self.organization and (file.region, file.day) in self._partitions
        ]
        present_paths = frozenset(file.file.path for file in present_files)
        if self._merged_event_paths != present_paths:
            self._events, self._merged_event_paths = self._upload_events(present_files), present_paths
        files, replaced_paths = self._events
        events = [file for file in manifest.events if file.file.path not in replaced_paths]
        return replace(manifest, runs=(*manifest.runs, self.run), events=(*events, *files))

    # -- uploads ------------------------------------------------------------------------------------------------------------

    def _upload_tables(self, reader: Reader) -> LakeRun:
        """Upload the tables and the list of their files; return the entry of the manifest."""
        metadata, organization = reader.metadata, self.organization
        table_files = list(write_tables(reader, self.folder / "tables"))
        folders = [
            f"state/table={path_part(table.table)}/organization={organization}/run={metadata.run_id}"
            for table in table_files
        ]
        uploads = [
            (file.path, f"{folder}/{token_hex(8)}.parquet", file.rows)
            for file, folder in zip(table_files, folders, strict=True)
        ]
        files = self._upload(uploads)
        tables: dict[str, tuple[LakeFile, ...]] = {
            table.table: (file,) for table, file in zip(table_files, files, strict=True)
        }
        listing = self.folder / "run.json"
        listing.write_bytes(run_files_text(RunFiles(metadata.run_id, tables)))
        (list_file,) = self._upload([(listing, f"runs/{organization}/{metadata.run_id}-{token_hex(8)}.json", 0)])
        return self._run_entry(metadata, list_file, sum(file.size for file in files))

    def _run_entry(self, metadata: RunMetadata, files: LakeFile, size: int) -> LakeRun:
        read_accounts, missing_accounts = self.status.read or 0, self.status.missing or 0
        return LakeRun(
            run_id=metadata.run_id,
            organization=self.organization,
            started_at=_time_text(metadata.started_at),
            finished_at=_time_text(metadata.finished_at),
            window_start=_time_text(metadata.window_start),
            window_end=_time_text(metadata.window_end),
            status=metadata.status,
            iamsql_version=__version__,
            schema_fingerprint=compiler.fingerprint(),
            accounts=read_accounts + missing_accounts,
            read=read_accounts,
            files=files,
            size=size,
            added_at=_time_text(datetime.now(UTC)),
            state=status_text(self.status),
        )

    def _upload_events(self, present_files: Sequence[EventFile]) -> tuple[list[EventFile], frozenset[str]]:
        """Upload the events that are not in the present files. Return the new files, and the paths that they replace."""
        present_by_path = dict(
            zip(self.storage.local_all([file.file for file in present_files]), present_files, strict=True)
        )
        with TemporaryDirectory(dir=self.folder) as folder:
            # A group of days is uploaded while the next group is written.
            with ThreadPoolExecutor(1) as thread:
                changes = write_events(self.path, self.status.run_id, present_by_path, Path(folder))
                uploads = [(thread.submit(self._upload_group, change.added), change.replaced) for change in changes]
            added_files = [file for upload, _ in uploads for file in upload.result()]
            return added_files, frozenset().union(*(replaced for _, replaced in uploads))

    def _upload_group(self, staged: Sequence[StagedEvents]) -> list[EventFile]:
        files = self._upload([(events.path, self._event_path(events), events.rows) for events in staged])
        return [
            EventFile(file, self.organization, events.region, events.day, events.first, events.last, events.runs)
            for file, events in zip(files, staged, strict=True)
        ]

    def _event_path(self, staged: StagedEvents) -> str:
        folder = f"events/organization={self.organization}/event_region={staged.region}/event_day={staged.day}"
        return f"{folder}/{self.status.run_id}-{token_hex(8)}.parquet"

    def _upload(self, files: Sequence[tuple[Path, str, int]]) -> list[LakeFile]:
        """Upload files, each with its path in the lake and its rows, and delete them."""
        entries = [lake_file(source, path, rows) for source, path, rows in files]
        self.storage.upload_all([(source, path) for source, path, _ in files])
        for source, *_ in files:
            source.unlink()
        return entries


def _sql_of_every_table() -> str:
    """Return SQL that names every typed table, so tables of another schema are computed."""
    return " ".join(name for name, relation in all_tables().items() if relation.stored)


def _time_text(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if time else ""
