"""`iamsql queries` and `iamsql tables`: list and describe queries and tables."""

from __future__ import annotations

import json
from typing import Any

import click

from iamsql import render
from iamsql.catalog.front_matter_schema import json_schema
from iamsql.catalog.frontmatter import WORDS
from iamsql.cli.errors import say_all
from iamsql.cli.options import OUTPUT, QUERIES, RUN, RUNS, is_given, settings
from iamsql.cli.output import print_rows, terminal_text
from iamsql.cli.terminal import COLOR, WIDE, plain_stdout, print_paged, terminal_style
from iamsql.escaping import printable_lines
from iamsql.layout import Shown
from iamsql.query import listing as describe
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import wrap_lines
from iamsql.runs import list_runs, runs_folder
from iamsql.runs.latest import choose

# The columns that a terminal shows.
QUERY_COLUMNS, TABLE_COLUMNS = Shown(("name", "kind", "severity", "title")), Shown(("name", "rows", "state", "about"))


@click.command()
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(WORDS["kind"]), help="List the queries of one kind only.")
@click.option("--schema", "is_schema", is_flag=True, help="Print the JSON Schema of the front matter of query files.")
@QUERIES
@settings
@OUTPUT
@COLOR
@WIDE
def queries(name: str | None, kind: str | None, query_dirs: tuple[str, ...], **options: Any) -> int:
    """List the queries, or show a query: versions, parameters, description and SQL."""
    if options["is_schema"] and (name or kind):
        raise click.UsageError("--schema takes no name and no other task.")
    style = terminal_style(options["color"], options["wide"])
    if options["is_schema"]:
        click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return 0
    if name:
        _print_query(describe.query(name, query_dirs), style)
        return 0
    skipped: list[str] = []
    print_rows(describe.queries(query_dirs, kind, skipped), options["output"], style, shown=QUERY_COLUMNS)
    say_all(skipped)
    return 0


@click.command()
@click.argument("name", required=False)
@RUN
@RUNS
@settings
@OUTPUT
@COLOR
@WIDE
def tables(name: str | None, run: str, runs: str | None, output: str, color: str, wide: bool) -> None:
    """List the tables, or show a table: columns, calls, permissions, examples.

    The list is grouped by service. It shows the number of rows of each table in a run, and whether the run collected the
    table completely.
    """
    if name:
        _print_table(name, output, terminal_style(color, wide))
        return
    folder = runs_folder(runs)
    # Without --run and without a run, the list has no row counts; an unknown run of --run is an error.
    has_run = is_given("run") or any(item.started for item in list_runs(folder))
    chosen = choose(folder, run) if has_run else None
    print_rows(
        describe.tables(chosen.path if chosen else None), output, terminal_style(color, wide), shown=TABLE_COLUMNS
    )
    say_all(chosen.notes if chosen else ())


def _print_query(text: str, style: Style | None) -> None:
    text = printable_lines(text)
    if style:
        print_paged(f"{_wrapped(text, style)}\n", style)
    else:
        click.echo(text)


def _print_table(name: str, output: str, style: Style | None) -> None:
    """Print the description of a table; formats for programs have its columns only."""
    columns = describe.columns(name)
    if output != "table":
        print_rows(columns, output, style)
        return
    head, foot = printable_lines(describe.table_head(name)), printable_lines(describe.table_foot(name))
    if style:
        rows = terminal_text(columns, output, style)
        print_paged(f"{_wrapped(head, style)}\n\n{rows}\n{_wrapped(foot, style)}\n", style)
        return
    click.echo(f"{head}\n")
    render.write(columns, output, plain_stdout(output))
    click.echo(f"\n{foot}")


def _wrapped(text: str, style: Style) -> str:
    return text if style.wide else wrap_lines(text, style.width)
