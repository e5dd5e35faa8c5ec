"""The part of `iamsql check` that runs detections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from iamsql.catalog import Config
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.check.detections import DetectionResult, run_detections, select_detections
from iamsql.check.exit_codes import check_exit_code
from iamsql.check.outputs import formats as outputs
from iamsql.check.selection import CheckCatalog
from iamsql.cli.check_options import build_evaluation, explain_queries, report_failures
from iamsql.cli.export_files import require_format
from iamsql.cli.options import check_window, is_given
from iamsql.cli.output import plain_stdout, write_result
from iamsql.cli.provenance import provenance_of_findings
from iamsql.model import Query
from iamsql.model.layout import DisplayOptions

# The columns of findings that a terminal shows.
FINDING_COLUMNS = ("severity", "detection", "event_time", "account_id", "actor", "target")


def check_detections(checks: CheckCatalog, config: Config, options: CheckOptions) -> int:
    """Run the detections that names select, write their findings and notes, and return the exit code."""
    queries = select_detections(options.names, checks, options.severity)
    return run_selected_detections(queries, checks, config, options)


def run_selected_detections(
    queries: Sequence[Query],
    checks: CheckCatalog,
    config: Config,
    options: CheckOptions,
    complete: Callable[[DetectionResult], DetectionResult] = lambda outcome: outcome,
) -> int:
    """Run detections, write their findings and notes, and return the exit code. `complete` may add columns to the findings."""
    fmt = _output_format(options)
    check_window(options.days, None, None)
    if option := next((name for name in ("where", "mutes") if getattr(options, name)), ""):
        raise click.UsageError(f"--{option} is for controls; filter findings with --account, --days and --severity.")
    if options.has_fixes:
        raise click.UsageError("--fix is for controls; `iamsql queries DETECTION` says what to do about a finding.")
    if options.explain:
        return explain_queries(queries, "detection", checks, options)
    evaluation = build_evaluation(options, config)
    result = run_detections(queries, evaluation, days=options.days, accounts=options.accounts)
    outcome = complete(result)
    _write_findings(outcome, fmt, checks, options)
    failures = report_failures(outcome.notes, outcome.failures, checks, options)
    counts = {"alarms": len(outcome.findings.rows), "errors": outcome.unevaluated_count, "failures": failures}
    return check_exit_code(options.fail_on, **counts)


def _output_format(options: CheckOptions) -> str:
    """Return the format of the findings. Raise an error for an unknown format, and for a file without one."""
    fmt = outputs.detection_format(options.output, options.export, by_suffix=not is_given("output"))
    require_format(
        options.export, [suffix for suffix, of in outputs.FORMATS_BY_SUFFIX.items() if of in outputs.DETECTION_FORMATS]
    )
    return fmt


def _write_findings(outcome: DetectionResult, fmt: str, checks: CheckCatalog, options: CheckOptions) -> None:
    """Write the findings to the file of --out, or print them."""
    if fmt not in outputs.DETECTION_FORMATS:
        provenance = provenance_of_findings(outcome, checks, options)
        write_result(outcome.findings, options, provenance, display=DisplayOptions(FINDING_COLUMNS))
    elif options.export:
        outputs.export_detections(outcome, fmt, options.export, options.ocsf_version)
    else:
        outputs.write_detections(outcome, fmt, plain_stdout(fmt), options.ocsf_version)
