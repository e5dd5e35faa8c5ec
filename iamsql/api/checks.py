"""Run controls or detections over a run, and return all their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iamsql.api.answer import CheckAnswer
from iamsql.api.keywords import CheckKeywords, options_from
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.check.controls import COLUMNS, TYPES, run_controls
from iamsql.check.detections import run_detections, select_detections
from iamsql.check.open_run import Evaluation
from iamsql.check.result_filter import ResultFilter
from iamsql.check.selection import DETECTIONS, LEVELS, CheckCatalog, load_catalog
from iamsql.model import IamsqlError, Result
from iamsql.render.provenance import Provenance
from iamsql.runs.store.metadata import RunMetadata

if TYPE_CHECKING:
    from iamsql.api.run import Run


def check(run: Run, names: Sequence[str], keywords: CheckKeywords) -> CheckAnswer:
    """Return the results of controls, or the findings of detections. See `Run.check`."""
    args = keywords.pop("args", None) or {}
    options = options_from(CheckOptions, keywords)
    severity = options.severity or LEVELS[-1]
    if severity not in LEVELS:
        raise IamsqlError(f"The severity is {', '.join(LEVELS[:-1])} or {LEVELS[-1]}, not {severity!r}.")
    checks = load_catalog(run.settings.query_dirs)
    settings, limits = run.settings, run.settings.limits
    evaluation = Evaluation(run.name, settings.folder, limits, args, checks.read_config(settings.config))
    if checks.selects_detections(names):
        detections = select_detections(names, checks, severity)
        result = run_detections(detections, evaluation, days=options.days, accounts=options.accounts)
        counts = {"alarm": len(result.findings.rows), "error": result.unevaluated_count}
        title = "Findings of detections"
        provenance = _provenance(
            title, names or (DETECTIONS,), args, result.metadata, _notes(result.notes, names, checks)
        )
        return CheckAnswer(
            result.findings, provenance, counts=counts, failures=[*result.failures, *checks.failures(names)]
        )
    if options.days is not None:
        raise IamsqlError("days is for detections; controls have no time window.")
    result_filter = ResultFilter(severity, options.accounts, options.where, options.mutes)
    with run_controls(checks, names, evaluation, result_filter) as control_run:
        rows = [row for results in control_run.run() for row in results.rows()]
        title = ", ".join(tree.title for tree, _ in control_run.selection.trees)
        notes = _notes(control_run.notes(), names, checks)
        provenance = _provenance(title, names, args, control_run.reader.metadata, notes)
        failures = [*control_run.failures.values(), *checks.failures(names)]
        return CheckAnswer(Result(COLUMNS, rows, TYPES), provenance, counts=dict(control_run.totals), failures=failures)


def _notes(notes: Iterable[str], names: Sequence[str], checks: CheckCatalog) -> list[str]:
    return [*checks.notes(names), *notes]


def _provenance(
    title: str, names: Sequence[str], args: Mapping[str, Any], metadata: RunMetadata, notes: Sequence[str]
) -> Provenance:
    return Provenance(title, " ".join(names), args, metadata.run_id, metadata.started_at, notes)
