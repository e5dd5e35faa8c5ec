"""Create and finish a run file, for a sync and for an import: raw tables, typed tables, macros and queries."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from iamsql import __version__
from iamsql.model import IamsqlError, Table, View
from iamsql.runfile.events import insert_looked_up, remove_duplicates
from iamsql.runfile.rows import AccountResult, CoverageRow, RunRow
from iamsql.runfile.template import checked_template
from iamsql.schema import compiler
from iamsql.schema.registry import all_tables, calls_of, raw_of
from iamsql.store.folders import is_free
from iamsql.store.layout import RUNNING
from iamsql.store.open_new import MEMORY
from iamsql.store.writer import RunWriter

UNSAFE = re.compile(r"[^A-Za-z0-9-]")  # characters that a run ID does not contain
LONGEST = 64  # characters of the owner in a run ID
NAME_TRIES = 600  # seconds after the start whose names are tried


def free_name(runs: Path, start: datetime, owner: str) -> str:
    """Return a run ID of the start and the owner (organization or account), with the next second whose ID is free.

    Raises IamsqlError.
    """
    owner = UNSAFE.sub("_", owner)[:LONGEST]  # an imported file may contain any text as the ID of the organization
    for seconds in range(NAME_TRIES):
        name = f"{start + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}-{owner}"
        if all(is_free(runs / f"{name}{ending}") for ending in (".duckdb", ".duckdb.partial")):
            return name
    raise IamsqlError(
        f"The names of the next {NAME_TRIES} runs are taken in {runs}.\nName another folder with --runs DIR."
    )


def create(path: Path, run: RunRow, memory: str = MEMORY, folders: Sequence[Path] = ()) -> RunWriter:
    """Create a run file with empty tables, all macros and its row of iamsql.run.

    Until the file is reopened, DuckDB uses at most `memory`, such as 512MB, and reads files of the runs folder and of the
    further `folders` only.
    """
    try:
        writer = _copy_template(path, memory, folders)
    except IamsqlError:  # the cached template has changed since it was checked
        checked_template.cache_clear()
        writer = _copy_template(path, memory, folders)
    writer.insert_rows("run", [_values(run)])
    return writer


def _copy_template(path: Path, memory: str, folders: Sequence[Path]) -> RunWriter:
    """Open a copy of the template. Raises IamsqlError if the template has changed since it was checked."""
    return RunWriter(path, checked_template(), (f"set memory_limit = '{memory}'",), folders)


def fill_early(writer: RunWriter) -> frozenset[str]:
    """Fill the typed tables that need no regional call, while look-ups continue; return their names.

    Call this from another thread than the writer's.
    """
    early: dict[str, Table | View] = {}
    for name, relation in all_tables().items():
        # all_tables() lists a view after the tables that it reads.
        if not any(call.regional for call in calls_of(name)) and early.keys() >= set(relation.tables):
            early[name] = relation
    stored = (relation for name, relation in early.items() if relation.stored and raw_of(name) & writer.filled_tables)
    writer.execute_beside(compiler.fill_table(relation) for relation in stored)
    return frozenset(early)


def finish(
    writer: RunWriter,
    results: Sequence[AccountResult],
    extra: Sequence[CoverageRow],
    finished_at: str,
    early: frozenset[str] = frozenset(),
) -> tuple[Path, str]:
    """Fill the typed tables that are not `early`, and rename the file. Return its path and status.

    The journal has the coverage of the results, and `extra`, which belongs to no result: both determine the status here.
    """
    status = _status(results, extra)
    writer.flush()  # in its own transaction, so that a run that is killed later has its coverage
    # With the status in the same transaction, readers know that the tables of a run with the status `running` are incomplete,
    # and compute them from the items.
    with writer.transaction():
        writer.execute("update iamsql.run set finished_at = ?, status = ?", [finished_at, status])
        # Events before tables, because views over events are filled from them.
        writer.execute(insert_looked_up())
        remove_duplicates(writer)
        for name, relation in all_tables().items():
            if name not in early and relation.stored and raw_of(name) & writer.filled_tables:
                writer.execute(compiler.fill_table(relation))
    return writer.finish(), status


def _status(results: Sequence[AccountResult], extra: Sequence[CoverageRow]) -> str:
    if not any(result.outcome in ("read", "partial") for result in results):
        return "empty"
    coverage = chain(extra, *(result.coverage for result in results))
    return "gaps" if any(row.is_gap for row in coverage) else "complete"


def _values(run: RunRow) -> list[Any]:
    caller = [run.caller_arn, run.partition, run.organization_id, run.management, *run.window]
    head = [run.run_id, run.started_at, None, __version__, compiler.fingerprint()]
    return [*head, *caller, json.dumps(run.options), json.dumps(run.notes), RUNNING, run.resumed_at, *run.reused]
