"""The steps of a pipeline, in their order. A step returns what it did in a sentence, or None if it was not requested.

A step raises IamsqlError if it failed. Later steps still run, because a report is useful although a target is down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iamsql.automation.notify import notify
from iamsql.automation.notify.request import Delivery
from iamsql.automation.pipeline.archive import open_archive
from iamsql.automation.pipeline.model import SYNC_STEP, PipelineRequest, PipelineResult
from iamsql.automation.pipeline.state import PipelineState
from iamsql.aws.delivery import Clients
from iamsql.check.controls import ControlRun, run_controls
from iamsql.check.open_run import Evaluation
from iamsql.check.outputs import formats as outputs
from iamsql.check.result_filter import ResultFilter
from iamsql.check.selection import load_catalog
from iamsql.model import IamsqlError
from iamsql.render.cells import pluralize
from iamsql.render.files import atomic_write
from iamsql.report.build import read_contents
from iamsql.report.html.page import write_page
from iamsql.runs.latest import choose
from iamsql.runs.prune import prune
from iamsql.runs.status import RESUME_HINT, run_statuses
from iamsql.runs.store.reader import open_run
from iamsql.sync import Progress, SyncResult, sync
from iamsql.sync.merge.merge import merge

ACCOUNT_OUTCOMES_SQL = "select outcome, count(*) from iamsql.accounts group by outcome order by outcome"


@dataclass
class Context:
    """The shared data of the steps: the request, the state, and the result that they fill; `aws` replaces AWS in tests."""

    request: PipelineRequest
    state: PipelineState
    result: PipelineResult
    progress: Progress
    aws: Any = None
    files: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Return the runs folder."""
        return self.request.sync.runs

    @property
    def run(self) -> Path:
        """Return the run file of the sync."""
        return self.folder / self.state.run


def restore(context: Context) -> str | None:
    """Restore the newest runs and the state of notifications from the archive."""
    request = context.request
    if not request.archive:
        return None
    archive = open_archive(request.archive, Clients(request.sync.profile))
    return archive.restore(context.folder, request.restore)


def collect(context: Context) -> str | None:
    """Sync, or continue the newest run if it was interrupted; or merge shards. Nothing if an earlier pipeline has done it."""
    if not context.state.run:
        if context.request.merge_shards:
            _merge_shards(context)
        else:
            _sync_run(context)
        context.state.write(datetime.now(UTC))
    _describe_run(context)
    return f"{context.state.run}: {context.result.run['status']}, {pluralize(context.state.gaps, 'gap')}."


def _sync_run(context: Context) -> None:
    """Write a new run, or complete the newest run if it was interrupted."""
    options = context.request.sync
    statuses = run_statuses(context.folder) if context.request.is_resumable else []
    if statuses and statuses[0][1].note == RESUME_HINT:
        options = replace(options, resume=True)
    try:
        result = sync(options, context.progress, context.aws)
    except IamsqlError as error:
        if not options.resume:
            raise
        context.progress.say(f"The interrupted run cannot be continued: {error}")
        result = sync(replace(options, resume=False), context.progress, context.aws)
    _use_result(context, result)


def _merge_shards(context: Context) -> None:
    """Merge the shards of the archive, or of the folder if there is no archive, into a new run."""
    request, names = context.request, list[str]()
    if request.archive:
        archive = open_archive(request.archive, Clients(request.sync.profile))
        names = archive.restore_shards(context.folder, request.sync.as_of or "", request.merge_shards)
    _use_result(context, merge(context.folder, names))


def _use_result(context: Context, result: SyncResult) -> None:
    """Print the lines of a sync, and select its run for the following steps."""
    for line in result.lines:
        context.progress.say(line)
    if result.path is None:
        raise IamsqlError("The sync wrote no run.\nList the runs with: iamsql runs")
    context.state.run, context.state.gaps = result.path.name, result.gaps


def _describe_run(context: Context) -> None:
    """Fill the summary of the run."""
    with open_run(context.run) as reader:
        metadata, outcomes = reader.metadata, dict(reader.run(ACCOUNT_OUTCOMES_SQL).rows)
    context.result.gaps = context.state.gaps
    context.result.run = {
        "run_id": metadata.run_id,
        "path": str(context.run),
        "status": metadata.status,
        "started_at": metadata.started_at.isoformat() if metadata.started_at else None,
        "organization_id": metadata.organization_id or None,
        "accounts": outcomes,
    }


def check(context: Context) -> str | None:
    """Evaluate the controls, and write their results to the files of the request."""
    request = context.request.check
    for path in request.exports:
        with _open_controls(context) as control_run:
            outputs.export(control_run, outputs.detect_format(path), path, follow=False)
            _count_results(context, control_run)
        context.files.append(path)
    if not request.exports:
        with _open_controls(context) as control_run:
            for _ in control_run.run():  # the totals are complete when all controls have run
                pass
            _count_results(context, control_run)
    totals = context.result.results
    return f"{pluralize(totals.get('alarm', 0), 'alarm')}, {pluralize(totals.get('error', 0), 'unknown result')}."


@contextmanager
def _open_controls(context: Context) -> Iterator[ControlRun]:
    request, check_request = context.request, context.request.check
    checks = load_catalog(request.query_dirs)
    evaluation = Evaluation(str(context.run), context.folder, settings=checks.read_config(request.config))
    result_filter = ResultFilter(check_request.severity, mutes=request.mutes)
    with run_controls(checks, check_request.names, evaluation, result_filter) as control_run:
        yield control_run


def _count_results(context: Context, control_run: ControlRun) -> None:
    context.result.results = dict(control_run.totals)
    context.result.failed_controls = len(control_run.failures)
    for failure in control_run.failures.values():
        context.progress.say(f"Error: {failure}")


def report(context: Context) -> str | None:
    """Write the HTML page, with what changed since the previous comparable run."""
    request, file = context.request, context.request.report_file
    if request.report is None or file is None:
        return None
    report_request = replace(request.report, since=request.report.since or _previous_run(context.folder))
    contents, notes = read_contents(
        report_request, run=str(context.run), runs_dir=context.folder, progress=context.progress.say
    )
    atomic_write(file, lambda stream: write_page(contents, stream), follow=False)
    for note in notes:
        context.progress.say(note)
    context.files.append(file)
    return f"{file}: {file.stat().st_size // 1000} KB."


def _previous_run(folder: Path) -> str:
    """Return the path of the previous comparable run; '' if there is none."""
    try:
        return str(choose(folder, "previous").path)
    except IamsqlError:
        return ""


def notify_targets(context: Context) -> str | None:
    """Notify the targets of what changed."""
    if context.request.notify is None:
        return None
    request = replace(context.request.notify, run=str(context.run))
    result = notify(request, runs_dir=context.folder, progress=context.progress.say)
    context.result.changes = result.notice.counts if result.notice else {}
    context.result.targets = [vars(delivery) for delivery in result.deliveries]
    for note in result.notes:
        context.progress.say(note)
    if result.failures:
        raise IamsqlError("; ".join(result.failures))
    return f"{pluralize(len(result.deliveries), 'target')}: {', '.join(_target_statuses(result.deliveries))}."


def _target_statuses(deliveries: Sequence[Delivery]) -> list[str]:
    """Return the targets with their statuses, such as slack (sent)."""
    return [f"{delivery.target} ({delivery.status})" for delivery in deliveries]


def archive(context: Context) -> str | None:
    """Upload the run, the state of notifications, and the files that the steps wrote."""
    if not context.request.archive:
        return None
    s3_archive = open_archive(context.request.archive, Clients(context.request.sync.profile))
    if context.result.shard:
        return s3_archive.upload_shard(context.run)
    return s3_archive.upload(context.run, context.files)


def remove_old_runs(context: Context) -> str | None:
    """Delete old runs."""
    if context.request.keep is None:
        return None
    outcome = prune(context.folder, context.request.keep, yes=True)
    if outcome.failures or outcome.unlisted:
        raise IamsqlError("; ".join([*outcome.failures, *filter(None, [outcome.unlisted])]))
    return outcome.lines()[-1]


WHOLE_RUN_STEPS = ("check", "report", "notify")  # steps that need the accounts of all shards
STEPS: dict[str, Callable[[Context], str | None]] = {
    "restore": restore,
    SYNC_STEP: collect,
    "check": check,
    "report": report,
    "notify": notify_targets,
    "archive": archive,
    "prune": remove_old_runs,
}
