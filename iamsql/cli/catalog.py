"""`iamsql queries` and `iamsql tables`: list and describe queries and tables."""

from __future__ import annotations

import json

import click

from iamsql import render
from iamsql.catalog.front_matter_schema import json_schema
from iamsql.catalog.frontmatter import CHOICES_BY_KEY
from iamsql.catalog.settings.groups import QueryFolders, Rows, RunChoice
from iamsql.catalog.settings.option import argument, option, option_set
from iamsql.cli.declared import takes
from iamsql.cli.errors import say_all
from iamsql.cli.options import is_given
from iamsql.cli.output import print_rows, terminal_text
from iamsql.cli.terminal import plain_stdout, print_paged, terminal_style
from iamsql.escaping import printable_lines
from iamsql.model.layout import DisplayOptions
from iamsql.query import listing as describe
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import wrap_lines
from iamsql.runs.directory import list_runs, runs_folder
from iamsql.runs.latest import choose

# The columns that a terminal shows.
QUERY_COLUMNS = DisplayOptions(("name", "kind", "severity", "title"))
TABLE_COLUMNS = DisplayOptions(("name", "rows", "state", "about"))


@option_set
class QueriesOptions(QueryFolders, Rows):
    """The options of `iamsql queries`."""

    name: str | None = argument(None, "[NAME]")
    kind: str | None = option(
        None, "--kind", choices=tuple(CHOICES_BY_KEY["kind"]), help="List the queries of one kind only."
    )
    is_schema: bool = option(False, "--schema", help="Print the JSON Schema of the front matter of query files.")


@click.command()
@takes(QueriesOptions)
def queries(options: QueriesOptions) -> int:
    """List the queries, or show a query: versions, parameters, description and SQL."""
    if options.is_schema and (options.name or options.kind):
        raise click.UsageError("--schema takes no name and no other task.")
    style = terminal_style(options.color, options.wide)
    if options.is_schema:
        click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        return 0
    if options.name:
        _print_query(describe.query(options.name, options.query_dirs), style)
        return 0
    skipped: list[str] = []
    print_rows(
        describe.queries(options.query_dirs, options.kind, skipped), options.output, style, display=QUERY_COLUMNS
    )
    say_all(skipped)
    return 0


@option_set
class TablesOptions(RunChoice, Rows):
    """The options of `iamsql tables`."""

    name: str | None = argument(None, "[NAME]")


@click.command()
@takes(TablesOptions)
def tables(options: TablesOptions) -> None:
    """List the tables, or show a table: columns, calls, permissions, examples.

    The list is grouped by service. It shows the number of rows of each table in a run, and whether the run collected the
    table completely.
    """
    style = terminal_style(options.color, options.wide)
    if options.name:
        _print_table(options.name, options.output, style)
        return
    folder = runs_folder(options.runs)
    # Without --run and without a run, the list has no row counts; an unknown run of --run is an error.
    has_run = is_given("run") or any(item.started for item in list_runs(folder))
    run_choice = choose(folder, options.run) if has_run else None
    print_rows(describe.tables(run_choice.path if run_choice else None), options.output, style, display=TABLE_COLUMNS)
    say_all(run_choice.notes if run_choice else ())


def _print_query(text: str, style: Style | None) -> None:
    text = printable_lines(text)
    if style:
        print_paged(f"{_wrap(text, style)}\n", style)
    else:
        click.echo(text)


def _print_table(name: str, output: str, style: Style | None) -> None:
    """Print the description of a table; formats for programs have its columns only."""
    columns = describe.columns(name)
    if output != "table":
        print_rows(columns, output, style)
        return
    head, foot = printable_lines(describe.table_head(name)), printable_lines(describe.table_footer(name))
    if style:
        rows = terminal_text(columns, output, style)
        print_paged(f"{_wrap(head, style)}\n\n{rows}\n{_wrap(foot, style)}\n", style)
        return
    click.echo(f"{head}\n")
    render.write(columns, output, plain_stdout(output))
    click.echo(f"\n{foot}")


def _wrap(text: str, style: Style) -> str:
    return text if style.wide else wrap_lines(text, style.width)
