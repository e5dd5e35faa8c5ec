"""The request and the result of a pipeline: its steps, the result of each step, and the summary for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsql.automation.notify.request import NotifyRequest
from iamsql.check.exit_codes import SUCCEEDED_EXIT_CODE, UNKNOWN_EXIT_CODE, check_exit_code
from iamsql.report.build import ReportRequest
from iamsql.runs.prune import Limits
from iamsql.sync import Options
from iamsql.version import __version__

SYNC_STEP = "sync"  # without a run, no later step has anything to do
OK, FAILED, SKIPPED = "ok", "failed", "skipped"
NOT_REQUESTED = "Not requested."  # the detail of a step that is not configured
GAPS_EXIT_CODE = 3  # exit code of --strict


@dataclass(frozen=True)
class CheckRequest:
    """The controls to evaluate: names of benchmarks, controls and tags; the minimum severity; files for the results.

    `fail_on` names the results that set the exit code, as `iamsql check --fail-on` does.
    """

    names: tuple[str, ...]
    severity: str
    exports: tuple[Path, ...] = ()
    fail_on: str = "none"


@dataclass(frozen=True)
class PipelineRequest:
    """The steps to take. A step without a request is skipped.

    `archive`: an S3 location. The newest `restore` runs are restored from it first.
    `is_strict`: whether gaps of the sync set the exit code.
    `merge_shards`: the number of shards to merge instead of a sync; 0 for a sync.
    `is_resumable`: whether to continue an earlier pipeline that was interrupted or that failed.
    """

    sync: Options
    check: CheckRequest
    report: ReportRequest | None = None
    report_file: Path | None = None
    notify: NotifyRequest | None = None
    archive: str = ""
    restore: int = 3
    keep: Limits | None = None
    mutes: tuple[Path, ...] = ()
    config: Path | None = None
    summary_file: Path | None = None
    query_dirs: tuple[str, ...] = ()
    is_strict: bool = False
    merge_shards: int = 0
    is_resumable: bool = True


@dataclass(frozen=True)
class StepResult:
    """The result of a step: ok, failed or skipped; `detail` is a sentence, `seconds` its duration."""

    name: str
    status: str
    detail: str
    seconds: float = 0.0


@dataclass
class PipelineResult:
    """The results of the steps, the run, and the numbers and files of the steps.

    `results` counts the results of controls by status. `shard` is set if the run is a shard, such as 3/8.
    """

    started_at: datetime
    steps: list[StepResult] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    shard: str = ""
    results: Mapping[str, int] = field(default_factory=dict)
    failed_controls: int = 0
    gaps: int = 0
    changes: Mapping[str, int] = field(default_factory=dict)
    targets: Sequence[Mapping[str, Any]] = ()
    files: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[StepResult]:
        """Return the steps that failed."""
        return [step for step in self.steps if step.status == FAILED]

    def exit_code(self, request: PipelineRequest) -> int:
        """Return the exit code, the first that applies: 2 for a failed step, 1 for alarms, 3 for gaps, 4 for unknown results."""
        counts = {"alarms": self.results.get("alarm", 0), "errors": self.results.get("error", 0)}
        code = check_exit_code(request.check.fail_on, **counts, failures=len(self.failures) + self.failed_controls)
        return (
            GAPS_EXIT_CODE
            if request.is_strict and self.gaps and code in (SUCCEEDED_EXIT_CODE, UNKNOWN_EXIT_CODE)
            else code
        )

    def summary(self, code: int, finished_at: datetime) -> dict[str, Any]:
        """Return the summary, a JSON object. `status` comes first, so log filters find it."""
        return {
            "status": "failed" if self.failures or not self.steps else "succeeded",
            "exit_code": code,
            "iamsql_version": __version__,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "finished_at": finished_at.isoformat(timespec="seconds"),
            "seconds": round((finished_at - self.started_at).total_seconds(), 1),
            "run": self.run,
            **({"shard": self.shard} if self.shard else {}),
            "steps": [vars(step) for step in self.steps],
            "results": dict(self.results),
            "gaps": self.gaps,
            "changes": dict(self.changes),
            "notifications": [dict(target) for target in self.targets],
            "files": self.files,
        }
