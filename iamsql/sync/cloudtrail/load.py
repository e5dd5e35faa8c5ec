"""Load CloudTrail log files into the run file: DuckDB parses them, and a file that cannot be read is reported by name.

Files are loaded in batches of bounded size, so memory does not grow with their number. The caller passes the INSERT, which
reads the records of a batch from the view `delivered`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from iamsql.runs.store.engine import Connection, Error, OutOfMemoryError
from iamsql.runs.store.writer import RunWriter
from iamsql.sqltext import literal
from iamsql.sync.cloudtrail.log_files import LogFile, ReadableLog, UnreadableLog, batches, concatenated_files, groups
from iamsql.sync.gunzip import StreamError, format_size
from iamsql.sync.json_stream import MAX_DOCUMENT
from iamsql.tables.fragments.events import EVENTS_TABLE

MIN_OBJECT_SIZE = 1024 * 1024  # bytes of the smallest maximum_object_size
# One row per record. A document is {"Records": […]}, an array of records, or a record itself (one of many in a file).
# The list is made below the unnest, because otherwise each row would carry the whole document along.
_UNNESTED = """
select name, unnest(records) as event from (
  select name, case when len(records) > 0 then records
    when json_type(json, '{at}') = 'ARRAY' then json_extract(json, '{at}[*]') else [json -> '{at}'] end as records
  from (
    select {name} as name, json, json_extract(json, '{at}.Records[*]') as records
    from read_json_objects({{paths}}, format = 'unstructured', compression = '{compression}', filename = true,
      maximum_object_size = {{size}})))
"""
COMPRESSION = {False: "none", True: "gzip"}  # DuckDB's words
SINGLE_FILES = {gzip: _UNNESTED.format(name="filename", at="$", compression=word) for gzip, word in COMPRESSION.items()}
CONCATENATED_FILES = {
    gzip: _UNNESTED.format(name="json ->> '$.n'", at="$.log", compression=word) for gzip, word in COMPRESSION.items()
}
DELIVERED = """
create or replace temp view delivered as
select f.account_id as account_hint, f.region as region_hint, d.event, '{data_source}' as data_source, f.key as log_file,
  null as lookup_resources, null as position, f.synced_at
from ({read}) d join temp.log_files f on f.name = d.name
"""
FILES = (
    "create temp table if not exists log_files "
    "(name varchar, key varchar, account_id varchar, region varchar, synced_at timestamptz)"
)
TOO_LARGE = ("too_large", "more than DuckDB can hold at once")
# DuckDB has one error class for all of these, so its messages are compared; the first match counts.
FAULTS = (
    ("unexpected end of data", "cut_short", "the file ends too early"),
    ("Unexpected end of GZIP", "cut_short", "the gzip data ends too early"),
    ("Malformed JSON", "not_json", "not valid JSON"),
    ("GZIP", "corrupt", "damaged gzip data"),
    ("decode", "corrupt", "damaged gzip data"),
    ("maximum_object_size", *TOO_LARGE),
)
NO_LOG = "JSON, but no CloudTrail log"
IS_LOG = """
select bool_or(json_exists(json, '$.Records') or json_type(json) = 'ARRAY')
from read_json_objects(?, format = 'unstructured', compression = '{}', maximum_object_size = ?)
"""


@contextmanager
def log_loader(writer: RunWriter, insert: str, data_source: str) -> Iterator[LogLoader]:
    """Yield a loader with its own connection, so the writer can write at the same time; see LogLoader."""
    folder = writer.download_folder()
    with writer.side_connection() as connection:
        try:
            yield LogLoader(connection, insert, data_source, folder)
        finally:
            connection.interrupt()  # after Ctrl+C, a thread may still be loading
            shutil.rmtree(folder, ignore_errors=True)


class LogLoader:
    """Loads log files into iamsql.events; `folder` receives concatenated small files, and parts of large files."""

    def __init__(self, connection: Connection, insert: str, data_source: str, folder: Path) -> None:
        """Load with an INSERT that reads the view `delivered`; `data_source` is a column of the view."""
        self._connection, self._insert_rows, self._data_source, self._folder = connection, insert, data_source, folder
        self._connection.execute("use r")
        self._connection.execute(FILES)

    def load(self, files: Sequence[LogFile]) -> tuple[dict[str, int], list[UnreadableLog]]:
        """Load files; return the number of events by key, and the files that could not be read completely."""
        before = self._last_row_id()
        unreadable, large = list[UnreadableLog](), list[LogFile]()
        for batch in batches(files, unreadable, large):
            unreadable += self._load_batch(batch)
        for file in large:
            unreadable += self._load_records(file)
        events = self._count_events_after(before)
        failed = {log.file.key for log in unreadable if not log.partial}
        return {file.key: events.get(file.key, 0) for file in files if file.key not in failed}, unreadable

    def _load_batch(self, batch: Sequence[ReadableLog]) -> list[UnreadableLog]:
        """Load files. Small files are concatenated first."""
        before, unreadable = self._last_row_id(), list[UnreadableLog]()
        for logs in _by_compression([log for log in batch if log.small]):
            unreadable += self._load(logs, self._insert_concatenated)
        # A damaged file may hide the files behind it in the concatenated file, so files without events are loaded singly.
        for logs in _by_compression(self._logs_without_events(batch, before, unreadable)):
            unreadable += self._load(logs, self._insert_single)
        empty = self._logs_without_events(batch, before, unreadable)
        return unreadable + [
            UnreadableLog(log.file, "not_a_log", NO_LOG) for log in empty if not self._is_event_log(log)
        ]

    def _logs_without_events(
        self, batch: Sequence[ReadableLog], before: int, unreadable: Sequence[UnreadableLog]
    ) -> list[ReadableLog]:
        """Return the files of a batch without events after a row, except the unreadable files."""
        keys = {*self._count_events_after(before), *(unreadable_log.file.key for unreadable_log in unreadable)}
        return [log for log in batch if log.file.key not in keys]

    def _count_events_after(self, row: int) -> dict[str, int]:
        """Count the events that were loaded after a row, by key of the log file."""
        sql = f"select log_file, count(*) from {EVENTS_TABLE} where rowid > ? group by all"
        return dict(self._connection.execute(sql, [row]).fetchall())

    def _load(
        self, logs: list[ReadableLog], insert: Callable[[Sequence[ReadableLog]], None]
    ) -> Iterator[UnreadableLog]:
        """Load files with one statement; if it fails, bisect them until the unreadable file is found."""
        if not logs:
            return
        try:
            insert(logs)
        except Error as error:
            fault = _describe_fault(error)
            # Other errors, such as a full disk, are not errors of a file.
            if fault is None:
                raise
            if len(logs) > 1:
                half = len(logs) // 2
                yield from self._load(logs[:half], insert)
                yield from self._load(logs[half:], insert)
            elif insert == self._insert_concatenated:
                yield from self._load(logs, self._insert_single)
            else:
                file = logs[0].file
                yield from self._load_records(file) if fault == TOO_LARGE else [UnreadableLog(file, *fault)]

    def _load_records(self, file: LogFile) -> Iterator[UnreadableLog]:
        """Load a large file record by record, in one transaction; records that are too large are left out."""
        self._connection.execute("begin transaction")
        omitted = 0
        try:
            for group in groups(file.path, self._folder):
                if names := [str(path) for path in group.paths]:
                    self._insert_records(SINGLE_FILES[False], [file] * len(names), names, group.paths, group.longest)
                omitted = group.omitted
        except BaseException as error:
            self._connection.execute("rollback")
            fault = (error.code, error.words) if isinstance(error, StreamError) else _describe_fault(error)
            if fault is None:
                raise
            yield UnreadableLog(file, *fault)
        else:
            self._connection.execute("commit")
            if omitted:
                message = (
                    f"{omitted} record{'s' if omitted > 1 else ''} of more than {format_size(MAX_DOCUMENT)} left out"
                )
                yield UnreadableLog(file, "too_large", message, partial=True)

    def _insert_concatenated(self, logs: Sequence[ReadableLog]) -> None:
        """Insert small files of one compression, which are concatenated."""
        logs_by_name = {f"{token_hex(8)}-{number}": log for number, log in enumerate(logs)}
        select = CONCATENATED_FILES[logs[0].gzip]
        with concatenated_files(logs_by_name, self._folder) as paths:
            self._insert_records(select, [log.file for log in logs], list(logs_by_name), paths, 0)

    def _insert_single(self, logs: Sequence[ReadableLog]) -> None:
        """Insert files of one compression."""
        paths = [log.file.path for log in logs]
        longest = max(log.size for log in logs)
        select = SINGLE_FILES[logs[0].gzip]
        self._insert_records(select, [log.file for log in logs], [str(path) for path in paths], paths, longest)

    def _insert_records(
        self, select: str, files: Sequence[LogFile], names: Sequence[str], paths: Sequence[Path], longest: int
    ) -> None:
        """Insert the records of the paths. `names` are the names that `select` gives the files.

        Documents have at most `longest` bytes.
        """
        rows = [
            [name, file.key, file.account_id, file.region, file.read_at]
            for file, name in zip(files, names, strict=True)
        ]
        unnested = ", ".join(f"unnest(?::{column_type}[])" for column_type in ("varchar",) * 4 + ("timestamptz",))
        self._connection.execute("delete from temp.log_files")
        self._connection.execute(
            f"insert into temp.log_files select {unnested}", [list(column) for column in zip(*rows, strict=True)]
        )
        path_list = ", ".join(map(literal, paths))
        select = select.format(paths=f"[{path_list}]", size=max(MIN_OBJECT_SIZE, longest + 1024))
        self._connection.execute(DELIVERED.format(data_source=self._data_source, read=select))
        self._connection.execute(self._insert_rows)

    def _is_event_log(self, log: ReadableLog) -> bool:
        """Return whether a file without events is a log: an empty log, or a log of other days."""
        sql = IS_LOG.format(COMPRESSION[log.gzip])
        values = [str(log.file.path), max(MIN_OBJECT_SIZE, log.size + 1024)]
        try:
            (is_log,) = self._connection.execute(sql, values).fetchone() or (None,)
        except Error:  # it was loaded record by record, so it is a list of records
            return True
        return bool(is_log)

    def _last_row_id(self) -> int:
        (number,) = self._connection.execute(f"select coalesce(max(rowid), -1) from {EVENTS_TABLE}").fetchone() or (-1,)
        return int(number)


def _by_compression(logs: Sequence[ReadableLog]) -> Iterator[list[ReadableLog]]:
    """Yield the plain files, then the gzip files: a statement reads files of one compression."""
    for gzip in (False, True):
        if logs_of_compression := [log for log in logs if log.gzip == gzip]:
            yield logs_of_compression


def _describe_fault(error: BaseException) -> tuple[str, str] | None:
    """Return code and message of a file that cannot be read; None for any other error."""
    if isinstance(error, OutOfMemoryError):
        return TOO_LARGE
    return next(((code, message) for text, code, message in FAULTS if text in str(error)), None)
