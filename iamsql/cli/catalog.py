"""`iamsql queries` and `iamsql tables`: list and describe queries and tables."""

from __future__ import annotations

import click

from iamsql import describe, render
from iamsql.catalog.frontmatter import WORDS
from iamsql.cli.errors import say_all
from iamsql.cli.options import OUTPUT, QUERIES, RUN, RUNS, is_given
from iamsql.cli.output import plain_stdout
from iamsql.escaping import printable_lines
from iamsql.runs import list_runs, runs_folder
from iamsql.runs.latest import choose


@click.command()
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(WORDS["kind"]), help="List the queries of one kind only.")
@QUERIES
@OUTPUT
def queries(name: str | None, kind: str | None, query_dirs: tuple[str, ...], output: str) -> None:
    """List the queries, or show a query: versions, parameters, description and SQL."""
    if name:
        click.echo(printable_lines(describe.query(name, query_dirs)))
        return
    skipped: list[str] = []
    render.write(describe.queries(query_dirs, kind, skipped), output, plain_stdout())
    say_all(skipped)


@click.command()
@click.argument("name", required=False)
@RUN
@RUNS
@OUTPUT
def tables(name: str | None, run: str, runs: str | None, output: str) -> None:
    """List the tables, or show a table: columns, calls, permissions, examples.

    The list is grouped by service. It shows the number of rows of each table in a run, and whether the run collected the
    table completely.
    """
    if name:
        head, foot = (
            (f"{describe.table_head(name)}\n\n", f"\n{describe.table_foot(name)}\n") if output == "table" else ("", "")
        )
        click.echo(printable_lines(head), nl=False)
        render.write(describe.columns(name), output, plain_stdout())
        click.echo(printable_lines(foot), nl=False)
        return
    folder = runs_folder(runs)
    # Without --run and without a run, the list has no row counts; an unknown run of --run is an error.
    has_run = is_given("run") or any(item.started for item in list_runs(folder))
    chosen = choose(folder, run) if has_run else None
    render.write(describe.tables(chosen.path if chosen else None), output, plain_stdout())
    say_all(chosen.notes if chosen else ())
