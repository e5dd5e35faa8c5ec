"""An answer that would be empty, or a count of nothing, because a table was not collected, is refused."""

from __future__ import annotations

import re
from pathlib import Path

from iamsql.model import Query, Result
from iamsql.runs.collected import not_collected
from iamsql.runs.missing import NotCollected as NotCollected
from iamsql.runs.missing import refusal
from iamsql.store.absent import is_counted
from iamsql.store.read import Reader

REPORTS = "coverage"  # the folder of shipped queries that say what a run has
ABOUT_RUNS = re.compile(r"\biamsql\s*\.\s*\"?(coverage|event_coverage|api_calls|table_calls)\b", re.IGNORECASE)


def require_collected(reader: Reader, query: Query, sql: str, tables: set[str], result: Result) -> None:
    """Raise NotCollected where the result depends on a table that the run did not collect.

    That is so for a result without rows, and for SQL of the user's that aggregates or is written to a file by COPY: its
    rows count what is not there. Other rows stand, with a caveat. What reports on coverage is always answered.
    """
    doubtful = not result.rows or (not query.shipped and is_counted(reader, sql))
    if not tables or not doubtful or is_about_runs(query, sql):
        return
    if lacking := not_collected(reader, tables):
        raise refusal(reader.facts, lacking, tables, query.name if query.shipped else "")


def is_about_runs(query: Query, sql: str) -> bool:
    """Tell a report on what was collected from a question about what AWS answered."""
    if query.shipped:
        return Path(query.path).parent.name == REPORTS
    return ABOUT_RUNS.search(sql) is not None
