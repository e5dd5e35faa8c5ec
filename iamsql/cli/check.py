"""`iamsql check`: run the detections over a run and print what they found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.cli.options import account_ids, check_window
from iamsql.cli.query import OUTPUT, QUERIES, RUN, RUNS, deliver, pairs
from iamsql.model import SEVERITIES

LEVELS = tuple(reversed(SEVERITIES))


@click.command()
@click.argument("names", nargs=-1, metavar="[detections|NAME...]")
@click.option("--arg", "args", multiple=True, metavar="NAME=VALUE", help="A value for a parameter; repeatable.")
@click.option(
    "--severity",
    type=click.Choice(LEVELS),
    default=LEVELS[-1],
    metavar="LEVEL",
    help=f"Only detections at least so severe: {', '.join(LEVELS[:-1])}.",
)
@click.option("--days", type=int, metavar="N", help="Only findings of the last N days before the run.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    callback=account_ids,
    metavar="ID",
    help="Only findings of this account; repeatable.",
)
@OUTPUT
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the findings to a file; its ending says the format.",
)
@RUN
@RUNS
@QUERIES
@click.option("--explain", is_flag=True, help="Show the tables, calls and accounts that each detection stands on.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def check(names: tuple[str, ...], args: tuple[str, ...], explain: bool, **options: Any) -> int:
    """Run all detections, or those of the NAMEs, and print one row a finding.

    Findings go to stdout, a summary and what it lacks to stderr. Exits with 1 when there are findings.
    """
    import iamsql.check as checking
    from iamsql import render
    from iamsql.runs import runs_folder

    render.format_named(options["output"])
    check_window(options["days"], None, None)
    limits = checking.Limits(options["severity"], options["days"], options["accounts"])
    where = {"run": options["run"], "runs_dir": runs_folder(options["runs"]), "query_dirs": options["query_dirs"]}
    if explain:
        verdict = checking.explain(names, limits=limits, **where)
    else:
        verdict = checking.check(names, args=pairs(args), limits=limits, **where)
    deliver(verdict.answer, options["output"], options["export"], verbatim=False)
    for note in () if options["quiet"] else verdict.answer.notes:
        click.echo(note, err=True)
    for failure in verdict.failures:
        click.echo(f"Error: {failure}", err=True)
    return 2 if verdict.failures else int(not explain and bool(verdict.answer.result.rows))
