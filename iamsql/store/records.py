"""CloudTrail log files into the run file: DuckDB unpacks and parses them, and a file that it cannot read is told by name.

Files are taken in batches, so that memory stays flat however many there are. What a batch's records become is the INSERT
that the caller gives, over the relation `delivered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import duckdb

from iamsql.sqltext import literal
from iamsql.store.large import LARGE, UNREADABLE, parts, pieces
from iamsql.store.packs import packs, small

TABLE = "iamsql.events"
READ = "read_json_objects(?, format = 'unstructured')"
USUAL = 1024 * 1024  # bytes that a document may have without being asked for
# One row a record: a document is {"Records": […]}, an array of records, or a record itself (one of many in a file).
# The list is made below the unnesting, or the whole document would be carried along with each of its records.
_UNNESTED = """
select name, unnest(records) as event from (
  select name, case when len(records) > 0 then records
    when json_type(json, '{at}') = 'ARRAY' then json_extract(json, '{at}[*]') else [json -> '{at}'] end as records
  from (
    select {name} as name, json, json_extract(json, '{at}.Records[*]') as records
    from read_json_objects({{paths}}, format = 'unstructured', filename = true, maximum_object_size = {{size}})))
"""
EACH = _UNNESTED.format(name="filename", at="$")
PACKED = _UNNESTED.format(name="json ->> '$.n'", at="$.log")
DELIVERED = """
create or replace temp view delivered as
select f.account_id as account_hint, f.region as region_hint, d.event, '{found_by}' as found_by, f.key as log_file,
  null as looked_up, null as position, f.synced_at
from ({read}) d join temp.log_files f on f.name = d.name
"""
FILES = (
    "create temp table if not exists log_files "
    "(name varchar, key varchar, account_id varchar, region varchar, synced_at timestamptz)"
)
# Each event of an account once: the record of a log file stays, and takes over what the look-up alone has. Those that
# are there twice are found by their hashes first, which takes a tenth of the memory.
TWICE = f"""
create or replace temp table twice as
select l.rowid as place, max(l.looked_up) over same as looked_up, min(l.position) over same as position,
  count(distinct l.found_by) over same > 1 as both_ways,
  row_number() over (partition by l.account_id, l.event_id order by l.log_file nulls last, l.rowid) as n
from {TABLE} l
semi join (
  select hash(account_id, event_id) as both from {TABLE} where event_id is not null group by all having count(*) > 1) d
  on d.both = hash(l.account_id, l.event_id)
where l.event_id is not null
window same as (partition by l.account_id, l.event_id)
"""
MERGED = f"""
update {TABLE} as l set looked_up = t.looked_up, position = t.position,
  found_by = case when t.both_ways then 'look-up, trail' else l.found_by end
from temp.twice t where t.place = l.rowid and t.n = 1
"""
DROPPED = f"delete from {TABLE} where rowid in (select place from temp.twice where n > 1)"
TOO_LARGE = ("too_large", "more than DuckDB can hold at once")
KINDS = (
    ("Unexpected end of GZIP", "cut_short", "the file ends before its time"),
    ("unexpected end of data", "cut_short", "the file ends before its time"),
    ("Malformed JSON", "not_json", "no right JSON"),
    ("GZIP", "corrupt", "damaged gzip data"),
    ("decode", "corrupt", "damaged gzip data"),
    ("maximum_object_size", *TOO_LARGE),
)
NO_LOG = "JSON, but no CloudTrail log"


@dataclass(frozen=True)
class LogFile:
    """A file on disk, the key (or path) under which it is known, what that names, and when it was read (ISO text)."""

    path: Path
    key: str
    account_id: str = ""
    region: str = ""
    read_at: str = ""
    size: int = 0  # bytes of JSON that it holds


@dataclass(frozen=True)
class Unread:
    """A log file that could not be read: a code (cut_short, not_json, corrupt, not_a_log, too_large) and words."""

    file: LogFile
    code: str
    words: str


class Records:
    """Loads log files into iamsql.events, over a connection of its own; `spool` is a folder for pieces of large ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, insert: str, found_by: str, spool: Path) -> None:
        """Take the INSERT that makes rows of `delivered`, and the word for how they were found."""
        self._con, self._into, self._found_by, self._spool = connection, insert, found_by, spool
        self._con.execute("use r")
        self._con.execute(FILES)

    def load(self, files: Sequence[LogFile]) -> tuple[dict[str, int], list[Unread]]:
        """Load a batch; give the number of events of each key that was read, and the files that were not."""
        before = self._count(f"select coalesce(max(rowid), -1) from {TABLE}")
        little = [one for one in files if small(one.size)]
        bad = list(self._load(little, self._insert_packed))
        silent = _without(little, [*self._found(before), *(one.file.key for one in bad)])
        # A damaged file may have hidden those behind it in its pack: what gave nothing is asked for by itself.
        bad += self._load([*silent, *(one for one in files if not small(one.size))], self._insert)
        found = self._found(before)
        silent = _without(files, [*found, *(one.file.key for one in bad)])
        bad += [Unread(one, "not_a_log", NO_LOG) for one in silent if not self._is_log(one.path)]
        return {one.key: found.get(one.key, 0) for one in _without(files, [one.file.key for one in bad])}, bad

    def _found(self, before: int) -> dict[str, int]:
        """Count the events of each key that were loaded after a row."""
        counted = f"select log_file, count(*) from {TABLE} where rowid > ? group by all"
        return dict(self._con.execute(counted, [before]).fetchall())

    def _load(self, files: list[LogFile], insert: Callable[[Sequence[LogFile]], None]) -> Iterator[Unread]:
        """Load files in one statement; where it fails, halve them until the file at fault is alone."""
        if not files:
            return
        try:
            insert(files)
        except duckdb.Error as error:
            fault = _fault(error)
            if fault is None:
                raise
            if len(files) > 1:
                half = len(files) // 2
                yield from self._load(files[:half], insert)
                yield from self._load(files[half:], insert)
            elif insert == self._insert_packed:
                yield from self._load(files, self._insert)
            else:
                yield from self._by_parts(files[0]) if fault == TOO_LARGE else [Unread(files[0], *fault)]

    def _by_parts(self, file: LogFile) -> Iterator[Unread]:
        """Load a file whose records are too large together, a few at a time."""
        try:
            for part in parts(file.path, self._spool):
                self._insert([replace(file, path=part)])
        except (*UNREADABLE, duckdb.OutOfMemoryException):
            yield Unread(file, *TOO_LARGE)

    def _insert_packed(self, files: Sequence[LogFile]) -> None:
        names = [f"{token_hex(8)}-{place}" for place in range(len(files))]
        with packs([(one.path, name, one.size) for one, name in zip(files, names, strict=True)], self._spool) as paths:
            self._insert_from(PACKED, files, names, paths)

    def _insert(self, files: Sequence[LogFile]) -> None:
        with pieces([one.path for one in files], self._spool) as paths:
            self._insert_from(EACH, files, [str(path) for path in paths], paths)

    def _insert_from(self, read: str, files: Sequence[LogFile], names: Sequence[str], paths: Sequence[Path]) -> None:
        """Insert what `read` finds in the paths, where each file goes by one of the names."""
        rows = [
            [name, one.key, one.account_id, one.region, one.read_at] for one, name in zip(files, names, strict=True)
        ]
        unnested = ", ".join(f"unnest(?::{kind}[])" for kind in ("varchar",) * 4 + ("timestamptz",))
        self._con.execute("delete from temp.log_files")
        self._con.execute(
            f"insert into temp.log_files select {unnested}", [list(column) for column in zip(*rows, strict=True)]
        )
        listed = ", ".join(map(literal, paths))
        size = max(USUAL, *(min(one.size, LARGE) + 1024 for one in files))
        read = read.format(paths=f"[{listed}]", size=size)
        self._con.execute(DELIVERED.format(found_by=self._found_by, read=read))
        self._con.execute(self._into)

    def _is_log(self, path: Path) -> bool:
        """Tell whether a file without events is a log all the same: an empty one, or one of other days."""
        sql = f"select bool_or(json_exists(json, '$.Records') or json_type(json) = 'ARRAY') from {READ}"
        try:
            return bool(self._con.execute(sql, [str(path)]).fetchone()[0])  # type: ignore[index]
        except duckdb.Error:  # it was loaded in pieces, so it was a list of records
            return True

    def _count(self, sql: str) -> int:
        (number,) = self._con.execute(sql).fetchone() or (0,)
        return int(number)


def once_each(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep each event of an account once, whatever delivered it twice."""
    connection.execute(TWICE)
    (some,) = connection.execute("select count(*) from temp.twice").fetchone() or (0,)
    if some:
        connection.execute(MERGED)
        connection.execute(DROPPED)
    connection.execute("drop table temp.twice")


def _without(files: Iterable[LogFile], keys: Iterable[str]) -> list[LogFile]:
    known = set(keys)
    return [one for one in files if one.key not in known]


def _fault(error: duckdb.Error) -> tuple[str, str] | None:
    """Tell a file that cannot be read from everything else that can go wrong."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return TOO_LARGE
    return next(((code, words) for sign, code, words in KINDS if sign in str(error)), None)
