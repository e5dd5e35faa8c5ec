"""`iamsql runs trend`: the rows of a query, or the results of controls, run by run."""

from __future__ import annotations

import re
from pathlib import Path

import click

from iamsql import render
from iamsql.catalog.settings.groups import (
    Arguments,
    ConfigFile,
    QueryFolders,
    RowsFile,
    RunChoice,
    Statements,
    Suppressions,
)
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import require_format
from iamsql.cli.options import parse_pairs
from iamsql.cli.output import limits, write_result
from iamsql.cli.provenance import stored_settings
from iamsql.render.provenance import Provenance
from iamsql.runs.directory import exposed_folder_warnings, runs_folder
from iamsql.runs.run_names import resolve
from iamsql.runs.store.limits import with_limits

QUERY_NAME_PATTERN = re.compile(r"[\w.:-]+")  # of a benchmark, a tag or a query; other text is SQL


@option_set
class TrendOptions(Arguments, Suppressions, RowsFile, RunChoice, QueryFolders, ConfigFile, Statements):
    """The options of the command."""

    query: str | None = argument(None, "[QUERY|BENCHMARK]")
    controls: tuple[str, ...] = option(
        (), "--check", metavar="BENCHMARK|CONTROL|TAG", help="Count the results of controls."
    )
    export: Path | None = option(
        None, "--out", "--export", metavar="FILE",
        help="Write the rows to a file; the suffix selects the format: .csv, .json, .jsonl, .md, .txt, .xlsx or .parquet; or .svg "
        "for a line of each status over time.",
    )  # fmt: skip


@click.command()
@takes(TrendOptions)
def trend(options: TrendOptions) -> None:
    """Count the rows of a QUERY, or the results of controls, in each run of the organization, oldest first.

    The accounts that each run read and missed are shown as well: if both counts fall, nothing may have improved.
    """
    from iamsql.check.diff.request import FindingRequest  # noqa: PLC0415 - the other commands of `iamsql runs` do not need it
    from iamsql.check.diff.trend import trend as count_by_run  # noqa: PLC0415 - the other commands of `iamsql runs` do not need it

    render.format_named(options.output)
    require_format(options.export)
    folder = runs_folder(options.runs)
    catalog_arguments = (options.query_dirs, options.config, options.mutes)
    query, controls = _selected_query_and_controls(options)
    request = FindingRequest((query,) if query else (), controls, parse_pairs(options.args), (), *catalog_arguments)
    with with_limits(limits(options)):
        result, notes = count_by_run(request, resolve(folder, options.run), runs_dir=folder)
    names_text = query or ", ".join(controls)
    write_result(
        result, options, Provenance(f"Trend of {names_text}", names_text, stored_settings(options, {}), notes=notes)
    )
    say_all([*exposed_folder_warnings(folder), *notes], quiet=options.quiet)


def _selected_query_and_controls(options: TrendOptions) -> tuple[str | None, tuple[str, ...]]:
    """Return the query and the controls. A benchmark or a tag instead of a query means --check."""
    query, controls = options.query, options.controls
    if query is None or not QUERY_NAME_PATTERN.fullmatch(query):
        return query, controls
    from iamsql.check.selection import ALL_CONTROLS_NAMES, load_catalog  # noqa: PLC0415 - the other commands of `iamsql runs` do not need it

    checks = load_catalog(options.query_dirs)
    name = checks.named(query)
    if name in checks.benchmarks or name in checks.tags or name in ALL_CONTROLS_NAMES:
        return None, (name, *controls)
    return query, controls
