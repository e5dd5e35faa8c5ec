"""CloudTrail log files into the run file: DuckDB parses them, and a file that cannot be read is told by name.

Files are taken in batches of a size that was counted, so that memory stays flat whatever they hold. What a batch's records
become is the INSERT that the caller gives, over the relation `delivered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from secrets import token_hex

import duckdb

from iamsql.cloudtrail.pack import packs
from iamsql.cloudtrail.split import Copied, Copy, LogFile, Parts, UnreadableLog, batches, groups
from iamsql.gunzip import StreamError, size_of
from iamsql.json_stream import DOCUMENT
from iamsql.sqltext import literal

TABLE = "iamsql.events"
USUAL = 1024 * 1024  # bytes that a document may have without being asked for
# One row a record: a document is {"Records": […]}, an array of records, or a record itself (one of many in a file).
# The list is made below the unnesting, or the whole document would be carried along with each of its records.
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
EACH = {gzip: _UNNESTED.format(name="filename", at="$", compression=word) for gzip, word in COMPRESSION.items()}
PACKED = {
    gzip: _UNNESTED.format(name="json ->> '$.n'", at="$.log", compression=word) for gzip, word in COMPRESSION.items()
}
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


class LogLoader:
    """Loads log files into iamsql.events, over a connection of its own; `spool` is a folder for pieces of large ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, insert: str, found_by: str, spool: Path) -> None:
        """Take the INSERT that makes rows of `delivered`, and the word for how they were found."""
        self._con, self._into, self._found_by, self._spool = connection, insert, found_by, spool
        self._con.execute("use r")
        self._con.execute(FILES)

    def load(self, files: Sequence[LogFile]) -> tuple[dict[str, int], list[UnreadableLog]]:
        """Load files; give the number of events of each key that was read, and the files that were not, or not in full."""
        before = self._newest()
        bad, large = list[UnreadableLog](), list[LogFile]()
        for batch in batches(files, bad, large):
            bad += self._load_batch(batch)
        for file in large:
            bad += self._load_records(file)
        found = self._found(before)
        read = _without(files, [one.file.key for one in bad if not one.partial])
        return {one.key: found.get(one.key, 0) for one in read}, bad

    def _load_batch(self, batch: Sequence[Copied]) -> list[UnreadableLog]:
        """Load files, in packs where they are small."""
        before, bad = self._newest(), list[UnreadableLog]()
        for some in _by_compression([one for one in batch if one[1].small]):
            bad += self._load(some, self._insert_packed)
        # A damaged file may have hidden those behind it in its pack: what gave nothing is asked for by itself.
        for some in _by_compression(self._silent(batch, before, bad)):
            bad += self._load(some, self._insert)
        silent = self._silent(batch, before, bad)
        return bad + [UnreadableLog(file, "not_a_log", NO_LOG) for file, copy in silent if not self._is_log(copy)]

    def _silent(self, batch: Sequence[Copied], before: int, bad: Sequence[UnreadableLog]) -> list[Copied]:
        """List the files that gave no event after a row, and are not known to be bad."""
        known = {*self._found(before), *(one.file.key for one in bad)}
        return [one for one in batch if one[0].key not in known]

    def _found(self, before: int) -> dict[str, int]:
        """Count the events of each key that were loaded after a row."""
        counted = f"select log_file, count(*) from {TABLE} where rowid > ? group by all"
        return dict(self._con.execute(counted, [before]).fetchall())

    def _load(self, files: list[Copied], insert: Callable[[Sequence[Copied]], None]) -> Iterator[UnreadableLog]:
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
                yield from (
                    self._load_records(files[0][0]) if fault == TOO_LARGE else [UnreadableLog(files[0][0], *fault)]
                )

    def _load_records(self, file: LogFile) -> Iterator[UnreadableLog]:
        """Load a large file by its records, all of them or none; records that are too large themselves are left out."""
        self._con.execute("begin transaction")
        lost = 0
        try:
            for group in groups(file.path, self._spool):
                self._insert_group(file, group)
                lost = group.lost
        except BaseException as error:
            self._con.execute("rollback")
            fault = (error.code, error.words) if isinstance(error, StreamError) else _fault(error)
            if fault is None:
                raise
            yield UnreadableLog(file, *fault)
        else:
            self._con.execute("commit")
            if lost:
                words = f"{lost} record{'s' if lost > 1 else ''} of more than {size_of(DOCUMENT)} left out"
                yield UnreadableLog(file, "too_large", words, partial=True)

    def _insert_group(self, file: LogFile, group: Parts) -> None:
        names = [str(path) for path in group.paths]
        if names:
            self._insert_from(EACH[False], [file] * len(names), names, group.paths, group.longest)

    def _insert_packed(self, files: Sequence[Copied]) -> None:
        """Insert small files of one compression."""
        names = [f"{token_hex(8)}-{place}" for place in range(len(files))]
        bodies = ((name, copy.path, copy.size) for name, (_, copy) in zip(names, files, strict=True))
        zipped = files[0][1].gzip
        with packs(bodies, zipped, self._spool) as paths:
            self._insert_from(PACKED[zipped], [file for file, _ in files], names, paths, 0)

    def _insert(self, files: Sequence[Copied]) -> None:
        """Insert files of one compression."""
        paths = [copy.path for _, copy in files]
        longest = max(copy.size for _, copy in files)
        read = EACH[files[0][1].gzip]
        self._insert_from(read, [file for file, _ in files], [str(path) for path in paths], paths, longest)

    def _insert_from(
        self, read: str, files: Sequence[LogFile], names: Sequence[str], paths: Sequence[Path], longest: int
    ) -> None:
        """Insert what `read` finds in the paths, where each file goes by one of the names; documents have `longest` bytes."""
        rows = [
            [name, one.key, one.account_id, one.region, one.read_at] for one, name in zip(files, names, strict=True)
        ]
        unnested = ", ".join(f"unnest(?::{kind}[])" for kind in ("varchar",) * 4 + ("timestamptz",))
        self._con.execute("delete from temp.log_files")
        self._con.execute(
            f"insert into temp.log_files select {unnested}", [list(column) for column in zip(*rows, strict=True)]
        )
        listed = ", ".join(map(literal, paths))
        read = read.format(paths=f"[{listed}]", size=max(USUAL, longest + 1024))
        self._con.execute(DELIVERED.format(found_by=self._found_by, read=read))
        self._con.execute(self._into)

    def _is_log(self, copy: Copy) -> bool:
        """Tell whether a file without events is a log all the same: an empty one, or one of other days."""
        sql = IS_LOG.format(COMPRESSION[copy.gzip])
        try:
            (found,) = self._con.execute(sql, [str(copy.path), max(USUAL, copy.size + 1024)]).fetchone() or (None,)
        except duckdb.Error:  # it was loaded by its records, so it was a list of them
            return True
        return bool(found)

    def _newest(self) -> int:
        (number,) = self._con.execute(f"select coalesce(max(rowid), -1) from {TABLE}").fetchone() or (-1,)
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


def _by_compression(files: Sequence[Copied]) -> Iterator[list[Copied]]:
    """Part files into plain ones and gzip files: one statement reads one kind."""
    for gzip in (False, True):
        if some := [one for one in files if one[1].gzip == gzip]:
            yield some


def _fault(error: BaseException) -> tuple[str, str] | None:
    """Tell a file that cannot be read from everything else that can go wrong."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return TOO_LARGE
    return next(((code, words) for sign, code, words in KINDS if sign in str(error)), None)
