"""The results of each shipped control over a run file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from iamsql.check.controls import ControlResults, run_controls
from iamsql.check.dependencies import tables_depended_on
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import CheckCatalog, load_catalog
from iamsql.check.testing.open_run import CONTROL_COLUMNS, CONTROL_TYPES
from iamsql.check.testing.unread import calls_by_table
from iamsql.model import Query, Result
from iamsql.runs.file.known_reads import KnownReads
from iamsql.runs.lineage import unused_calls
from iamsql.runs.store.reader import open_run

COLUMNS, TYPES = CONTROL_COLUMNS, CONTROL_TYPES


@dataclass(frozen=True)
class ResourceResult:
    """The result of a control for a resource, without the columns that change while the resource stays the same."""

    control: str
    account: str
    region: str
    resource: str
    ident: str | None


@cache
def shipped() -> CheckCatalog:
    """Load the shipped queries."""
    return load_catalog()


def controls() -> list[Query]:
    """Return each version of the shipped controls."""
    return [query for versions in shipped().queries.values() for query in versions if query.kind == "control"]


def evaluate(run: Path, queries: Iterable[Query] | None = None) -> Iterator[ControlResults]:
    """Evaluate controls over a run file, as `iamsql check` does; by default each version of each shipped control."""
    names = [query.name if query.latest else f"{query.name}@{query.version}" for query in queries or controls()]
    with run_controls(shipped(), names, Evaluation(str(run), run.parent)) as control_run:
        yield from control_run.run()


def rows(run: Path, queries: Iterable[Query] | None = None) -> dict[str, Result]:
    """Return the rows of controls; by default of each."""
    results = {}
    for control_result in evaluate(run, queries):
        assert not control_result.failure, control_result.failure
        results[control_result.control.query.macro] = Result(COLUMNS, list(control_result.rows(COLUMNS)), TYPES)
    return results


def results_by_status(run: Path, statuses: tuple[str, ...]) -> dict[str, set[ResourceResult]]:
    """Return the results by status."""
    by_status: dict[str, set[ResourceResult]] = {status: set() for status in statuses}
    for control_result in evaluate(run):
        for status, *columns in control_result.rows(("status", "account_id", "region", "resource", "ident"), statuses):
            by_status[status].add(ResourceResult(control_result.control.query.macro, *columns))
    return by_status


def calls_by_control(run: Path) -> dict[str, dict[str, list[tuple[str, str, str | None]]]]:
    """Return for each control and table the calls behind the columns that the control reads."""
    calls: dict[str, dict[str, list[tuple[str, str, str | None]]]] = {}
    with closing(open_run(run)) as reader, closing(KnownReads()) as plans:
        for query in controls():
            tables = tables_depended_on(reader, query.sql, query.resource_types)
            ignored_calls = unused_calls(reader, query.sql, tables, plans, every=True)
            calls[query.macro] = calls_by_table(reader, tables, ignored_calls)
    return calls
