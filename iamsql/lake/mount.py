"""Open a lake as a folder of run files, so every command that reads runs works on it.

The folder is temporary. It has a file for each selected run, which is built when it is opened: a copy of the template whose
tables are views over the Parquet files. A run that is not opened costs nothing, because its status is in the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from iamsql.lake.manifest import read_manifest, read_run_files
from iamsql.lake.model import EventFile, LakeFile, LakeRun, Manifest
from iamsql.lake.paths import RUN_ID_PATTERN
from iamsql.lake.reads import Reads, needed_tables, plan_reads
from iamsql.lake.run_selection import Selection, select_runs
from iamsql.lake.run_view import EventSource, is_copied, view_statements
from iamsql.lake.storage import Storage
from iamsql.model import IamsqlError
from iamsql.runs.directory import RUN_SUFFIX, RunFile, RunsFolder, run_file
from iamsql.runs.file.template import checked_template
from iamsql.runs.status import RunStatus, parse_status, store_statuses
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.open_errors import UPGRADE_HINT, is_newer_version
from iamsql.runs.store.source import Prepared, RemoteEngine
from iamsql.runs.store.view_file import write_view_file
from iamsql.tables.compiler import compiler
from iamsql.tables.fragments.events import EVENTS_TABLE


@dataclass(frozen=True)
class ReadOptions:
    """How a command reads a lake: the runs that it selects, and the bytes that a statement may read; None means no limit.

    `connect` returns the engine for a run. With `is_remote`, the engine runs every statement, and DuckDB reads only
    the coverage of the run.
    """

    selection: Selection = field(default_factory=Selection)
    max_bytes: int | None = None
    connect: Callable[[LakeRunView], RemoteEngine] | None = None
    is_remote: bool = False


@dataclass
class LakeRunView:
    """A run of a lake: the files of its tables, and the files of the events that are known at the run.

    It is the source of the run file at `path`, which is written when the run is opened.
    """

    path: Path
    storage: Storage
    run: LakeRun
    manifest: Manifest
    options: ReadOptions
    _built_tables: frozenset[str] = frozenset()
    _selected: Path | None = None  # the events that the engine selects
    _files: tuple[Path, ...] = ()
    _lock: Lock = field(default_factory=Lock, repr=False)

    @cached_property
    def tables(self) -> dict[str, tuple[LakeFile, ...]]:
        """Return the files of each table that has rows."""
        return read_run_files(self.storage, self.run).tables

    @cached_property
    def since(self) -> str:
        """Return the first time of events, as text that DuckDB casts to a TIMESTAMP; '' without a limit."""
        if self.options.selection.days is None or not self.run.started_at:
            return ""
        start = datetime.fromisoformat(self.run.started_at) - timedelta(days=self.options.selection.days)
        return f"{start:%Y-%m-%d %H:%M:%S}"

    @cached_property
    def events(self) -> list[EventFile]:
        """Return the files with events that this run or an earlier one added, within the days."""
        first_day = self.since[:10]
        return [
            file
            for file in self.manifest.events
            if file.organization == self.run.organization
            and min(file.runs, default="") <= self.run.run_id
            and (not first_day or file.day >= first_day)  # the day of events without a time is greater than each day
        ]

    @cached_property
    def engine(self) -> RemoteEngine | None:
        """Return the engine that runs statements over the run, if the command has one."""
        if self.options.connect is None:
            return None
        if self.run.schema_fingerprint != compiler.fingerprint():
            raise IamsqlError(
                f"Run {self.run.run_id} was added by another version of iamsql, with other tables.\n"
                "Omit --engine to run the query with DuckDB."
            )
        return self.options.connect(self)

    @property
    def newest_run(self) -> str:
        """Return this run if a file also has events that a later run added, which must be left out; '' otherwise."""
        is_later = any(max(file.runs, default="") > self.run.run_id for file in self.events)
        return self.run.run_id if is_later else ""

    def reads(self, tables: Collection[str]) -> Reads:
        """Return the files that a statement over tables reads."""
        return plan_reads(tables, self.tables, self.events)

    def prepare(self, sql: str, limits: StatementLimits | None = None) -> Prepared:
        """Write the run file, unless it has what `sql` reads already. See `store.source.RunSource`."""
        with self._lock:
            return self._write_if_needed(sql, limits)

    def _write_if_needed(self, sql: str, limits: StatementLimits | None) -> Prepared:
        is_current = self.run.schema_fingerprint == compiler.fingerprint()
        if not is_current and is_newer_version(self.run.iamsql_version):
            version = self.run.iamsql_version
            raise IamsqlError(
                f"Run {self.run.run_id} was added by iamsql {version}, newer than this one.\nTo read it, {UPGRADE_HINT}."
            )
        names_to_read = needed_tables(sql, self.tables, is_current=is_current)
        if self.options.is_remote and self.engine:
            self._selected = self.path.with_name(f"{self.path.stem}.events.parquet")
            if EVENTS_TABLE not in names_to_read or not self.engine.selects_events(sql, self._selected):
                names_to_read = frozenset(name for name in self.tables if name.startswith("iamsql."))
        if not names_to_read <= self._built_tables:
            self._write_run_file(names_to_read | self._built_tables, limits)
        return Prepared(self._files, self.engine, self._require_size if self.options.max_bytes is not None else None)

    def _write_run_file(self, names_to_read: frozenset[str], limits: StatementLimits | None) -> None:
        names = [name for name in self.tables if name in names_to_read]
        local_files = {name: self.storage.local_all(self.tables[name]) for name in names}
        events = self._event_source() if EVENTS_TABLE in names_to_read else None
        unused_tables = [name for name in self.tables if name not in names_to_read]
        sql = view_statements(local_files, unused_tables, events, self.run.schema_fingerprint)
        self._files = (*(file for files in local_files.values() for file in files), *(events.files if events else ()))
        rows = {
            file: lake_file.rows
            for name in names
            if is_copied(name)
            for file, lake_file in zip(local_files[name], self.tables[name], strict=True)
        }
        write_view_file(self.path, checked_template(), sql, self._files, rows, limits)
        self._built_tables = names_to_read

    def _event_source(self) -> EventSource:
        if self._selected:
            return EventSource([self._selected])
        files = self.storage.local_all([file.file for file in self.events])
        return EventSource(files, self.newest_run, self.since)

    def _require_size(self, tables: Collection[str]) -> None:
        self.reads(tables).require_at_most(self.options.max_bytes or 0)


class Mount:
    """The folder of a lake's runs; `runs` is the folder with the sources of its files."""

    def __init__(self, storage: Storage, options: ReadOptions, folder: Path) -> None:
        """Select runs and create their files. Raise IamsqlError if the lake has none."""
        self.storage, self.folder = storage, folder
        manifest = read_manifest(storage)
        self.views: dict[Path, LakeRunView] = {}
        statuses: list[tuple[RunFile, RunStatus]] = []
        for run in select_runs(manifest, storage.name, options.selection):
            statuses.append(
                self._add_run(LakeRunView(folder / f"{run.run_id}{RUN_SUFFIX}", storage, run, manifest, options))
            )
        store_statuses(folder, statuses)
        self.runs = RunsFolder(folder, self.views)

    def _add_run(self, view: LakeRunView) -> tuple[RunFile, RunStatus]:
        """Create an empty file for a run, and return it with its status."""
        if not RUN_ID_PATTERN.fullmatch(view.run.run_id):
            raise IamsqlError(
                f"The manifest of {self.storage.name} has an invalid run ID.\nVerify where the lake comes from."
            )
        view.path.touch(mode=0o600)
        self.views[view.path] = view
        file = run_file(view.path, view)
        assert file  # noqa: S101
        try:
            return file, parse_status(view.run.state)
        except ValueError:
            raise IamsqlError(
                f"The manifest of {self.storage.name} has an invalid status of run {view.run.run_id}."
            ) from None

    def close(self) -> None:
        """End the sessions of engines."""
        for view in self.views.values():
            if engine := vars(view).get("engine"):  # none was needed if it is not computed
                engine.close()

    def local_queries(self) -> dict[str, str]:
        """Return the queries that DuckDB ran although the command has another engine, with the reasons."""
        engines = (vars(view).get("engine") for view in self.views.values())
        return {name: reason for engine in engines if engine for name, reason in engine.local.items()}


@contextmanager
def mount_lake(storage: Storage, options: ReadOptions) -> Iterator[Mount]:
    """Yield a folder with the selected runs of a lake. Errors name the lake instead of the folder."""
    with TemporaryDirectory(prefix="iamsql-lake-") as folder:
        mount = Mount(storage, options, Path(folder))
        try:
            yield mount
        except IamsqlError as error:
            error.args = (str(error).replace(folder, storage.name), *error.args[1:])
            raise
        finally:
            mount.close()
