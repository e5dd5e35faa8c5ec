"""Which files of a lake a statement reads, and how many bytes they have, before anything is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from iamsql.lake.model import EventFile, LakeFile
from iamsql.model import IamsqlError
from iamsql.query.compat import candidate_tables, mentioned_words
from iamsql.render.cells import pluralize
from iamsql.runs.store.limits import format_size
from iamsql.tables.calls.account import RECORDS
from iamsql.tables.fragments.events import EVENTS_TABLE
from iamsql.tables.registry import all_tables, table_sources


@dataclass(frozen=True)
class Reads:
    """The files that a statement reads: the files of tables by name, and the files of events."""

    tables: Mapping[str, Sequence[LakeFile]]
    events: Sequence[EventFile]

    @property
    def size(self) -> int:
        """Return the bytes of the files."""
        sizes = [file.size for files in self.tables.values() for file in files]
        return sum(sizes) + sum(file.file.size for file in self.events)

    def lines(self) -> list[str]:
        """Return sentences about the files, bytes and partitions."""
        files = sum(map(len, self.tables.values()))
        lines = [f"Reads {pluralize(files + len(self.events), 'file')} of the lake, {format_size(self.size)}."]
        for table, table_files in sorted(self.tables.items()):
            lines.append(
                f"  {table}: {pluralize(len(table_files), 'file')}, {format_size(sum(file.size for file in table_files))}"
            )
        if self.events:
            days = sorted({file.day for file in self.events})
            regions = len({file.region for file in self.events})
            size = format_size(sum(file.file.size for file in self.events))
            lines.append(
                f"  events: {pluralize(len(self.events), 'file')}, {size}; {pluralize(regions, 'region')}, "
                f"{pluralize(len(days), 'day')} from {days[0]} to {days[-1]}"
            )
        return lines

    def require_at_most(self, size: int) -> None:
        """Raise IamsqlError if the files have more bytes."""
        if self.size > size:
            raise IamsqlError(
                f"The statement reads {format_size(self.size)} of the lake, more than --max-bytes {format_size(size)}.\n"
                "Read fewer events with --days N, or raise --max-bytes. Show what is read with: iamsql query … --explain"
            )


def plan_reads(tables: Collection[str], stored: Mapping[str, Sequence[LakeFile]], events: Sequence[EventFile]) -> Reads:
    """Return what a statement over tables reads."""
    return Reads(
        {name: files for name, files in stored.items() if name in tables},
        events if event_tables() & set(tables) else (),
    )


@cache
def event_tables() -> frozenset[str]:
    """Return the names under which statements read events."""
    event_views = {name for name, relation in all_tables().items() if not relation.stored and _reads_events(name)}
    return frozenset({EVENTS_TABLE, f"raw.{RECORDS.raw}", *event_views})


def _reads_events(name: str) -> bool:
    relation = all_tables()[name]
    sql = getattr(relation, "sql", "")
    return EVENTS_TABLE in sql or any(_reads_events(table) for table in relation.tables)


def needed_tables(sql: str, stored: Collection[str], *, is_current: bool) -> frozenset[str]:
    """Return the tables of a lake that a run file needs to answer `sql`; for '', all.

    `is_current` is false if the schema of the typed tables differs from this version's, so raw items replace them.
    """
    if not sql:
        return frozenset({*stored, EVENTS_TABLE})
    words, names = mentioned_words(sql), candidate_tables(sql)
    raw_names = words | (set() if is_current else {raw_names for name in names for raw_names in table_sources(name)})
    required_names = names | {f"raw.{name}" for name in raw_names}
    tables = {name for name in stored if name in required_names or name.startswith("iamsql.")}
    has_events = bool(event_tables() & names) or "events" in words or RECORDS.raw in words
    return frozenset({*tables, *([EVENTS_TABLE] if has_events else [])})
