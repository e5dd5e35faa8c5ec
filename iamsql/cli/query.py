"""`iamsql query`: run SQL over a run and print the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iamsql.cli.errors import say

if TYPE_CHECKING:
    from iamsql.query.run import Answer
    from iamsql.store.bounds import Bounds

RUN = click.option(
    "--run",
    default="latest",
    show_default=True,
    metavar="latest|previous|ID|PATH",
    help="The run to ask; latest is the newest that holds what is asked for, a path may be any DuckDB file.",
)
RUNS = click.option("--runs", metavar="DIR", help="Where runs are kept [default: $IAMSQL_RUNS, else the data folder].")
QUERIES = click.option(
    "--queries", "query_dirs", multiple=True, metavar="DIR", help="A further folder of queries; repeatable."
)
OUTPUT = click.option(
    "--output", "-o", default="table", show_default=True, metavar="FORMAT", help="table, csv, json, jsonl or markdown."
)
CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Values for named queries, and for `check` files of mutes [default: ./iamsql.toml where there is one].",
)


CSV_SAFE = click.option(
    "--csv-safe",
    is_flag=True,
    help="Put an apostrophe before what a spreadsheet would take for a formula in CSV cells.",
)
TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(0, 10**6),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Stop a statement that runs longer; 0 is no limit.",
)
MEMORY = click.option(
    "--memory",
    metavar="SIZE",
    help="Memory that a statement may take, such as 512MB or 8GB [default: 2GB, or 80 % of what there is].",
)


@click.command()
@click.argument("text", required=False, metavar="NAME|SQL|FILE.sql|-")
@click.option("--arg", "args", multiple=True, metavar="NAME=VALUE", help="A value for a parameter; repeatable.")
@OUTPUT
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the rows to a file; its ending says the format.",
)
@CSV_SAFE
@RUN
@RUNS
@QUERIES
@CONFIG
@click.option(
    "--dialect",
    "language",
    type=click.Choice(("duckdb", "postgres")),
    help="What the SQL is written in, where the file does not say: postgres runs queries made for Steampipe.",
)
@click.option("--explain", is_flag=True, help="Show the tables, calls and accounts that the answer stands on.")
@click.option("--fail-on-rows", is_flag=True, help="Exit with 1 when there are rows.")
@click.option("--allow-copy", is_flag=True, help="Let COPY in a query file write anywhere and replace files.")
@click.option("--allow-files", is_flag=True, help="Let the SQL read and write any file.")
@TIMEOUT
@MEMORY
@click.option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors.")
def query(text: str | None, args: tuple[str, ...], explain: bool, **options: Any) -> int:
    """Run a query by NAME (or NAME@VERSION), a file, standard input (-) or SQL; without any, open a prompt.

    Rows go to stdout; what the answer lacks is said on stderr. A result that is empty because the run did not collect a
    table is an error, with the command that collects it.
    """
    if text is None:
        from iamsql.cli.shell import open_prompt

        return open_prompt(options)
    from iamsql import render
    from iamsql.query import run
    from iamsql.runs import runs_folder

    render.format_named(options["output"])
    where = {"run": options["run"], "runs_dir": runs_folder(options["runs"])}
    where |= {"query_dirs": options["query_dirs"], "language": options["language"], "bounds": bounds(options)}
    if explain:
        answer = run.explain(text, **where)
    else:
        allowed = {name: options[name] for name in ("allow_files", "allow_copy")}
        answer = run.ask(text, args=pairs(args), config=options["config"], **allowed, **where)
    deliver(answer, options["output"], options["export"], options["csv_safe"])
    for note in () if options["quiet"] else answer.notes:
        say(note)
    return int(options["fail_on_rows"] and not explain and bool(answer.result.rows))


def deliver(answer: Answer, output: str, export: Path | None, csv_safe: bool) -> None:
    """Print the rows, or write them to the file; COPY has none."""
    from iamsql import render

    named = click.get_current_context().get_parameter_source("output") is not click.core.ParameterSource.DEFAULT
    if not answer.result.columns:
        return
    if export:
        render.export(answer.result, export, output if named else None, csv_safe)
    else:
        render.write(answer.result, output, plain_stdout(), csv_safe)


def bounds(options: dict[str, Any]) -> Bounds:
    """Give the bounds of a statement; one that cannot be stopped ends the command."""
    from iamsql.store.bounds import Bounds, read_memory

    if not options["timeout"] >= 0:
        raise click.UsageError("--timeout takes seconds, such as 300; 0 is no limit.")
    return Bounds(options["timeout"], read_memory(options["memory"]) if options["memory"] else 0, _leave)


def _leave(message: str) -> None:
    """Leave at once: DuckDB hears nothing, and would not let go of its threads either."""
    import os

    say(f"Error: {message}")
    os._exit(2)


def plain_stdout() -> Any:
    """Give stdout as UTF-8 whose line ends are left alone."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def pairs(args: tuple[str, ...]) -> dict[str, str]:
    """Part each NAME=VALUE; a name given twice is an error. A line end behind a value, as CSV leaves one in $(…), is none."""
    parted: dict[str, str] = {}
    for arg in args:
        name, mark, value = arg.partition("=")
        if not mark or not name:
            raise click.UsageError(f"--arg takes NAME=VALUE, not {arg!r}.")
        if name in parted:
            raise click.UsageError(f"--arg {name} is given twice.")
        parted[name] = value.rstrip("\r\n")
    return parted
