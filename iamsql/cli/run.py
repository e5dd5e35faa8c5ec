"""`iamsql run`: sync, check, report, notify and prune in one command, with a summary: words on a terminal, otherwise JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from click.core import ParameterSource

from iamsql.automation.pipeline import CheckRequest, PipelineRequest, run_pipeline
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.catalog.settings.report_options import ALL_CONTROLS
from iamsql.catalog.settings.run_options import RunOptions
from iamsql.cli.check import check
from iamsql.cli.declared import build_options, takes
from iamsql.cli.notify import NotifyCommand, notify, notify_request
from iamsql.cli.output import limits
from iamsql.cli.progress import progress
from iamsql.cli.report import ReportCommand, report, report_request
from iamsql.cli.run_steps import is_terminal, show_end, show_step, write_summary
from iamsql.cli.settings import GIVEN_SOURCES, announce_settings
from iamsql.cli.sync import options_in, sync
from iamsql.runs.prune import Limits
from iamsql.runs.store.limits import with_limits


@click.command()
@takes(RunOptions)
@click.pass_context
def run(ctx: click.Context, options: RunOptions) -> int:
    """Sync, check, report, notify and prune, for schedulers.

    The options come from iamsql.toml; those after -- are options of `iamsql sync`. A step that is not configured is skipped. A
    step that fails does not stop the steps after it, except the sync. What can be checked before the sync is checked first: names,
    files, targets, secrets and credentials. Standard output has the steps on a terminal, otherwise a summary as one line of JSON.

    One `iamsql run` at a time uses a runs folder. The next one resumes a sync that was interrupted. If it was interrupted later, or
    if a step failed, the next one within an hour repeats the steps after the sync, once.

    Exit code, the first that applies: 2 if a step failed; 1 for alarms (--fail-on); 3 for gaps (--strict); 4 for results that could
    not be evaluated (--fail-on); 0.
    """
    if options.every:
        from iamsql.cli.run_all import run_all  # noqa: PLC0415 - for several organizations only

        return run_all(options)
    request = _pipeline_request(ctx, options)
    with with_limits(limits(options)):
        result = run_pipeline(request, progress(options.quiet), show=show_step if is_terminal() else None)
    code = result.exit_code(request)
    write_summary(result.summary(code, datetime.now(UTC)), options.summary, show_end)
    return code


def _pipeline_request(ctx: click.Context, options: RunOptions) -> PipelineRequest:
    """Return the request. Each step is parsed by its own command, so the file and the command line mean the same here."""
    profile_arguments = ["--profile", options.profile] if options.profile else []
    demo_arguments = _demo_arguments(options.demo)
    sync_context = _parse_command(ctx, sync, [*demo_arguments, *profile_arguments, *options.sync_arguments])
    with sync_context:
        sync_request = options_in(sync_context)
    if options.merge_shards and options.archive and not sync_request.as_of:
        raise click.UsageError("--merge-shards with --archive needs the time of the shards: -- --as-of TIME")
    check_options = build_options(CheckOptions, _parse_command(ctx, check, [*options.benchmarks]).params)
    names = check_options.names or (ALL_CONTROLS,)
    report_file = options.report_file
    report_context = (
        _parse_command(ctx, report, [*_benchmark_arguments(options), "--", str(report_file)]) if report_file else None
    )
    notify_context = _parse_command(
        ctx, notify, [*_repeat_flag("--to", options.targets), *_benchmark_arguments(options), *profile_arguments]
    )
    notification = notify_request(build_options(NotifyCommand, _params_with_benchmarks(notify_context, names)))
    keep, older_than = options.keep, options.older_than
    return PipelineRequest(
        sync=sync_request,
        check=CheckRequest(names, check_options.severity, options.exports, options.fail_on),
        report=report_request(build_options(ReportCommand, _params_with_benchmarks(report_context, names)))
        if report_context
        else None,
        report_file=report_file,
        notify=notification if notification.targets else None,
        archive=options.archive or "",
        restore=options.restore,
        keep=None if keep is None and older_than is None else Limits(keep, older_than),
        mutes=options.mutes,
        config=options.config,
        summary_file=options.summary,
        query_dirs=options.query_dirs,
        is_strict=options.strict or sync_request.strict,
        merge_shards=options.merge_shards or 0,
        is_resumable=not options.no_resume,
    )


def _parse_command(ctx: click.Context, command: click.Command, arguments: list[str]) -> click.Context:
    """Return the context of a command with these arguments. The values of iamsql.toml are its defaults."""
    common_arguments: list[str] = []
    for param in command.params:
        name = str(param.name)
        if (
            name in ("runs", "query_dirs", "mutes", "timeout", "memory")
            and ctx.get_parameter_source(name) in GIVEN_SOURCES
        ):
            value = ctx.params[name]
            common_arguments += _repeat_flag(param.opts[0], value if isinstance(value, tuple) else (value,))
    quiet = ["--quiet"] if ctx.params["quiet"] else []
    command_context = command.make_context(
        str(command.name), [*common_arguments, *quiet, *arguments], parent=ctx.parent
    )
    announce_settings(command_context)
    return command_context


def _demo_arguments(value: bool | str) -> list[str]:
    """Return --demo as the user gave it."""
    return ["--demo", *([value] if isinstance(value, str) else [])] if value else []


def _params_with_benchmarks(ctx: click.Context, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the parameters of a command; its benchmarks are the benchmarks of the check unless others are configured."""
    if ctx.get_parameter_source("benchmarks") is ParameterSource.DEFAULT:
        return {**ctx.params, "benchmarks": names}
    return ctx.params


def _benchmark_arguments(options: RunOptions) -> list[str]:
    return _repeat_flag("--benchmark", options.benchmarks)


def _repeat_flag(flag: str, values: Any) -> list[str]:
    return [word for value in values for word in (flag, str(value))]
