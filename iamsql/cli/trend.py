"""`iamsql runs trend`: the rows of a query, or the results of controls, run by run."""

from __future__ import annotations

import re
from typing import Any

import click

from iamsql import render
from iamsql.check.diff.request import FindingRequest
from iamsql.check.diff.trend import trend as count_by_run
from iamsql.check.selection import EVERY, load_catalog
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import require_format
from iamsql.cli.options import (
    ARGS,
    CONFIG,
    CSV_SAFE,
    MEMORY,
    MUTES,
    ORGANIZATION,
    OUTPUT,
    QUERIES,
    QUIET,
    RUN,
    RUNS,
    TIMEOUT,
    out_option,
    pairs,
)
from iamsql.cli.output import limits, write_result
from iamsql.cli.provenance import settings_of
from iamsql.cli.terminal import COLOR, WIDE
from iamsql.render.provenance import Provenance
from iamsql.runs import exposed, resolve, runs_folder
from iamsql.runs.store.limits import with_limits

NAME = re.compile(r"[\w.:-]+")  # of a benchmark, a tag or a query; other text is SQL


@click.command()
@click.argument("query", required=False, metavar="[QUERY|BENCHMARK]")
@click.option(
    "--check",
    "controls",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="Count the results of controls; repeatable.",
)
@ARGS
@MUTES
@OUTPUT
@out_option(
    "Write the rows to a file; the suffix selects the format: .csv, .json, .jsonl, .md, .txt, .xlsx or .parquet."
)
@CSV_SAFE
@COLOR
@WIDE
@RUN
@RUNS
@QUERIES
@CONFIG
@ORGANIZATION
@TIMEOUT
@MEMORY
@QUIET
def trend(query: str | None, **options: Any) -> None:
    """Count the rows of a QUERY, or the results of controls, in each run of the organization, oldest first.

    The accounts that each run read and missed are shown as well: if both counts fall, nothing may have improved.
    """
    render.format_named(options["output"])
    require_format(options["export"])
    folder = runs_folder(options["runs"])
    where = (options["query_dirs"], options["config"], options["mutes"])
    query, controls = _selected(query, options)
    request = FindingRequest((query,) if query else (), controls, pairs(options["args"]), (), *where)
    with with_limits(limits(options)):
        result, notes = count_by_run(request, resolve(folder, options["run"]), runs_dir=folder)
    named = query or ", ".join(controls)
    write_result(result, options, Provenance(f"Trend of {named}", named, settings_of(options, {}), notes=notes))
    say_all([*exposed(folder), *notes], quiet=options["quiet"])


def _selected(query: str | None, options: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """Return the query and the controls. A benchmark or a tag instead of a query means --check."""
    controls: tuple[str, ...] = options["controls"]
    if query is None or not NAME.fullmatch(query):
        return query, controls
    checks = load_catalog(options["query_dirs"])
    name = checks.named(query)
    if name in checks.benchmarks or name in checks.tags or name in EVERY:
        return None, (name, *controls)
    return query, controls
