"""`iamsql queries` and `iamsql tables`: what can be asked, and of what."""

from __future__ import annotations

import click

from iamsql.catalog.frontmatter import WORDS
from iamsql.cli.errors import say, visible
from iamsql.cli.query import OUTPUT, QUERIES, RUN, RUNS, plain_stdout


@click.command()
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(WORDS["kind"]), help="List the queries of one kind only.")
@QUERIES
@OUTPUT
def queries(name: str | None, kind: str | None, query_dirs: tuple[str, ...], output: str) -> None:
    """List the queries, or show one: versions, parameters, text and SQL."""
    from iamsql import describe, render

    if name:
        click.echo(visible(describe.query(name, query_dirs)))
    else:
        left_out: list[str] = []
        render.write(describe.queries(query_dirs, kind, left_out), output, plain_stdout())
        for line in left_out:
            say(line)


@click.command()
@click.argument("name", required=False)
@RUN
@RUNS
@OUTPUT
def tables(name: str | None, run: str, runs: str | None, output: str) -> None:
    """List the tables, or show one: columns, calls, permissions, examples.

    The list goes by service and says how many rows a run has of each, and how far it could read it.
    """
    from iamsql import describe, render
    from iamsql.runs import list_runs, runs_folder
    from iamsql.runs.latest import choose

    if name:
        head, foot = (
            (f"{describe.table_head(name)}\n\n", f"\n{describe.table_foot(name)}\n") if output == "table" else ("", "")
        )
        click.echo(visible(head), nl=False)
        render.write(describe.columns(name), output, plain_stdout())
        click.echo(visible(foot), nl=False)
    else:
        named = click.get_current_context().get_parameter_source("run") is not click.core.ParameterSource.DEFAULT
        folder = runs_folder(runs)
        chosen = choose(folder, run) if named or any(one.started for one in list_runs(folder)) else None
        render.write(describe.tables(folder, str(chosen.path) if chosen else run, named), output, plain_stdout())
        for note in chosen.notes if chosen else ():
            say(note)
