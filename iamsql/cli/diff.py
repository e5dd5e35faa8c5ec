"""`iamsql diff`: show what is new, gone or changed between two runs, and which findings opened or were resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from iamsql import render
from iamsql.api.changes import compare
from iamsql.catalog.params import did_you_mean
from iamsql.catalog.settings.groups import (
    CSV_SAFE_ATTRIBUTES,
    Accounts,
    Arguments,
    ConfigFile,
    ConfiguredStatements,
    LakeDays,
    LakeRuns,
    QueryFolders,
    RowsFile,
    RunsFolder,
    Suppressions,
)
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.check.diff.report import CHANGE_LABELS, Filters
from iamsql.check.diff.request import FindingRequest
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import require_format
from iamsql.cli.lake_reading import reading
from iamsql.cli.options import parse_pairs
from iamsql.cli.output import limits, write_result
from iamsql.cli.provenance import stored_settings
from iamsql.cli.terminal import terminal_style
from iamsql.model import Result
from iamsql.model.layout import DisplayOptions
from iamsql.render.provenance import Provenance

EXCLUDING_OPTIONS = {"kinds": "--only", "accounts": "--account", "changes": "--change"}  # options that exclude rows
# Characters of a JSON value in a table on a terminal; files and other formats have the complete value.
MAX_JSON_CHARACTERS = 60

COLUMNS_SHOWN = DisplayOptions(
    tuple("change kind account name column_name old_value new_value query resource reason first_seen".split())
)


@option_set
class DiffOptions(
    LakeRuns,
    LakeDays,
    Arguments,
    Suppressions,
    Accounts,
    RowsFile,
    RunsFolder,
    QueryFolders,
    ConfigFile,
    ConfiguredStatements,
):
    """The options of the command."""

    old: str = argument("previous", "[OLD]")
    new: str = argument("latest", "[NEW]")
    queries: tuple[str, ...] = option((), "--query", metavar="NAME|SQL|FILE.sql", help="Compare the rows of a query.")
    controls: tuple[str, ...] = option(
        (), "--check", metavar="BENCHMARK|CONTROL|TAG", help="Compare the alarms of controls."
    )
    key: str = option(
        "", "--key", metavar="COLUMN,…",
        help="The columns that identify a row of a query in both runs; requires --query.",
    )  # fmt: skip
    kinds: tuple[str, ...] = option(
        (), "--only", metavar="TYPE", help="Only one resource type, such as user or access_key."
    )
    changes: tuple[str, ...] = option((), "--change", metavar="CHANGE", help="Only new, gone, changed, opened …")
    everything: bool = option(
        False, "--all", help="Also show findings that are still open, and accounts that neither run covers."
    )
    fail_on: tuple[str, ...] = option(
        (), "--fail-on", metavar="CHANGE|any", help="Exit with code 1 if there is a row with this change."
    )
    sql: str = option(
        "", "--sql", metavar="SELECT",
        help="Query both runs, as old.TABLE and new.TABLE, and the comparison, as diff.",
    )  # fmt: skip
    csv_safe: bool = option(False, "--csv-safe", only_file=True, **CSV_SAFE_ATTRIBUTES)


@click.command()
@takes(DiffOptions)
def diff(options: DiffOptions) -> int:
    """Compare two runs of one organization: OLD [default: previous] and NEW [default: latest].

    latest is the newest run that is not limited to some tables or accounts; previous is the newest run before it with the
    same scope. Runs with different scopes, selected by ID, are compared where both have data, and their scopes are printed.

    A row is a resource that is new, gone or changed, an access key that was rotated or used for the first time, or a
    principal that became an administrator; with --query or --check, a finding that opened or was resolved, with the date of
    its first occurrence. A resource or finding that one of the runs does not cover is `not_compared`, with the reason.
    """
    render.format_named(options.output)
    require_format(options.export)
    fail_on = _changes_to_fail_on(options.fail_on, CHANGE_LABELS)
    filters = Filters(options.kinds, options.accounts, options.changes, options.everything)
    with reading(options) as location:
        comparison = compare(
            options.old, options.new, location.folder, filters, _finding_request(options), options.sql, limits(options)
        )
    _write_rows(
        comparison.result,
        options,
        replace(comparison.provenance, parameters=stored_settings(options, EXCLUDING_OPTIONS)),
    )
    say_all(comparison.provenance.notes, quiet=options.quiet)
    return int(comparison.counts.meets(fail_on))


def _finding_request(options: DiffOptions) -> FindingRequest:
    key = tuple(name.strip() for name in options.key.split(",") if name.strip())
    if key and not options.queries:
        raise click.UsageError("--key requires --query.")
    catalog_arguments = (options.query_dirs, options.config, options.mutes)
    return FindingRequest(options.queries, options.controls, parse_pairs(options.args), key, *catalog_arguments)


def _changes_to_fail_on(names: tuple[str, ...], names_of_changes: dict[str, str]) -> tuple[str, ...]:
    for name in names:
        if name != "any" and name not in names_of_changes:
            hint = did_you_mean(name, names_of_changes) or "."
            raise click.UsageError(f"--fail-on takes any, {', '.join(names_of_changes)}, not {name!r}{hint}")
    return names


def _write_rows(result: Result, options: DiffOptions, provenance: Provenance) -> None:
    """Write the rows; a table has fewer columns than files and other formats, because fourteen do not fit a terminal."""
    is_printed_diff = options.output == "table" and not options.sql and not options.export
    is_fitted = terminal_style(options.color) is not None and not options.wide
    if is_printed_diff and is_fitted and not result.rows:
        click.echo("No changes.")
        return
    rows = _without_empty_columns(result) if is_printed_diff and not is_fitted else result
    write_result(rows, options, provenance, display=COLUMNS_SHOWN if is_printed_diff else DisplayOptions())


def _without_empty_columns(result: Result) -> Result:
    """Return the result without empty columns, and with JSON values of at most MAX_JSON_CHARACTERS characters."""
    used_indexes = [
        index
        for index in range(len(result.columns))
        if not result.rows or any(row[index] is not None for row in result.rows)
    ]
    rows = [tuple(_shorten(row[index]) for index in used_indexes) for row in result.rows]
    return Result(
        tuple(result.columns[index] for index in used_indexes),
        rows,
        tuple(result.types[index] for index in used_indexes),
    )


def _shorten(value: Any) -> Any:
    is_long = isinstance(value, str) and len(value) > MAX_JSON_CHARACTERS and value[:1] in "{["
    return value[: MAX_JSON_CHARACTERS - 1] + "…" if is_long else value
