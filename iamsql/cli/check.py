"""`iamsql check`: judge controls and benchmarks over a run, or run the detections, and print what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsql.cli.errors import say
from iamsql.cli.options import account_ids, check_window
from iamsql.cli.query import (
    CONFIG,
    CSV_SAFE,
    MEMORY,
    QUERIES,
    RUN,
    RUNS,
    TIMEOUT,
    limits,
    pairs,
    plain_stdout,
    write_answer,
)
from iamsql.model import SEVERITIES

if TYPE_CHECKING:
    from iamsql.catalog import Config
    from iamsql.check import CheckCatalog

LEVELS = tuple(reversed(SEVERITIES))
FAIL_ON = ("any", "alarm", "error", "none")


@click.command()
@click.argument("names", nargs=-1, metavar="[BENCHMARK|CONTROL|TAG|all|detections|DETECTION...]")
@click.option("--list", "listing", is_flag=True, help="List the benchmarks.")
@click.option(
    "--arg",
    "args",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value for a parameter, of every control that has it or, as CONTROL.NAME=VALUE, of one; repeatable.",
)
@click.option(
    "--severity",
    type=click.Choice(LEVELS),
    default=LEVELS[-1],
    metavar="LEVEL",
    help=f"Only what is at least so severe: {', '.join(LEVELS[:-1])}.",
)
@click.option("--days", type=int, metavar="N", help="Only findings of the last N days before the run; for detections.")
@click.option(
    "--account", "accounts", multiple=True, callback=account_ids, metavar="ID", help="Only this account; repeatable."
)
@click.option("--where", default="", metavar="SQL", help="Only verdicts that meet a condition: \"status = 'alarm'\".")
@click.option(
    "--mutes",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Alarms that somebody answers for until a day, as CSV or TOML; repeatable.",
)
@CONFIG
@click.option(
    "--output",
    "-o",
    default="table",
    show_default=True,
    metavar="FORMAT",
    help="table, brief, csv, json, jsonl, markdown, junit or sarif; detections have no brief, junit and sarif.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to a file; its ending says the format: .csv, .json, .md, .junit.xml, .sarif …",
)
@CSV_SAFE
@RUN
@RUNS
@QUERIES
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="any",
    show_default=True,
    help="What to exit for: alarm, 1 on alarms or findings only; error, 4 on what could not be evaluated only; any, both, "
    "an alarm first; none, neither.",
)
@click.option("--explain", is_flag=True, help="Show the tables, calls and accounts that each query stands on.")
@TIMEOUT
@MEMORY
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def check(names: tuple[str, ...], listing: bool, **options: Any) -> int:
    """Judge the controls of a BENCHMARK, of a TAG, `all` or some by name; or find what detections find.

    Without a name all detections run, one row a finding. Controls give a tree with what needs somebody, or rows with
    ok, alarm, info, skip, error or muted. Exit status: 2 when a query failed to run, else 1 when there are alarms or
    findings, else 4 when something could not be evaluated because the data was not read, else 0. Muted results count as
    neither, and results that --severity, --account or --where leave out do not count.
    """
    import iamsql.check as checking
    from iamsql import catalog, render

    held = checking.load_catalog(options["query_dirs"])
    if listing:
        render.write(held.listed(), options["output"], plain_stdout())
        _say(held.notes(), options)
        return 0
    settings = catalog.read_config(options["config"], held.names)
    if held.means_detections(names):
        return _findings(names, held, settings, options)
    return _controls(names, held, settings, options)


def _findings(names: tuple[str, ...], held: CheckCatalog, settings: Config, options: dict[str, Any]) -> int:
    """Run detections."""
    import iamsql.check as checking
    from iamsql import render
    from iamsql.runs import runs_folder

    render.format_named(options["output"])
    check_window(options["days"], None, None)
    if option := next((name for name in ("where", "mutes") if options[name]), ""):
        raise click.UsageError(
            f"--{option} is for controls; findings are filtered by --account, --days and --severity."
        )
    limits = checking.Limits(options["severity"], options["days"], options["accounts"])
    where = {"run": options["run"], "runs_dir": runs_folder(options["runs"]), "held": held, "bounds": limits(options)}
    if options["explain"]:
        verdict = checking.explain(names, limits=limits, **where)
    else:
        verdict = checking.check(names, args=pairs(options["args"]), limits=limits, settings=settings, **where)
    write_answer(verdict.answer, options["output"], options["export"], options["csv_safe"])
    _say([*held.notes(names), *verdict.answer.notes], options)
    failures = [*verdict.failures, *held.failures(names)]
    for failure in failures:
        say(f"Error: {failure}")
    found = 0 if options["explain"] else len(verdict.answer.result.rows)
    counts = {"alarms": found, "errors": verdict.unread, "failures": len(failures)}
    return checking.exit_status(options["fail_on"], **counts)


def _controls(names: tuple[str, ...], held: CheckCatalog, settings: Config, options: dict[str, Any]) -> int:
    """Judge controls."""
    import iamsql.check as checking
    from iamsql.check import outputs
    from iamsql.runs import runs_folder

    if options["days"] is not None:
        raise click.UsageError("--days is for detections; controls judge what the run holds.")
    where = {"run": options["run"], "runs_dir": runs_folder(options["runs"]), "bounds": limits(options)}
    if options["explain"]:
        return _explain(names, held, options, where)
    fmt = _format(options)
    wanted = checking.Wanted(options["severity"], options["accounts"], options["where"], options["mutes"])
    asked = checking.judging(held, names, args=pairs(options["args"]), wanted=wanted, settings=settings, **where)
    with asked as judging:
        if options["export"]:
            outputs.export(judging, fmt, options["export"], options["csv_safe"])
        else:
            outputs.write(judging, fmt, plain_stdout(), options["csv_safe"])
        _say([*held.notes(names), *judging.notes()], options)
        failures = [*judging.failures.values(), *held.failures(names)]
        for failure in failures:
            say(f"Error: {failure}")
        alarms, errors = judging.totals["alarm"], judging.totals["error"]
        return checking.exit_status(options["fail_on"], alarms=alarms, errors=errors, failures=len(failures))


def _format(options: dict[str, Any]) -> str:
    """Tell the format: --output where it is said, else the ending of --export."""
    from iamsql.check import outputs

    named = click.get_current_context().get_parameter_source("output") is not click.core.ParameterSource.DEFAULT
    if options["export"] and not named:
        return outputs.format_of(options["export"])
    return outputs.format_named(options["output"])


def _explain(names: tuple[str, ...], held: CheckCatalog, options: dict[str, Any], where: dict[str, Any]) -> int:
    """Show what controls stand on."""
    import iamsql.check as checking
    from iamsql import render

    result, failures = checking.standing_of_controls(held, names, severity=options["severity"], **where)
    if options["export"]:
        render.export(result, options["export"])
    else:
        render.write(result, options["output"], plain_stdout())
    _say(held.notes(names), options)
    failures += held.failures(names)
    for failure in failures:
        say(f"Error: {failure}")
    return 2 if failures else 0


def _say(notes: list[str], options: dict[str, Any]) -> None:
    for note in () if options["quiet"] else notes:
        say(note)
