"""What the tests of the shipped controls share: every control judged over a run, and its verdicts told apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from iamsql.catalog import Config
from iamsql.check import CheckCatalog, ResultFilter, load_catalog, run_controls
from iamsql.check.dependencies import tables_depended_on
from iamsql.check.run import ControlResults
from iamsql.coverage.calls import calls_of
from iamsql.lineage import unread_calls
from iamsql.model import Query, Result
from iamsql.runfile.template import template
from iamsql.store.reader import open_run
from iamsql.store.referenced_columns import ReferencedColumns

COLUMNS = ("status", "resource", "reason", "account_id", "account_name", "region", "dimensions")
TYPES = (*("VARCHAR",) * (len(COLUMNS) - 1), "JSON")


@dataclass(frozen=True)
class Verdict:
    """A verdict, known by what does not change while the thing that is judged stays the same."""

    control: str
    account: str
    region: str
    resource: str
    ident: str | None


@cache
def shipped() -> CheckCatalog:
    """Read the queries that come with iamsql."""
    return load_catalog()


def controls() -> list[Query]:
    """List every version of the shipped controls."""
    return [query for versions in shipped().queries.values() for query in versions if query.kind == "control"]


def judged(run: Path) -> Iterator[ControlResults]:
    """Judge every version of every control over a run file, as `iamsql check` does."""
    names = [query.name if query.latest else f"{query.name}@{query.version}" for query in controls()]
    settled = {"args": {}, "wanted": ResultFilter(), "settings": Config(), "run": str(run), "runs_dir": run.parent}
    with run_controls(shipped(), names, **settled) as found:  # type: ignore[arg-type]
        yield from found.run()


def rows(run: Path) -> dict[str, Result]:
    """Give each control's rows."""
    found = {}
    for one in judged(run):
        assert not one.failure, one.failure
        found[one.control.query.macro] = Result(COLUMNS, list(one.rows(COLUMNS)), TYPES)
    return found


def told_apart(run: Path, statuses: tuple[str, ...]) -> dict[str, set[Verdict]]:
    """Give the verdicts of some statuses."""
    kept: dict[str, set[Verdict]] = {status: set() for status in statuses}
    for one in judged(run):
        for status, *told in one.rows(("status", "account_id", "region", "resource", "ident"), statuses):
            kept[status].add(Verdict(one.control.query.macro, *told))
    return kept


def stands_on(run: Path) -> dict[str, dict[str, list[tuple[str, str, str | None]]]]:
    """Give for each control the calls behind those columns of each of its tables that it reads."""
    found: dict[str, dict[str, list[tuple[str, str, str | None]]]] = {}
    with closing(open_run(run)) as reader, closing(ReferencedColumns(template())) as plans:
        for query in controls():
            tables = tables_depended_on(reader, query.sql)
            beside = unread_calls(reader, query.sql, tables, plans, every=True)
            found[query.macro] = {
                table: [one for one in calls if f"{table} {one[0]}:{one[1]}" not in beside]
                for table, calls in calls_of(reader, tables).items()
            }
    return found
