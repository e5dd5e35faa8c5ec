"""`iamsql query`: run SQL over a run and print the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

import click

from iamsql import catalog, render
from iamsql.catalog.settings.groups import (
    Arguments,
    ConfigFile,
    Engine,
    FileAccess,
    LakeDays,
    PastOrLake,
    QueryFolders,
    RowsFile,
    RunChoice,
    Statements,
)
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.export_files import require_format
from iamsql.cli.lake_reading import reading
from iamsql.cli.options import parse_pairs
from iamsql.cli.output import limits, write_result
from iamsql.model import IamsqlError
from iamsql.model.layout import ALL_COLUMNS
from iamsql.query.run_query import OpenRuns, QueryRequest, explain, find_query, run_query


@option_set
class QueryOptions(
    FileAccess, Arguments, RowsFile, PastOrLake, LakeDays, Engine, RunChoice, QueryFolders, ConfigFile, Statements
):
    """The options of the command."""

    text: str | None = argument(None, "NAME|SQL|FILE.sql|-")
    values: tuple[str, ...] = argument((), "[VALUE...]")
    language: str | None = option(
        None, "--dialect", choices=("duckdb", "postgres"),
        help="The SQL dialect, unless the query declares a dialect; postgres runs queries written for Steampipe.",
    )  # fmt: skip
    explain: bool = option(False, "--explain", help="Show the tables, calls and accounts that the answer depends on.")
    fail_on_rows: bool = option(False, "--fail-on-rows", help="Exit with code 1 if there are rows.")
    allow_copy: bool = option(
        False, "--allow-copy", help="Allow COPY in a query file to write anywhere and to replace files."
    )


@click.command()
@takes(QueryOptions)
def query(options: QueryOptions) -> int:
    """Run a query by NAME or NAME@VERSION, a file, SQL, or SQL from standard input (-). Without a query, open a prompt.

    Values after the NAME are values of its parameters, in the order that `iamsql queries NAME` shows; --arg sets any parameter.

    Rows are written to stdout, and notes about missing data to stderr. If the run did not collect a table, an empty
    result is an error, with the command that collects the table.
    """
    with reading(options, is_remote=True) as location:
        if options.text is None:
            from iamsql.cli.shell import open_prompt  # noqa: PLC0415 - prompt_toolkit takes 100 ms

            return open_prompt(options, location)
        render.format_named(options.output)
        arguments = parse_pairs(options.args) if options.args else {}
        if options.values:
            arguments = _add_positional_values(options.text, options.values, arguments, options.query_dirs)
        if options.export:
            require_format(options.export)
        paths = (location.folder, options.query_dirs, options.config)
        request = QueryRequest(location.run, *paths, options.language, options.allow_files, options.allow_copy)
        with closing(OpenRuns(options.allow_files, limits(options))) as open_runs:
            if options.explain:
                query_answer = explain(options.text, request, open_runs)
                notes = [
                    *query_answer.caveats,
                    *location.notes_on_reads({row[0] for row in query_answer.rows}, query_answer.run),
                ]
                query_answer = replace(
                    query_answer, display=ALL_COLUMNS, provenance=replace(query_answer.provenance, notes=notes)
                )
            else:
                query_answer = run_query(options.text, arguments, request, open_runs)
        if query_answer.columns:  # COPY returns none
            write_result(query_answer.result, options, query_answer.provenance, display=query_answer.display)
        say_all([*query_answer.caveats, *(location.notes_on_engine() if location.mount else ())], quiet=options.quiet)
        return int(options.fail_on_rows and not options.explain and bool(query_answer.rows))


def _add_positional_values(
    text: str, values: Sequence[str], args: Mapping[str, str], query_dirs: Sequence[str] = ()
) -> dict[str, str]:
    """Return the arguments by name, with the positional values. Raise IamsqlError for values that the query does not take."""
    if text == "-" or not (catalog.is_name(text) or text.strip().endswith(".sql")):
        raise IamsqlError(
            "SQL takes no values after it; give the value of $name as: --arg name=VALUE\nQuote SQL with spaces."
        )
    texts = [value.rstrip("\r\n") for value in values]  # as in --arg
    return catalog.with_positional(find_query(text, query_dirs), texts, args)
