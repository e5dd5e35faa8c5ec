"""`iamsql run`: sync, check, report, notify and prune in one command, with a summary: words on a terminal, else JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from iamsql.automation.pipeline import CheckRequest, PipelineRequest, run_pipeline
from iamsql.check.exit_codes import FAIL_ON
from iamsql.cli.check import check
from iamsql.cli.errors import load
from iamsql.cli.notify import notify, notify_request
from iamsql.cli.options import CONFIG, JOBS, MEMORY, MUTES, ORGANIZATION, QUERIES, QUIET, RUNS, TIMEOUT, age
from iamsql.cli.output import limits
from iamsql.cli.progress import progress
from iamsql.cli.report import report, report_request
from iamsql.cli.run_steps import is_terminal, show_end, show_step
from iamsql.cli.settings import STATED, announce
from iamsql.cli.source_options import DEMO
from iamsql.cli.sync import sync, sync_options
from iamsql.cli.terminal import plain_stdout
from iamsql.escaping import escape_json
from iamsql.render.files import atomic_write
from iamsql.runs.prune import Limits
from iamsql.runs.store.limits import with_limits

ALL = "iamsql.cli.run_all:run_all"
DEFAULT = ("iamsql",)


@click.command()
@click.argument("sync_arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- SYNC_OPTION...]")
@DEMO
@click.option("--profile", metavar="NAME", help="The AWS profile of the caller's credentials.")
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="BENCHMARK|CONTROL|TAG",
    help="The controls to evaluate, to report and to notify about; repeatable [default: the controls in iamsql.toml, else iamsql].",
)
@click.option(
    "--out",
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
@click.option(
    "--merge-shards",
    type=click.IntRange(1, 9999),
    metavar="N",
    help="Merge the N shards of `-- --as-of TIME` in the archive instead of a sync; without --archive, the newest of the folder.",
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
    help="Do not continue a sync that was interrupted, or a pipeline of the last hour that did not finish.",
)
@click.option(
    "--all", "every", is_flag=True, help="Run all organizations of the configuration file, each in its own folder."
)
@JOBS
@click.option("--summary", type=click.Path(path_type=Path), metavar="FILE", help="Write the summary as JSON to a file.")
@MUTES
@CONFIG
@ORGANIZATION
@RUNS
@QUERIES
@TIMEOUT
@MEMORY
@QUIET
@click.pass_context
def run(ctx: click.Context, /, **options: Any) -> int:
    """Sync, check, report, notify and prune, for schedulers.

    The options come from iamsql.toml; those after -- are options of `iamsql sync`. A step that is not configured is skipped. A
    step that fails does not stop the steps after it, except the sync. What can be checked before the sync is checked first: names,
    files, targets, secrets and credentials. Standard output has the steps on a terminal, else a summary as one line of JSON.

    One `iamsql run` at a time uses a runs folder. The next one resumes a sync that was interrupted. If it was interrupted later, or
    if a step failed, the next one within an hour repeats the steps after the sync, once.

    Exit code: 2 if a step failed, else 1 for alarms (--fail-on), else 3 for gaps (--strict), else 4 for results that could not be
    evaluated (--fail-on), else 0.
    """
    if options["every"]:
        return int(load(ALL)(options["jobs"], options["summary"]))
    request = _request(ctx, options)
    with with_limits(limits(options)):
        result = run_pipeline(request, progress(options["quiet"]), show=show_step if is_terminal() else None)
    code = result.exit_code(request)
    write_summary(result.summary(code, datetime.now(UTC)), options["summary"], show_end)
    return code


def write_summary(summary: dict[str, Any], file: Path | None, show: Callable[[dict[str, Any]], None]) -> None:
    """Print a summary as one line of JSON, or in words with `show` on a terminal. Write JSON to the file of --summary."""
    line = escape_json(json.dumps(summary, ensure_ascii=False, default=str)) + "\n"
    if is_terminal():
        show(summary)
    else:
        plain_stdout("json").write(line)
    if file:
        atomic_write(file, lambda stream: stream.write(line), follow=False)


def _request(ctx: click.Context, options: dict[str, Any]) -> PipelineRequest:
    """Return the request. Each step is parsed by its own command, so the file and the command line mean the same here."""
    caller = ["--profile", options["profile"]] if options["profile"] else []
    demo = _demo(options["demo"])
    synced = _parsed(ctx, sync, [*demo, *caller, *options["sync_arguments"]])
    with synced:
        sync_request = sync_options(synced.params)
    if options["merge_shards"] and options["archive"] and not sync_request.as_of:
        raise click.UsageError("--merge-shards with --archive needs the time of the shards: -- --as-of TIME")
    checked = _parsed(ctx, check, [*options["benchmarks"]])
    names = checked.params["names"] or DEFAULT
    page = options["report_file"]
    reported = _parsed(ctx, report, [*_benchmarks(options), "--", str(page)]) if page else None
    notified = _parsed(ctx, notify, [*_repeated("--to", options["targets"]), *_benchmarks(options), *caller])
    keep, older_than = options["keep"], options["older_than"]
    return PipelineRequest(
        sync=sync_request,
        check=CheckRequest(names, checked.params["severity"], options["exports"], options["fail_on"]),
        report=report_request(page, _with_names(reported, names)) if reported else None,
        report_file=page,
        notify=notify_request(_with_names(notified, names)) if notified.params["targets"] else None,
        archive=options["archive"] or "",
        restore=options["restore"],
        keep=None if keep is older_than is None else Limits(keep, older_than),
        mutes=options["mutes"],
        config=options["config"],
        summary_file=options["summary"],
        query_dirs=options["query_dirs"],
        is_strict=options["strict"] or sync_request.strict,
        merge_shards=options["merge_shards"] or 0,
        is_resumable=not options["no_resume"],
    )


def _parsed(ctx: click.Context, command: click.Command, words: list[str]) -> click.Context:
    """Return the context of a command with these words. The values of iamsql.toml are its defaults."""
    common: list[str] = []
    for param in command.params:
        name = str(param.name)
        if name in ("runs", "query_dirs", "mutes", "timeout", "memory") and ctx.get_parameter_source(name) in STATED:
            value = ctx.params[name]
            common += _repeated(param.opts[0], value if isinstance(value, tuple) else (value,))
    quiet = ["--quiet"] if ctx.params["quiet"] else []
    found = command.make_context(str(command.name), [*common, *quiet, *words], parent=ctx.parent)
    announce(found)
    return found


def _demo(value: bool | str) -> list[str]:
    """Return --demo as the user gave it."""
    return ["--demo", *([value] if isinstance(value, str) else [])] if value else []


def _with_names(ctx: click.Context, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a command; its benchmarks are those of the check unless they are configured."""
    if ctx.get_parameter_source("benchmarks") is ParameterSource.DEFAULT:
        return {**ctx.params, "benchmarks": names}
    return ctx.params


def _benchmarks(options: dict[str, Any]) -> list[str]:
    return _repeated("--benchmark", options["benchmarks"])


def _repeated(flag: str, values: Any) -> list[str]:
    return [word for value in values for word in (flag, str(value))]
