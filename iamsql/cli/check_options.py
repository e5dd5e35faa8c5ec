"""What `iamsql check` does in the same way for controls and detections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from iamsql.catalog import Config
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.check.exit_codes import FAILED_EXIT_CODE
from iamsql.check.explain import explain
from iamsql.check.open_run import Evaluation
from iamsql.check.selection import CheckCatalog
from iamsql.cli.errors import say_all
from iamsql.cli.options import parse_pairs
from iamsql.cli.output import limits, write_result
from iamsql.model import Query
from iamsql.render.provenance import Provenance
from iamsql.runs.directory import runs_folder


def explain_queries(queries: Sequence[Query], kind: str, checks: CheckCatalog, options: CheckOptions) -> int:
    """Print the tables and calls that queries depend on, and return the exit code."""
    result, notes, failed_queries = explain(queries, kind, build_evaluation(options, Config()), options.accounts)
    title = f"Tables and calls that {kind}s depend on"
    write_result(result, options, Provenance(title, " ".join(options.names), notes=[*notes, *failed_queries]))
    return FAILED_EXIT_CODE if report_failures(notes, failed_queries, checks, options) else 0


def build_evaluation(options: CheckOptions, config: Config) -> Evaluation:
    """Return the run to check, the limits of statements, and the values of parameters."""
    runs: Any = options.runs  # `iamsql check` replaces it with the folder of a lake or of a past state
    folder = runs_folder(runs) if runs is None or isinstance(runs, str) else runs
    return Evaluation(options.run, folder, limits(options), parse_pairs(options.args), config)


def report_failures(
    notes: Iterable[str], failed_queries: Iterable[str], checks: CheckCatalog, options: CheckOptions
) -> int:
    """Print the notes, and the errors of queries that failed or are invalid. Return the number of errors."""
    say_all([*checks.notes(options.names), *notes], quiet=options.quiet)
    failures = [*failed_queries, *checks.failures(options.names)]
    say_all(f"Error: {failure}" for failure in failures)
    return len(failures)
