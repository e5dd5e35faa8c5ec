"""Compare a run with an older one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iamsql.check import diff as comparing
from iamsql.check.diff.report import DiffCounts, Filters
from iamsql.check.diff.request import FindingRequest
from iamsql.model import Result
from iamsql.query.answer import Answer
from iamsql.render.provenance import Provenance
from iamsql.runs.directory import Folder
from iamsql.runs.latest import RunName, choose
from iamsql.runs.store.limits import StatementLimits, with_limits

if TYPE_CHECKING:
    from iamsql.api.run import Run


@dataclass(frozen=True)
class Comparison:
    """The rows of a comparison, its counts, and the provenance of the rows with their notes."""

    result: Result
    counts: DiffCounts
    provenance: Provenance


def list_changes(
    run: Run, old: str, *, queries: Sequence[str], checks: Sequence[str], everything: bool, sql: str
) -> Answer:
    """Return what changed since an older run. See `Run.diff`."""
    request = FindingRequest(
        tuple(queries), tuple(checks), query_dirs=run.settings.query_dirs, config=run.settings.config
    )
    comparison = compare(
        old, run.name, run.settings.folder, Filters(everything=everything), request, sql, run.settings.limits
    )
    return Answer(comparison.result, comparison.provenance)


def compare(
    old: str,
    new: RunName,
    folder: Folder,
    filters: Filters,
    request: FindingRequest,
    sql: str = "",
    limits: StatementLimits | None = None,
) -> Comparison:
    """Compare two runs of a folder by their names."""
    old_choice, new_choice = choose(folder, old), choose(folder, new)
    with with_limits(limits or StatementLimits()):
        difference = comparing.diff(
            old_choice.run, new_choice.run, runs_dir=folder, filters=filters, request=request, sql=sql
        )
    notes = [*dict.fromkeys([*new_choice.notes, *old_choice.notes]), *difference.notes, difference.summary]
    old_run, new_run = difference.runs
    title = f"Changes from run {old_run.run_id} to run {new_run.run_id}"
    return Comparison(
        difference.result, difference.counts, Provenance(title, sql, {}, new_run.run_id, new_run.started_at, notes)
    )
