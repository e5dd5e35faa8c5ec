"""`iamsql query`: run SQL over a run and print the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from iamsql import catalog, render
from iamsql.api.run import Run, Settings
from iamsql.cli.chart import CHART, IMAGE, check_chart, write_chart
from iamsql.cli.errors import load, say_all
from iamsql.cli.export_files import require_format
from iamsql.cli.lake_reading import ENGINE, lake_options, reads_notes
from iamsql.cli.options import (
    ARGS,
    CONFIG,
    CSV_SAFE,
    MEMORY,
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
from iamsql.cli.terminal import COLOR, WIDE
from iamsql.layout import ALL_COLUMNS
from iamsql.model import IamsqlError
from iamsql.query.run import find_query
from iamsql.runs import runs_folder

PROMPT = "iamsql.cli.shell:open_prompt"  # loaded when it is needed, because importing prompt_toolkit takes 100 ms


@click.command()
@click.argument("text", required=False, metavar="NAME|SQL|FILE.sql|-")
@click.argument("values", nargs=-1, metavar="[VALUE...]")
@ARGS
@OUTPUT
@out_option(
    "Write the rows to a file; the suffix selects the format: .csv, .json, .jsonl, .md, .txt, .xlsx or .parquet."
)
@CHART
@CSV_SAFE
@COLOR
@WIDE
@RUN
@RUNS
@lake_options(engine=ENGINE, is_remote=True, is_past=True)
@QUERIES
@CONFIG
@ORGANIZATION
@click.option(
    "--dialect",
    "language",
    type=click.Choice(("duckdb", "postgres")),
    help="The SQL dialect, unless the query declares a dialect; postgres runs queries written for Steampipe.",
)
@click.option("--explain", is_flag=True, help="Show the tables, calls and accounts that the answer depends on.")
@click.option("--fail-on-rows", is_flag=True, help="Exit with code 1 if there are rows.")
@click.option("--allow-copy", is_flag=True, help="Allow COPY in a query file to write anywhere and to replace files.")
@click.option("--allow-files", is_flag=True, help="Allow SQL to read and write any file.")
@TIMEOUT
@MEMORY
@QUIET
def query(text: str | None, values: tuple[str, ...], args: tuple[str, ...], explain: bool, **options: Any) -> int:
    """Run a query by NAME or NAME@VERSION, a file, SQL, or SQL from standard input (-). Without a query, open a prompt.

    Values after the NAME are values of its parameters, in the order that `iamsql queries NAME` shows; --arg sets any parameter.

    Rows are written to stdout, and notes about missing data to stderr. If the run did not collect a table, an empty
    result is an error, with the command that collects the table.
    """
    has_chart = check_chart(text, explain, options)
    if text is None:
        return int(load(PROMPT)(options))
    render.format_named(options["output"])
    options["axes"], values = (values, ()) if has_chart else ((), values)
    arguments = _arguments(text, values, pairs(args), options["query_dirs"])
    require_format(options["export"], others=(IMAGE,))
    where = (options["query_dirs"], options["config"], options["allow_files"], limits(options))
    with Run(options["run"], Settings(runs_folder(options["runs"]), *where)) as run:
        if explain:
            answer = run.explain(text, options["language"])
            notes = [*answer.caveats, *reads_notes({row[0] for row in answer.rows}, answer.run)]
            answer = replace(answer, shown=ALL_COLUMNS, provenance=replace(answer.provenance, notes=notes))
        else:
            allowed = {"language": options["language"], "allow_copy": options["allow_copy"]}
            answer = run.answer(text, arguments, **allowed)
    if has_chart:
        write_chart(answer.result, answer.caveats, options)
    elif answer.columns:  # COPY returns none
        write_result(answer.result, options, answer.provenance, shown=answer.shown)
    say_all(answer.caveats, quiet=options["quiet"])
    return int(options["fail_on_rows"] and not explain and bool(answer.rows))


def _arguments(
    text: str, values: Sequence[str], args: Mapping[str, str], query_dirs: Sequence[str] = ()
) -> dict[str, str]:
    """Return the arguments by name, with the positional values. Raise IamsqlError for values that the query does not take."""
    if not values:
        return dict(args)
    if text == "-" or not (catalog.is_name(text) or text.strip().endswith(".sql")):
        raise IamsqlError(
            "SQL takes no values after it; give the value of $name as: --arg name=VALUE\nQuote SQL with spaces. "
            "Columns of a chart need --chart bar, line or hist."
        )
    given = [value.rstrip("\r\n") for value in values]  # as in --arg
    return catalog.with_positional(find_query(text, query_dirs), given, args)
