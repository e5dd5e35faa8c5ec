"""Check what a pipeline needs before it collects: names, files, targets, secrets and credentials.

A sync of an organization takes minutes to hours; a misspelt target must not be found after it.
"""

from __future__ import annotations

from pathlib import Path

from iamsql.automation.notify import check_targets
from iamsql.automation.pipeline.archive import parse_archive
from iamsql.automation.pipeline.model import PipelineRequest
from iamsql.automation.problems import Problems
from iamsql.aws.delivery import Clients
from iamsql.catalog import Config
from iamsql.check.mutes import configured_mutes, read_mutes
from iamsql.check.outputs import formats as outputs
from iamsql.check.selection import CheckCatalog, load_catalog, select_controls
from iamsql.render.files import require_writable


def require_valid(request: PipelineRequest, *, is_offline: bool) -> None:
    """Raise one IamsqlError with all problems of a request, within a second and without a request to AWS.

    With `is_offline`, the sync needs no credentials.
    """
    problems = Problems()
    checks = load_catalog(request.query_dirs)
    _check_names(request, checks, problems)
    _check_files(request, problems)
    if request.notify:
        with problems.collect():
            request.notify.validate()
        check_targets(request.notify, problems)
    _check_credentials(request, problems, is_offline)
    problems.require_none()


def _check_names(request: PipelineRequest, checks: CheckCatalog, problems: Problems) -> None:
    """Check the names of controls and benchmarks, one by one, the configuration and the mutes."""
    report_benchmarks = request.report.benchmarks if request.report else ()
    notify_benchmarks = request.notify.benchmarks if request.notify else ()
    for name in dict.fromkeys([*request.check.names, *report_benchmarks, *notify_benchmarks]):
        with problems.collect():
            select_controls(checks, [name], severity=request.check.severity, args={}, settings=Config())
    with problems.collect():
        settings = checks.read_config(request.config)
        configured_mutes(settings, checks.controls)
    for file in request.mutes:
        with problems.collect():
            read_mutes([file], checks.controls)


def _check_files(request: PipelineRequest, problems: Problems) -> None:
    """Check the formats of the files that the steps write, and their folders."""
    for path in request.check.exports:
        with problems.collect():
            outputs.detect_format(path, option="")
    files: list[Path | None] = [*request.check.exports, request.report_file, request.summary_file]
    for file in filter(None, files):
        with problems.collect():
            require_writable(file)


def _check_credentials(request: PipelineRequest, problems: Problems, is_offline: bool) -> None:
    """Check that credentials are configured if the sync or the archive needs them."""
    if request.archive:
        with problems.collect():
            parse_archive(request.archive)
    reads_aws = not is_offline and not request.sync.demo and not request.merge_shards
    if reads_aws or request.archive:
        with problems.collect():
            Clients(request.sync.profile).require_credentials()
