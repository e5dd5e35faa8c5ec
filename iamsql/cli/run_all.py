"""`iamsql run --all`: run the pipeline of each organization of the configuration file, and summarize all of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import click

from iamsql.catalog.settings.processes import OrganizationResult, run_organizations
from iamsql.catalog.settings.run_options import RunOptions
from iamsql.cli.errors import FAILED_EXIT_CODE, say
from iamsql.cli.run_steps import show_organizations, write_summary
from iamsql.cli.sync_all import read_organizations, typed_options

EXIT_CODES_BY_SEVERITY = (2, 1, 3, 4)  # exit codes, the most serious first


def run_all(options: RunOptions) -> int:
    """Run the organizations, as many at a time as `jobs` says, print one summary, and return the most serious exit code."""
    ctx = click.get_current_context()
    names = list(read_organizations(ctx).organizations)
    arguments = ["run", *typed_options(ctx, ("sync_arguments", "summary"))]
    sync_arguments = ["--", *options.sync_arguments] if options.sync_arguments else []
    results = run_organizations(
        arguments, names, options.jobs, lambda name, line: say(f"{name}: {line}"), after=sync_arguments
    )
    code = _most_serious_exit_code(results)
    organizations = {result.name: _organization_summary(result) for result in results}
    status = "succeeded" if all(summary["status"] == "succeeded" for summary in organizations.values()) else "failed"
    write_summary(
        {"status": status, "exit_code": code, "organizations": organizations}, options.summary, show_organizations
    )
    return code


def _organization_summary(result: OrganizationResult) -> dict[str, Any]:
    """Return the summary that a process printed, otherwise its error."""
    with suppress(ValueError):
        summary = json.loads(result.output)
        if isinstance(summary, dict) and "status" in summary:
            return summary
    return {"status": "failed", "exit_code": result.exit_code, "error": result.error}


def _most_serious_exit_code(results: list[OrganizationResult]) -> int:
    """Return the most serious exit code; a process that ended in another way has failed."""
    codes = {
        FAILED_EXIT_CODE if result.exit_code not in (0, *EXIT_CODES_BY_SEVERITY) else result.exit_code
        for result in results
    }
    return next((code for code in EXIT_CODES_BY_SEVERITY if code in codes), 0)
