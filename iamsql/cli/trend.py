"""`iamsql runs trend`: a query's rows, or the verdicts of controls, run by run."""

from __future__ import annotations

from typing import Any

import click

from iamsql.cli.diff import ARGS, MUTES
from iamsql.cli.errors import say
from iamsql.cli.query import CONFIG, CSV_SAFE, MEMORY, OUTPUT, QUERIES, RUN, RUNS, TIMEOUT, bounds, pairs, plain_stdout


@click.command()
@click.argument("query", required=False, metavar="[QUERY]")
@click.option(
    "--check",
    "controls",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="Count the verdicts of controls; repeatable.",
)
@ARGS
@MUTES
@OUTPUT
@CSV_SAFE
@RUN
@RUNS
@QUERIES
@CONFIG
@TIMEOUT
@MEMORY
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def trend(query: str | None, **options: Any) -> None:
    """Count a QUERY's rows, or what controls say, in each run of the organization, oldest first.

    Beside the count stand the accounts that the run read and missed for it: where both fall, nothing was mended.
    """
    from iamsql import render
    from iamsql.diff import Asked
    from iamsql.diff.trend import trend as counted
    from iamsql.runs import exposed, resolve, runs_folder
    from iamsql.store.bounds import bounded_by

    render.format_named(options["output"])
    folder = runs_folder(options["runs"])
    where = (options["query_dirs"], options["config"], options["mutes"])
    asked = Asked((query,) if query else (), options["controls"], pairs(options["args"]), (), *where)
    with bounded_by(bounds(options)):
        result, left = counted(asked, resolve(folder, options["run"]), runs_dir=folder)
    render.write(result, options["output"], plain_stdout(), options["csv_safe"])
    for line in () if options["quiet"] else (*exposed(folder), *left):
        say(line)
