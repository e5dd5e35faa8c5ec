"""`iamsql run`: sync, check, report, notify and prune in one command, with a summary as JSON on standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from iamsql.check import outputs
from iamsql.check.exit_codes import FAIL_ON
from iamsql.cli.check import check
from iamsql.cli.errors import load
from iamsql.cli.notify import notify, notify_request
from iamsql.cli.options import CONFIG, MEMORY, MUTES, ORGANIZATION, QUERIES, QUIET, RUNS, TIMEOUT, is_given
from iamsql.cli.output import limits
from iamsql.cli.progress import progress
from iamsql.cli.report import report, report_request
from iamsql.cli.runs import age
from iamsql.cli.sync import sync, sync_options
from iamsql.cli.terminal import plain_stdout
from iamsql.escaping import escape_json
from iamsql.pipeline import CheckRequest, PipelineRequest, run_pipeline
from iamsql.pipeline.archive import parse_archive
from iamsql.render.files import atomic_write
from iamsql.runs import runs_folder
from iamsql.runs.prune import Limits
from iamsql.store.limits import with_limits


@click.command()
@click.argument("sync_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- SYNC_OPTION...]")
@click.option("--demo", is_flag=True, help="Read the sample organization; needs no AWS account.")
@click.option("--profile", metavar="NAME", help="The AWS profile of the caller's credentials.")
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="The controls to evaluate, to report and to notify about; repeatable [default: those of iamsql.toml, else iamsql].",
)
@click.option(
    "--export",
    "exports",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the results of the controls to a file; the suffix selects the format, as for `iamsql check`; repeatable.",
)
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path), metavar="FILE.html", help="Write the HTML report."
)
@click.option(
    "--to", "targets", multiple=True, metavar="TARGET", help="Notify a target, as `iamsql notify` does; repeatable."
)
@click.option(
    "--archive",
    metavar="s3://BUCKET/PREFIX",
    help="Restore the newest runs from S3 before the sync, and upload the run and the files at the end.",
)
@click.option(
    "--restore",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="With --archive: the number of runs to restore.",
)
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="At the end, delete all but the N newest runs.")
@click.option(
    "--older-than", callback=age, metavar="AGE", help="At the end, delete runs older than AGE: 90d, 12w, 6m, 1y."
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="none",
    show_default=True,
    help="The results of controls that set the exit code: alarm (1), error (4 for what could not be evaluated), any, none.",
)
@click.option("--strict", is_flag=True, help="Exit with code 3 if an account or a call could not be read.")
@click.option(
    "--no-resume",
    is_flag=True,
    help="Do not continue a sync that was interrupted, or a pipeline of the last twelve hours that did not finish.",
)
@click.option("--summary", type=click.Path(path_type=Path), metavar="FILE", help="Also write the summary to a file.")
@MUTES
@CONFIG
@ORGANIZATION
@RUNS
@QUERIES
@TIMEOUT
@MEMORY
@QUIET
@click.pass_context
def run(ctx: click.Context, **options: Any) -> int:
    """Sync, check, report, notify and prune, for schedulers.

    The options come from iamsql.toml; those after -- are options of `iamsql sync`. A step that is not configured is skipped. A
    step that fails does not stop the steps after it, except the sync. The summary is one line of JSON on standard output.

    One `iamsql run` at a time uses a runs folder. If it is interrupted, or if a step fails, the next one within twelve hours
    continues with the same run: it resumes the sync, or repeats the steps after it.

    Exit code: 2 if a step failed, else 1 for alarms (--fail-on), else 3 for gaps (--strict), else 4 for results that could not be
    evaluated (--fail-on), else 0.
    """
    request = _request(ctx, options)
    with with_limits(limits(options)):
        result = run_pipeline(request, progress(options["quiet"]))
    code = result.exit_code(request)
    line = escape_json(json.dumps(result.summary(code, datetime.now(UTC)), ensure_ascii=False, default=str)) + "\n"
    plain_stdout().write(line)
    if options["summary"]:
        atomic_write(options["summary"], lambda stream: stream.write(line))
    return code


def _request(ctx: click.Context, options: dict[str, Any]) -> PipelineRequest:
    """Return the request. Each step is parsed by its own command, so that the file and the command line mean the same here."""
    names = options["benchmarks"]
    own = {name: options[name] for name in ("mutes", "config", "query_dirs")}
    for path in options["exports"]:
        outputs.format_of(path)
    if options["archive"]:
        parse_archive(options["archive"])
    flags = [
        *(["--demo"] if options["demo"] else []),
        *(["--profile", options["profile"]] if options["profile"] else []),
    ]
    synced = _parsed(ctx, sync, [*flags, *options["sync_arguments"]])
    checked = _parsed(ctx, check, names)
    reported = (
        _parsed(ctx, report, [str(options["report_file"]), *_repeated("--benchmark", names)])
        if options["report_file"]
        else None
    )
    targets = [*_repeated("--to", options["targets"]), *_repeated("--benchmark", names), *flags[-2:]]
    notified = _parsed(ctx, notify, targets)
    return PipelineRequest(
        sync=sync_options(synced),
        check=CheckRequest(
            checked["names"] or ("iamsql",), checked["severity"], options["exports"], options["fail_on"]
        ),
        report=report_request(reported) if reported else None,
        report_file=options["report_file"],
        language=reported["language"] if reported else "en",
        notify=notify_request(notified) if notified["targets"] else None,
        archive=options["archive"] or "",
        restore=options["restore"],
        keep=Limits(options["keep"], options["older_than"]) if options["keep"] or options["older_than"] else None,
        **own,
        is_strict=options["strict"] or synced["strict"],
        is_resumable=not options["no_resume"],
    )
