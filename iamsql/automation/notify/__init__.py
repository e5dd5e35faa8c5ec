"""Send notifications about what changed between two runs to Slack, Microsoft Teams, webhooks, e-mail, and AWS services."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import cache
from pathlib import Path

from iamsql.automation.notify.attachments import Attachments
from iamsql.automation.notify.compare import Comparer
from iamsql.automation.notify.deliver import Deliverer, Order, Preview
from iamsql.automation.notify.earlier_runs import run_with_status
from iamsql.automation.notify.findings import OpenControls
from iamsql.automation.notify.model import Target, TargetContext
from iamsql.automation.notify.plan import Comparisons, Planner
from iamsql.automation.notify.request import NotifyRequest, NotifyResult
from iamsql.automation.notify.state import NotifyState, locked_state
from iamsql.automation.notify.targets import open_target, parse_target_name
from iamsql.automation.problems import Problems
from iamsql.aws.delivery import Clients
from iamsql.check.diff.request import FindingRequest, resolve_request
from iamsql.check.mutes import read_mutes
from iamsql.check.selection import load_catalog
from iamsql.model import IamsqlError
from iamsql.runs.latest import choose
from iamsql.runs.store.limits import StatementLimits, with_limits


def notify(
    request: NotifyRequest,
    *,
    runs_dir: Path,
    limits: StatementLimits | None = None,
    progress: Callable[[str], object] = lambda line: None,
    preview: Preview | None = None,
) -> NotifyResult:
    """Send what changed to each target that did not receive it yet, and return a row for each target.

    With `preview`, call it with each message as {"target", "operation", "body"}; send nothing, and record nothing. Raise
    IamsqlError for an invalid request, for runs that cannot be compared, and if the record of deliveries cannot be read.
    """
    request.validate()
    controls, control_notes = _resolve_request(request, is_preview=preview is not None)
    with with_limits(limits) if limits else nullcontext(), ExitStack() as stack:
        targets = _open_targets(request, runs_dir, controls)
        choice = choose(runs_dir, request.run)
        state = NotifyState(runs_dir) if preview else stack.enter_context(locked_state(runs_dir))
        planned = Planner(request, runs_dir, run_with_status(choice.path, runs_dir), state).plan(targets)
        comparer = Comparer(controls, runs_dir, request, progress)
        comparisons = Comparisons(comparer, request, [step for _, steps in planned.values() for step in steps], stack)
        orders = {
            text: Order(targets[text], key, steps, [comparisons.of(step) for step in steps])
            for text, (key, steps) in planned.items()
        }
        deliverer = Deliverer(state, request.kinds, preview)
        s3_orders = [order for text, order in orders.items() if parse_target_name(text) == "s3"]
        other_orders = [order for text, order in orders.items() if parse_target_name(text) != "s3"]
        deliveries = deliverer.deliver(s3_orders, other_orders, request.link)
        notes = dict.fromkeys([*choice.notes, *control_notes, *comparisons.notes])
        return NotifyResult(deliveries, list(notes), comparisons.latest)


def check_targets(request: NotifyRequest, problems: Problems, *, is_preview: bool = False) -> None:
    """Add the problems that prevent a delivery and need neither a run nor a request to AWS or to a webhook to detect.

    That is an unknown target, an invalid text or setting, and, if messages are sent, a missing secret or missing credentials.
    """
    context = _target_context(request)
    for text in request.targets:
        with problems.collect():
            target = open_target(text, context)
            if not is_preview:
                with problems.collect(target.label):
                    target.check()


def _resolve_request(request: NotifyRequest, *, is_preview: bool) -> tuple[OpenControls, list[str]]:
    """Return the controls of a request, and notes. Raise IamsqlError with all problems that do not depend on a run."""
    problems = Problems()
    controls, notes = None, list[str]()
    with problems.collect():
        finding_request = FindingRequest(
            controls=request.benchmarks, query_dirs=request.query_dirs, config=request.config, mutes=request.mutes
        )
        resolved = resolve_request(finding_request)
        controls, notes = resolved.controls, resolved.notes
    if request.mutes:
        with problems.collect():
            read_mutes(request.mutes, load_catalog(request.query_dirs).controls)
    check_targets(request, problems, is_preview=is_preview)
    problems.require_none()
    if controls is None:
        raise IamsqlError("No control is selected.\nName a benchmark, a control or a tag with --benchmark.")
    return controls, notes


def _target_context(request: NotifyRequest) -> TargetContext:
    """Return what targets need, without the files of a run."""
    clients = cache(lambda: Clients(request.profile))
    return TargetContext(clients=clients, environment=os.environ, limit=request.limit, settings=request.settings)


def _open_targets(request: NotifyRequest, runs_dir: Path, open_controls: OpenControls) -> dict[str, Target]:
    """Return the targets by the strings that name them, each once. Raise IamsqlError for an unknown or invalid target."""
    context = replace(_target_context(request), attachments=Attachments(request, runs_dir, open_controls).write)
    by_label: dict[str, tuple[str, Target]] = {}
    for text in request.targets:
        target = open_target(text, context)
        by_label.setdefault(target.label, (text, target))
    return dict(by_label.values())
