"""Read the escalation paths of a run: the worst paths in steps, and how many principals have a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from iamsql.check.selection import CheckCatalog
from iamsql.model import IamsqlError
from iamsql.query.execute import answer
from iamsql.report.contents import EscalationPath, Step
from iamsql.report.queries import (
    ESCALATION_TOTAL_SQL,
    MATERIALIZE_ESCALATION_SQL,
    PATHS_QUERY,
    WORST_PATHS_SQL,
    query_variant,
)
from iamsql.runs.store.reader import Reader

STEP_PATTERN = re.compile(r" -\[(.*?)\]-> ")
ADMINISTRATOR = "administrator"


def materialize_escalation(reader: Reader) -> None:
    """Compute the escalation paths once, for the control and the sections that read them.

    If that fails, each reports the error of its own SQL.
    """
    with suppress(IamsqlError):
        for statement in MATERIALIZE_ESCALATION_SQL:
            reader.execute(statement)


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
