"""What `iamsql check` does in the same way for controls and detections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from iamsql.check.exit_codes import FAILED
from iamsql.check.explain import explain
from iamsql.check.selection import CheckCatalog
from iamsql.cli.errors import say_all
from iamsql.cli.options import is_given
from iamsql.cli.output import limits, write_result
from iamsql.model import Query
from iamsql.render.provenance import Provenance


def explain_queries(
    queries: Sequence[Query], kind: str, names: tuple[str, ...], checks: CheckCatalog, options: dict[str, Any]
) -> int:
    """Show what queries depend on, and return the exit code."""
    result, notes, failed = explain(queries, kind, accounts=options["accounts"], **run_options(options))
    title = f"Tables and calls that {kind}s depend on"
    write_result(result, options, Provenance(title, " ".join(names), notes=[*notes, *failed]))
    return FAILED if report_failures(notes, failed, names, checks, options) else 0


def run_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that select the run and limit the statements."""
    return {"run": options["run"], "runs_dir": options["runs"], "limits": limits(options)}


def report_failures(
    notes: Iterable[str], failed: Iterable[str], names: tuple[str, ...], checks: CheckCatalog, options: dict[str, Any]
) -> int:
    """Print the notes, and the errors of queries that failed or are invalid. Return the number of errors."""
    say_all([*checks.notes(names), *notes], quiet=options["quiet"])
    failures = [*failed, *checks.failures(names)]
    say_all(f"Error: {failure}" for failure in failures)
    return len(failures)


def require_ocsf(fmt: str) -> None:
    """Raise an error for --ocsf-version with another format."""
    if is_given("ocsf_version") and fmt != "ocsf":
        raise click.UsageError(f"--ocsf-version is for the format ocsf, not for {fmt}.")
