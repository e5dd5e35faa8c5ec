"""Create and finish a run file, for a sync and for an import: raw tables, typed tables, macros and queries."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.runs.file.duplicate_events import insert_looked_up, remove_duplicates
from iamsql.runs.file.rows import AccountResult, CoverageRow, RunRow
from iamsql.runs.file.template import checked_template
from iamsql.runs.private_files import is_free
from iamsql.runs.store.open_new import MEMORY
from iamsql.runs.store.run_schema import RUNNING
from iamsql.runs.store.side_statements import execute_beside
from iamsql.runs.store.writer import RunWriter
from iamsql.tables.calls.account import EVENTS, RECORDS
from iamsql.tables.compiler import compiler
from iamsql.tables.registry import all_tables, find_calls, table_sources
from iamsql.version import __version__

UNSAFE_CHARACTER_PATTERN = re.compile(r"[^A-Za-z0-9-]")  # characters that a run ID does not contain
MAX_OWNER_CHARACTERS = 64  # characters of the owner in a run ID
EVENT_CALLS = frozenset((call.service, call.operation) for call in (EVENTS, RECORDS))
NAME_TRIES = 600  # seconds after the start whose names are tried


def free_name(runs: Path, start: datetime, owner: str) -> str:
    """Return a run ID of the start and the owner (organization or account), with the next second whose ID is free.

    Raise IamsqlError.
    """
    # An imported file may contain any text as the ID of the organization.
    owner = UNSAFE_CHARACTER_PATTERN.sub("_", owner)[:MAX_OWNER_CHARACTERS]
    for seconds in range(NAME_TRIES):
        name = f"{start + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}-{owner}"
        if all(is_free(runs / f"{name}{suffix}") for suffix in (".duckdb", ".duckdb.partial")):
            return name
    raise IamsqlError(
        f"The names of the next {NAME_TRIES} runs are taken in {runs}.\nName another folder with --runs DIR."
    )


def create(path: Path, run: RunRow, memory: str = MEMORY, folders: Sequence[Path] = ()) -> RunWriter:
    """Create a run file with empty tables, all macros and its row of iamsql.run.

    Until the file is reopened, DuckDB uses at most `memory`, such as 512MB, and reads files of the runs folder and of
    `folders` only.
    """
    try:
        writer = _copy_template(path, memory, folders)
    except IamsqlError:  # the cached template has changed since it was checked
        checked_template.cache_clear()
        writer = _copy_template(path, memory, folders)
    writer.insert_rows("run", [_run_values(run)])
    return writer


def _copy_template(path: Path, memory: str, folders: Sequence[Path]) -> RunWriter:
    """Open a copy of the template. Raise IamsqlError if the template has changed since it was checked."""
    return RunWriter(path, checked_template(), (f"set memory_limit = '{memory}'",), folders)


def fillable(waiting: Collection[tuple[str, str]], filled: Collection[str]) -> list[str]:
    """Return the tables that are not filled yet and need none of the operations that are not finished.

    Tables of events are not among them: `finish` fills them, because events come from look-ups, log files and earlier runs.
    """
    names: list[str] = []
    complete = set(filled)
    for name, relation in all_tables().items():
        # all_tables() lists a view after the tables that it reads.
        calls = {(call.service, call.operation) for call in find_calls(name)}
        if name not in complete and calls.isdisjoint({*waiting, *EVENT_CALLS}) and complete >= set(relation.tables):
            names.append(name)
            complete.add(name)
    return names


def fill(writer: RunWriter, names: Collection[str]) -> None:
    """Fill typed tables. Call this in a thread of its own: the thread of the writer may continue."""
    tables = all_tables()
    order = TopologicalSorter({name: relation.tables for name, relation in tables.items()})
    order.prepare()
    while ready := order.get_ready():  # the tables that read only tables of the rounds before
        execute_beside(
            writer, [_fill_statement(writer, name) for name in ready if name in names and _has_rows(writer, name)]
        )
        order.done(*ready)


def _has_rows(writer: RunWriter, name: str) -> bool:
    """Return whether a table is stored, and may have rows."""
    return all_tables()[name].stored and not table_sources(name).isdisjoint(writer.item_sizes)


def _fill_statement(writer: RunWriter, name: str) -> str:
    return compiler.fill_table(all_tables()[name], writer.item_sizes)


def finish(
    writer: RunWriter,
    results: Sequence[AccountResult],
    extra: Sequence[CoverageRow],
    finished_at: str,
    filled: Collection[str] = (),
) -> tuple[Path, str]:
    """Fill the typed tables that are not `filled`, and rename the file. Return its path and status.

    The journal has the coverage of the results, and `extra`, which belongs to no result: both determine the status here.
    """
    status = _run_status(results, extra)
    complete(writer, status, finished_at, filled)
    return writer.finish(), status


def complete(
    writer: RunWriter, status: str, finished_at: str, filled: Collection[str] = (), *, has_looked_up: bool = False
) -> None:
    """Fill the typed tables that are not `filled`, and set the status. The file is not renamed.

    With `has_looked_up`, iamsql.events has the events of look-ups already.
    """
    writer.flush()  # in its own transaction, so a run that is killed later has its coverage
    names = fillable((), filled)
    fill(writer, names)
    done = {*names, *filled}
    # With the status in the last transaction, readers recognize that the tables of a run with the status `running` are incomplete,
    # and compute them from the items.
    with writer.transaction():
        writer.execute("update iamsql.run set finished_at = ?, status = ?", [finished_at, status])
        # Events before tables, because views over events are filled from them.
        if EVENTS.raw in writer.item_sizes and not has_looked_up:
            writer.execute(insert_looked_up())
        remove_duplicates(writer)
        for name in all_tables():
            if name not in done and _has_rows(writer, name):
                writer.execute(_fill_statement(writer, name))


def _run_status(results: Sequence[AccountResult], extra: Sequence[CoverageRow]) -> str:
    if not any(result.outcome in ("complete", "incomplete") for result in results):
        return "empty"
    coverage = chain(extra, *(result.coverage for result in results))
    return "incomplete" if any(row.is_gap for row in coverage) else "complete"


def _run_values(run: RunRow) -> list[Any]:
    caller = [run.caller_arn, run.partition, run.organization_id, run.management, *run.window]
    identity = [run.run_id, run.started_at, None, __version__, compiler.fingerprint()]
    return [*identity, *caller, json.dumps(run.options), json.dumps(run.notes), RUNNING, run.resumed_at, *run.reused]
