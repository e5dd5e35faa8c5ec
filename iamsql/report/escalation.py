"""Read the escalation paths of a run: the worst paths in steps, and how many principals have a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

from iamsql.check.selection import CheckCatalog
from iamsql.model import IamsqlError, Result
from iamsql.query.compat import open_compatible
from iamsql.query.execute import answer
from iamsql.report.contents import EscalationPath, Step
from iamsql.report.queries import (
    ESCALATION_SQL,
    ESCALATION_TABLE,
    ESCALATION_TOTAL_SQL,
    PATHS_QUERY,
    REPLACE_ESCALATION_SQL,
    WORST_PATHS_SQL,
    query_variant,
)
from iamsql.runs.store.reader import Reader
from iamsql.runs.store.result_tables import store_result
from iamsql.runs.store.source import Openable

STEP_PATTERN = re.compile(r" -\[(.*?)\]-> ")
ADMINISTRATOR = "administrator"


def compute_escalation(run: Openable) -> Result:
    """Return the worst escalation path of each principal, as iam_escalation_paths does."""
    with closing(open_compatible(run, ESCALATION_SQL)) as reader:
        return reader.run(ESCALATION_SQL)


def materialize_escalation(reader: Reader, compute: Callable[[], Result] | None = None) -> None:
    """Compute the escalation paths once, for the control and the sections that read them.

    `compute` returns the paths; without it, `reader` computes them. If that fails, each section reports the error of its own SQL.
    """
    with suppress(IamsqlError):
        if compute:
            store_result(reader, ESCALATION_TABLE, compute())
        else:
            reader.execute(f"create or replace temp table {ESCALATION_TABLE} as {ESCALATION_SQL}")
        reader.execute(REPLACE_ESCALATION_SQL)


def read_escalation(reader: Reader, checks: CheckCatalog) -> tuple[tuple[list[EscalationPath], dict[str, int]], str]:
    """Return the worst path of up to 10 principals, the number of principals by verdict, and sentences on missing data.

    A certain path is worse than a conditional one, and a short path worse than a long one. Raise IamsqlError if the run did not
    collect policies.
    """
    result = answer(reader, query_variant(checks, PATHS_QUERY, WORST_PATHS_SQL), {})
    totals = dict(reader.run(ESCALATION_TOTAL_SQL).rows)
    paths = [
        EscalationPath(account, name, principal, verdict, conditions or "", list(parse_path(path or "")))
        for account, name, principal, verdict, conditions, path in result.result.rows
    ]
    return (paths, totals), "\n".join(result.caveats)


def parse_path(path: str) -> Iterator[Step]:
    """Yield the steps of a path of iam_escalation_paths: `ARN -[METHOD]-> ARN -[METHOD]-> administrator`."""
    source, *parts = STEP_PATTERN.split(path)
    for method, target in zip(parts[::2], parts[1::2], strict=True):
        yield Step(source, method, "" if target == ADMINISTRATOR else target)
        source = target
