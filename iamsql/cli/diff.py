"""`iamsql diff`: what is new, gone or changed between two runs, and which findings opened or were resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.cli.errors import say
from iamsql.cli.options import account_ids
from iamsql.cli.query import CONFIG, CSV_SAFE, MEMORY, OUTPUT, QUERIES, RUNS, TIMEOUT, bounds, pairs, plain_stdout

ARGS = click.option("--arg", "args", multiple=True, metavar="NAME=VALUE", help="A value for a parameter; repeatable.")
MUTES = click.option(
    "--mutes", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="Files of mutes, as for check."
)
WIDE = 60  # letters of a value in a table for people; files and other outputs have it whole


@click.command()
@click.argument("old", default="previous")
@click.argument("new", default="latest")
@click.option(
    "--query", "queries", multiple=True, metavar="NAME|SQL|FILE.sql", help="Compare what a query finds; repeatable."
)
@click.option(
    "--check",
    "controls",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="Compare alarms of controls; repeatable.",
)
@ARGS
@click.option(
    "--key", default="", metavar="COLUMN,…", help="The columns that make a query's row the same in both runs."
)
@MUTES
@click.option(
    "--only", "kinds", multiple=True, metavar="KIND", help="Only one kind, such as user or access_key; repeatable."
)
@click.option(
    "--account", "accounts", multiple=True, callback=account_ids, metavar="ID", help="Only this account; repeatable."
)
@click.option(
    "--change", "changes", multiple=True, metavar="CHANGE", help="Only new, gone, changed, opened …; repeatable."
)
@click.option("--all", "everything", is_flag=True, help="Show still_open too, and what is compared in neither run.")
@click.option(
    "--fail-on", multiple=True, metavar="CHANGE|any", help="Exit with 1 when there is such a row; repeatable."
)
@click.option(
    "--sql", default="", metavar="SELECT", help="Ask both runs, as old.TABLE and new.TABLE, and the rows as diff."
)
@OUTPUT
@click.option("--export", type=click.Path(path_type=Path), metavar="FILE", help="Write the rows to a file.")
@CSV_SAFE
@RUNS
@QUERIES
@CONFIG
@TIMEOUT
@MEMORY
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def diff(old: str, new: str, **options: Any) -> int:
    """Compare two runs of one organization: OLD [default: previous] and NEW [default: latest].

    latest is the newest run that was not limited to some tables or accounts, previous the newest before it of the same
    scope. Runs of different scope, named by ID, are compared as far as both go, and their scopes are said.

    A row is a thing that is new, gone or changed, a key that was rotated or used for the first time, a principal with
    full privilege that it had not; with --query or --check a finding that opened or was resolved, with the day it was
    first seen. What one of the runs does not cover is `not_compared`, with the reason, and never gone or resolved.
    """
    import iamsql.diff as comparing
    from iamsql import render
    from iamsql.runs import runs_folder
    from iamsql.runs.latest import choose
    from iamsql.store.bounds import bounded_by

    render.format_named(options["output"])
    wanted = _fail_on(options["fail_on"], comparing.CHANGES)
    folder = runs_folder(options["runs"])
    filters = comparing.Filters(options["kinds"], options["accounts"], options["changes"], options["everything"])
    before, after = choose(folder, old), choose(folder, new)
    asked, sql = _asked(options), options["sql"]
    with bounded_by(bounds(options)):
        told = comparing.diff(before.path, after.path, runs_dir=folder, filters=filters, asked=asked, sql=sql)
    _write(told.result, options)
    for line in () if options["quiet"] else (*dict.fromkeys([*after.notes, *before.notes]), *told.notes, told.summary):
        say(line)
    return int(told.counts.meets(wanted))


def _asked(options: dict[str, Any]) -> Any:
    import iamsql.diff as comparing

    key = tuple(one.strip() for one in options["key"].split(",") if one.strip())
    if key and not options["queries"]:
        raise click.UsageError("--key names columns of a query: give --query too.")
    where = (options["query_dirs"], options["config"], options["mutes"])
    return comparing.Asked(options["queries"], options["controls"], pairs(options["args"]), key, *where)


def _fail_on(names: tuple[str, ...], known: dict[str, str]) -> tuple[str, ...]:
    from iamsql.catalog.params import near

    for name in names:
        if name != "any" and name not in known:
            raise click.UsageError(f"--fail-on takes any, {', '.join(known)}, not {name!r}{near(name, known)}.")
    return names


def _write(result: Any, options: dict[str, Any]) -> None:
    """Print the rows, or write them to the file; a table for people leaves out empty columns and the end of long values."""
    from iamsql import render

    named = click.get_current_context().get_parameter_source("output") is not click.core.ParameterSource.DEFAULT
    if options["export"]:
        render.export(result, options["export"], options["output"] if named else None, options["csv_safe"])
    elif options["output"] == "table" and not options["sql"]:
        render.write(_narrow(result), "table", plain_stdout())
    else:
        render.write(result, options["output"], plain_stdout(), options["csv_safe"])


def _narrow(result: Any) -> Any:
    from iamsql.model import Result

    kept = [
        place
        for place in range(len(result.columns))
        if not result.rows or any(row[place] is not None for row in result.rows)
    ]
    rows = [tuple(_short(row[place]) for place in kept) for row in result.rows]
    return Result(tuple(result.columns[place] for place in kept), rows, tuple(result.types[place] for place in kept))


def _short(value: Any) -> Any:
    return value[: WIDE - 1] + "…" if isinstance(value, str) and len(value) > WIDE and value[:1] in "{[" else value
