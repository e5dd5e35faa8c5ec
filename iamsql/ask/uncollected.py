"""An answer that would be empty, or a count of nothing, because a table was never collected, is refused with the way to get it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from iamsql.model import IamsqlError, Query, Result
from iamsql.runs.collected import RAW, not_collected
from iamsql.store.absent import is_counted
from iamsql.store.read import Facts, Reader

REPORTS = "coverage"  # the folder of shipped queries that say what a run has
ABOUT_RUNS = re.compile(r"\biamsql\s*\.\s*\"?(coverage|event_coverage|api_calls|table_calls)\b", re.IGNORECASE)
SHOWN = 4  # tables or calls that a sentence names


class NotCollected(IamsqlError):
    """A question stands on tables that the run did not collect."""

    def __init__(self, message: str, tables: Collection[str]) -> None:
        """Keep the tables, for whoever looks for a run that has them."""
        super().__init__(message)
        self.tables = frozenset(tables)


def require_collected(reader: Reader, query: Query, sql: str, tables: set[str], result: Result) -> None:
    """Raise NotCollected where the result depends on a table that the run did not collect.

    That is so for a result without rows, and for SQL of the user's that aggregates or is written to a file by COPY: its
    rows count what is not there. Other rows stand, with a caveat. What reports on coverage is always answered.
    """
    doubtful = not result.rows or (not query.shipped and is_counted(reader, sql))
    if not tables or not doubtful or is_about_runs(query, sql):
        return
    if lacking := not_collected(reader, tables):
        raise NotCollected(words(reader, query, tables, lacking), lacking)


def is_about_runs(query: Query, sql: str) -> bool:
    """Tell a report on what was collected from a question about what AWS answered."""
    if query.shipped:
        return Path(query.path).parent.name == REPORTS
    return ABOUT_RUNS.search(sql) is not None


def words(reader: Reader, query: Query, tables: Collection[str], lacking: Mapping[str, tuple[str, ...]]) -> str:
    """Say what was not collected, and the command that brings it."""
    names, facts = _listed(sorted(lacking)), reader.facts
    verb = "was" if len(lacking) == 1 else "were"
    if facts.options.get("import"):
        calls = _listed(sorted({call for calls in lacking.values() for call in calls}))
        return (
            f"{names} {verb} not in the files that run {facts.run_id} was imported from: no file answers {calls}."
            "\nAdd it and import the files again: iamsql import PATH…"
        )
    run = facts.run_id
    return f"{names} {verb} not collected in run {run}.\nGet it with: {command(facts, query, tables, lacking)}"


def command(facts: Facts, query: Query | None, tables: Collection[str], lacking: Collection[str]) -> str:
    """Return the sync that brings the tables of a question: the plain one where that collects them."""
    sync = "iamsql sync --demo" if facts.options.get("demo") else "iamsql sync"
    if not any(map(_is_on_demand, lacking)):
        return sync
    if query and query.shipped:
        return f"{sync} --for {query.name}"
    named = {one for name in tables for one in _typed(name)}
    return sync + "".join(f" --table {name}" for name in sorted(named))


def _is_on_demand(name: str) -> bool:
    """Tell whether a default sync leaves a table out."""
    from iamsql.schema import all_tables, calls_of

    typed = [one for one in _typed(name) if one in all_tables()]
    return any(call.on_demand for one in typed for call in calls_of(one)[:1])


def _typed(name: str) -> list[str]:
    """Return the typed tables to name for a table: for a raw one, the first that stands on its call."""
    if not name.startswith(RAW):
        return [name]
    from iamsql.schema import all_tables, calls_of

    return [one for one in all_tables() if any(f"{RAW}{call.raw}" == name for call in calls_of(one))][:1]


def _listed(names: Collection[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:SHOWN]) + (f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else "")
