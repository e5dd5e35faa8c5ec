"""`iamsql report`: write a run as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from iamsql.api.page import write_report
from iamsql.cli.errors import say_all
from iamsql.cli.lake_reading import ENGINE, lake_options, reading
from iamsql.cli.options import CONFIG, MEMORY, MUTES, ORGANIZATION, QUERIES, QUIET, RUN, RUNS, TIMEOUT
from iamsql.cli.output import limits
from iamsql.cli.section_line import section_line
from iamsql.report.build import DEFAULT_BENCHMARK, ReportRequest
from iamsql.report.contents import Contents

SUFFIXES = (".html", ".htm")


@click.command(no_args_is_help=True)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.html")
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    default=(DEFAULT_BENCHMARK,),
    show_default=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="The controls of the page; repeatable.",
)
@click.option(
    "--since",
    default="",
    metavar="previous|ID|PATH",
    help="Show what changed since an earlier run of the organization.",
)
@click.option(
    "--trend",
    type=click.IntRange(0, 20),
    default=10,
    show_default=True,
    metavar="N",
    help="Evaluate at most N earlier runs for the trends, which takes seconds for each run. Their numbers are cached.",
)
@MUTES
@CONFIG
@ORGANIZATION
@RUN
@RUNS
@lake_options(engine=ENGINE, is_past=True)
@QUERIES
@TIMEOUT
@MEMORY
@QUIET
def report(file: Path, quiet: bool, **options: Any) -> None:
    """Write a run as one HTML page, FILE.html, which needs no network and no other file.

    The page begins with what to resolve first and what changed. It shows escalation paths, a map of accounts and controls,
    findings, risks, access keys, users, CloudTrail events, and the accounts without complete data. The file has mode 0600, because
    it contains the names of users and the IDs of access keys. With --at, the page shows the reconstructed state at a past time, and
    --since previous compares it with the run that it is made from.
    """
    request = report_request(file, options)
    with reading(options, is_past=True, has_runs=True) as place, section_line(quiet) as section:

        def progress(line: str) -> None:
            section("")
            say_all([line], quiet=quiet)

        contents, notes = write_report(request, file, place.run, place.folder, limits(options), progress, section)
    say_all([*notes, _summary(file, contents), *place.notes_on_engine()], quiet=quiet)


def report_request(file: Path, options: dict[str, Any]) -> ReportRequest:
    """Return the request from the parameters of the command. Raise an error for a file that cannot be written."""
    if file.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"FILE must end in .html, not {file.name!r}.")
    where = (options["mutes"], options["config"], options["query_dirs"])
    return ReportRequest(options["benchmarks"], options["since"], options["trend"], *where)


def _summary(file: Path, contents: Contents) -> str:
    """Return the path and size of the page, and the number of accounts that were read."""
    read = contents.outcomes.get("complete", 0) + contents.outcomes.get("incomplete", 0)
    size = file.stat().st_size
    text = f"{size / 10**6:.1f} MB" if size >= 10**6 else f"{-(-size // 1000)} KB"
    return f"{file}: {text}, {read} of {sum(contents.outcomes.values())} accounts read."
